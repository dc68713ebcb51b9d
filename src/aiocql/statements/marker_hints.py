"""Hints for the most frequent mistakes with markers: those of other databases, and values without markers."""

from __future__ import annotations

import re

from aiocql.errors import Error, InvalidRequest, SyntaxException

__all__ = ["hint_without_markers", "refusal_hint"]

_FOREIGN = re.compile(r"%s|%\(\w+\)s|\$[1-9][0-9]?(?!\w)|\{(?!(?i:true|false|nan|infinity)\})[A-Za-z_]\w*\}")
# What is open stays open to the end, so that each character is looked at once.
_QUOTED = re.compile(
    r"""'(?:[^']|'')*+(?:'|\Z)|"(?:[^"]|"")*+(?:"|\Z)|\$\$.*?(?:\$\$|\Z)|--[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
_VALUES_MISSING = re.compile(r"(?i)invalid amount of bind variables")

LONGEST = 65_536
"""Characters of a statement that are looked at: a mistake shows early, and a hint must not cost much."""


def refusal_hint(query: object, error: Error) -> str | None:
    """Return the hint for a statement that the server refused; None where its markers are not the likely reason."""
    if not isinstance(query, str):
        return None
    if isinstance(error, SyntaxException):
        found = _FOREIGN.search(_QUOTED.sub(" ", query[:LONGEST]))
        return f"aiocql uses ? or :name markers, not {found.group()}" if found is not None else None
    if isinstance(error, InvalidRequest) and _VALUES_MISSING.search(error.message):
        return "the statement has markers; pass their values: execute(query, [value, ...])"
    return None


def hint_without_markers(query: str) -> str:
    """Return the hint for values that are passed to a statement without markers."""
    found = _FOREIGN.search(query[:LONGEST])
    if found is None:
        return "the statement has no ? or :name markers; leave the values out, or put a marker where each belongs"
    return f"aiocql uses ? or :name markers, not {found.group()}, and no quotes around them"
