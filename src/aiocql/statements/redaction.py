"""What may be told of a statement: its text without literals, and its summary. Never a value.

Literals in a text may be values and secrets (``WITH PASSWORD = 'x'``): whatever is written down, in a log, a span or
on a page, has passed here first. This is no parser: it knows the tokens of CQL and nothing of its grammar.
"""

from __future__ import annotations

import re

from aiocql.passwords import without_passwords
from aiocql.printable import printable

__all__ = ["MAX_TEXT", "sanitized", "sanitized_message", "summary"]

MAX_TEXT = 1000
"""Characters that are told at most."""

MAX_QUERY = 16384
"""Characters of a statement that are looked at."""

# Expressions are texts: `re` compiles each at its first use and keeps it. A session that is never warned and never slow
# needs none of them.
_TOKEN = r"""(?isx)
      (?P<comment> --[^\n]* | //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<name> "(?:[^"]|"")*+(?:"|\Z) )
    | (?P<literal> '(?:[^']|'')*+(?:'|\Z)
        | \$\$.*?(?:\$\$|\Z)
        | \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
        | \b0[xX][0-9a-fA-F]*\b
        | (?<![\w.])-?\d[\w.+-]*
        | (?<![\w.])-?P(?:\d{4}-[\dT:-]+ | (?=T?\d)(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?)(?!\w)
        | \b(?:true|false|nan|infinity)\b )
    """


def sanitized(query: str) -> str:
    """Return the text on one line, with ``?`` for every literal, without comments and control characters."""
    text = re.sub(
        _TOKEN, lambda match: match["name"] or ("?" if match["literal"] is not None else " "), _start(query)
    )
    return printable(" ".join(text.split()), MAX_TEXT)


def _start(query: str) -> str:
    """The part of a long statement that is looked at: never a piece of a number or uuid, which could be a word."""
    return query if len(query) <= MAX_QUERY else re.sub(r"(?<![\w.+-])[\w.+-]*+\Z", "", query[:MAX_QUERY])


_QUOTED = r"(?is)(.*?\b(?:query|statement)\b:?\s)(.*)"


def sanitized_message(text: str, query: str | None = None) -> str:
    """Return a server's message on one line, without the literals of the statement that it quotes.

    ``Read 1000 live rows ... for query SELECT ...`` keeps its figures, and the statement's values become ``?``.
    """
    text = without_passwords(text, query)
    quoted = re.match(_QUOTED, text)
    return printable(quoted[1] + sanitized(quoted[2]) if quoted is not None else text, MAX_TEXT)


_NAME = r'((?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+))?)'
_TARGETS = {
    "SELECT": rf"\bFROM\s+{_NAME}",
    "INSERT": rf"\bINTO\s+{_NAME}",
    "UPDATE": rf"^UPDATE\s+{_NAME}",
    "DELETE": rf"\bFROM\s+{_NAME}",
    "TRUNCATE": rf"^TRUNCATE\s+(?:TABLE\s+|COLUMNFAMILY\s+)?{_NAME}",
}


def summary(query: str) -> tuple[str, str | None, str | None]:
    """The operation, the keyspace and the table that a statement names: ``("SELECT", "shop", "item")``."""
    text = sanitized(query)
    operation = text.split(None, 1)[0].upper() if text else "QUERY"
    if not operation.isalpha():
        return "QUERY", None, None
    target = _TARGETS.get(operation)
    match = re.search(target, text, re.IGNORECASE) if target is not None else None
    if match is None:
        return operation, None, None
    keyspace, dot, table = match[1].partition(".")
    return (operation, keyspace.strip(), table.strip()) if dot else (operation, None, keyspace.strip())
