"""Writing CQL: identifiers, texts, maps and numbers as the server writes them itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["RESERVED", "identifier", "literal", "map_literal"]

# The words that CQL does not take as names without quotes (appendix A of the CQL reference).
RESERVED = frozenset(
    "add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop "
    "entries execute from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans "
    "modify nan norecursive not null of on or order primary rename replace revoke schema select set table to token "
    "truncate unlogged unset update use using view where with".split()
)

_PLAIN = "[a-z][a-z0-9_]*"


def identifier(name: str) -> str:
    """A name as CQL takes it: in quotes where it has to be."""
    if re.fullmatch(_PLAIN, name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value of an option: text, number, boolean, bytes, map or nothing."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return map_literal(value)
    return "'" + str(value).replace("'", "''") + "'"


def map_literal(values: Mapping[str, object]) -> str:
    """A map, its keys in order."""
    return "{" + ", ".join(f"{literal(key)}: {literal(values[key])}" for key in sorted(values)) + "}"
