"""Masks of columns, as ``system_schema.column_masks`` has them (Cassandra 5.0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiocql.errors import Error
from aiocql.metadata.cql_text import identifier
from aiocql.metadata.cql_values import text_literal
from aiocql.types.descriptors import CqlType

__all__ = ["mask_call"]


def mask_call(row: Mapping[str, Any], parse: Callable[[str], CqlType]) -> str:
    """The call that masks a column: ``system.mask_inner(1, null)``."""
    values = row.get("function_argument_values") or ()
    nulls = row.get("function_argument_nulls") or ()
    types = row.get("function_argument_types") or ()
    arguments = [
        "null" if null else _argument(parse, of, value)
        for value, null, of in zip(values, nulls, types, strict=False)
    ]
    keyspace = row.get("function_keyspace") or "system"
    return f"{identifier(keyspace)}.{identifier(row['function_name'])}({', '.join(arguments)})"


def _argument(parse: Callable[[str], CqlType], of: str, value: str) -> str:
    try:
        return text_literal(parse(of), value)
    except (Error, ValueError):
        # A type that this driver does not know: the text as the server keeps it.
        return value
