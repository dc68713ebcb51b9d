"""The instrumentation scope of what is exported, the version of the conventions, and the names of sessions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from aiocql.session.face import SessionFace

__all__ = ["SCHEMA", "SCOPE", "session_name"]

SCOPE = "aiocql"
SCHEMA = "https://opentelemetry.io/schemas/1.34.0"

_names: WeakKeyDictionary[SessionFace[Any], str] = WeakKeyDictionary()
_numbers = itertools.count(1)


def session_name(session: SessionFace[Any], wanted: str | None = None) -> str:
    """The name that a session has in all that is exported: `wanted` from now on, else that of its cluster, numbered."""
    if wanted is not None:
        _names[session] = wanted
    if session not in _names:
        _names[session] = f"{session.metadata.cluster_name or 'cluster'} {next(_numbers)}"
    return _names[session]
