"""The three values that are neither data nor None."""

from __future__ import annotations

import enum
from typing import Final, Literal

__all__ = ["DEFAULT", "EMPTY", "UNSET", "DefaultType", "EmptyType", "UnsetType"]


class _Sentinel(enum.Enum):
    UNSET = "UNSET"
    EMPTY = "EMPTY"
    DEFAULT = "DEFAULT"

    def __repr__(self) -> str:
        return self.value

    def __bool__(self) -> bool:
        return False


UnsetType = Literal[_Sentinel.UNSET]
EmptyType = Literal[_Sentinel.EMPTY]
DefaultType = Literal[_Sentinel.DEFAULT]

UNSET: Final = _Sentinel.UNSET
"""Bound in place of a value: the column is left as it is (protocol v4 and later). None writes a null instead."""

EMPTY: Final = _Sentinel.EMPTY
"""A value of zero bytes for a type without an empty value, such as an ``int`` of no bytes: not a null.

Cassandra keeps it for its own history (native protocol v5, section 5). Text and blobs never give it: theirs is ``""``.
"""

DEFAULT: Final = _Sentinel.DEFAULT
"""An option that was not given: the statement's, the profile's or the session's own value holds."""
