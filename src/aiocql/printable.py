"""Texts of servers and users as printable text: for logs, terminals and errors.

A newline forges a record of a log, an escape sequence commands a terminal, and a bidirectional control shows a text
in another order. Each such character is replaced by its escape, as Python writes it.
"""

from __future__ import annotations

import re

__all__ = ["MAX_LINE", "escaped", "printable"]

MAX_LINE = 16384
"""Characters of a message that are kept."""

_CONTROLS = "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"


def escaped(text: str) -> str:
    """Return the text on one line, with its control characters escaped."""
    if text.isprintable():
        return text
    return re.sub(_CONTROLS, lambda found: repr(found[0])[1:-1], text)


def printable(text: str, length: int = MAX_LINE) -> str:
    """Return the text as `escaped` does, with at most `length` characters."""
    text = escaped(text[: length + 1])
    return text if len(text) <= length else text[: length - 3] + "..."
