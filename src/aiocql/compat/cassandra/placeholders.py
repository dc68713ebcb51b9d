"""``%s`` and ``%(name)s`` as markers of the server's: values are bound, never written into the text."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["with_markers"]

# What stands in literals, quoted names and comments is no placeholder.
TOKEN = re.compile(
    r"""
      (?P<kept> '(?:[^']|'')*'            # a string literal
              | "(?:[^"]|"")*"            # a quoted name
              | \$\$.*?\$\$               # a literal between dollars
              | --[^\n]* | //[^\n]*       # a comment to the end of the line
              | /\*.*?(?:\*/|\Z) )        # one of any length: without an end, the rest of the text
    | (?P<percent> %% )
    | (?P<positional> %s )
    | %\( (?P<name> [^()%]+ ) \)s
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=1024)
def with_markers(query: str) -> str:
    """The statement with ``?`` for ``%s``, ``:"name"`` for ``%(name)s``, and ``%`` for ``%%``.

    For a statement that has values: without any, cassandra-driver sends the text as it is.
    """
    return TOKEN.sub(_replace, query) if "%" in query else query


def _replace(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found["kept"].replace("%%", "%")
    if found["percent"] is not None:
        return "%"
    if found["positional"] is not None:
        return "?"
    # Quoted, for names that are reserved words or have capitals: the mapping of values has them as they are written.
    return ':"' + found["name"].replace('"', '""') + '"'
