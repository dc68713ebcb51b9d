"""The protocol version of a cluster whose hosts are not all of one release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiocql.protocol.constants import SUPPORTED_VERSIONS

if TYPE_CHECKING:
    from aiocql.errors import UnsupportedProtocolVersion

__all__ = ["newest_common"]


def newest_common(version: int | None, refusals: Iterable[UnsupportedProtocolVersion]) -> int | None:
    """The newest version below `version` that the hosts that refused it speak; None where none did, or there is none.

    A host that did not say what it speaks is asked for the next one.
    """
    spoken = [refusal.spoken for refusal in refusals]
    if not spoken:
        return None
    for candidate in SUPPORTED_VERSIONS:
        if (version is None or candidate < version) and all(candidate in each or not each for each in spoken):
            return candidate
    return None
