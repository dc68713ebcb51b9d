"""What may be told of a statement: its text without literals, and its summary. Never a value.

Literals in a text may be values and secrets (``WITH PASSWORD = 'x'``): whatever is written down, in a log, a span or
on a page, has passed here first. This is no parser: it knows the tokens of CQL and nothing of its grammar.
"""

from __future__ import annotations

import re

__all__ = ["MAX_TEXT", "sanitized", "sanitized_message", "summary"]

MAX_TEXT = 1000
"""Characters that are told at most."""

# Expressions are texts: `re` compiles each at its first use and keeps it. A session that is never warned and never slow
# needs none of them.
_TOKEN = r"""(?isx)
      (?P<comment> --[^\n]* | //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<name> "(?:[^"]|"")*(?:"|\Z) )
    | (?P<literal> '(?:[^']|'')*(?:'|\Z)
        | \$\$.*?(?:\$\$|\Z)
        | \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
        | \b0[xX][0-9a-fA-F]*\b
        | (?<![\w.])-?\d[\w.+-]*
        | (?<![\w.])-?P(?:\d{4}-[\dT:-]+ | (?=T?\d)(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?)(?!\w)
        | \b(?:true|false|nan|infinity)\b )
    """


def sanitized(query: str) -> str:
    """The text on one line, with ``?`` for every literal and no comments."""
    text = re.sub(
        _TOKEN, lambda match: match["name"] or ("?" if match["literal"] is not None else " "), query
    )
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."


_QUOTED = r"(?is)(.*?\b(?:query|statement)\b:?\s)(.*)"


def sanitized_message(text: str) -> str:
    """What a server says, without the literals of the statement that it quotes: ``Read 1000 live rows ... for query
    SELECT ...`` keeps its figures, and the statement's values are ``?``."""
    quoted = re.match(_QUOTED, text)
    return quoted[1] + sanitized(quoted[2]) if quoted is not None else text


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
