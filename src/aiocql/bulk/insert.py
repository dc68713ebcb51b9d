"""A data frame into a table: `Session.insert_table`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiocql.bulk.insert_values import converter
from aiocql.bulk.scan_statement import find_table
from aiocql.columns.foreign import ForeignStream, read_array
from aiocql.columns.foreign_values import values_of
from aiocql.errors import ConfigurationError, EncodeError, InterfaceError
from aiocql.metadata.cql_text import identifier
from aiocql.sentinels import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aiocql.columns.foreign_shape import Part, Shape
    from aiocql.metadata.tables import TableMetadata
    from aiocql.types.descriptors import CqlType

__all__ = ["InsertResult", "insert_table"]

_LONGEST_TTL: Final = 20 * 365 * 24 * 3600
"""Seconds: the server's own limit (`ExpirationDateOverflowHandling` and `Attributes.MAX_TTL`)."""
_NULLS: Final[dict[str, Any]] = {"unset": UNSET, "null": None}


class InsertResult(NamedTuple):
    """What `Session.insert_table` did."""

    rows: int
    """Rows that were written. With ``if_not_exists`` those that were there already are not among them."""
    failed: tuple[tuple[int, Exception], ...]
    """The rows that were not, counted from 0, each with its error; empty unless ``on_error="collect"``."""


async def insert_table(
    session: Any,
    name: str,
    data: Any,
    nulls: str,
    on_error: str,
    concurrency: int,
    ttl: int | None,
    if_not_exists: bool,
    options: Mapping[str, Any],
) -> InsertResult:
    """Write the rows of anything that exports Arrow data into a table."""
    if nulls not in _NULLS:
        raise ConfigurationError('nulls must be "unset" or "null"')
    if on_error not in ("raise", "collect"):
        raise ConfigurationError('on_error must be "raise" or "collect"')
    if ttl is not None and (type(ttl) is not int or not 0 <= ttl <= _LONGEST_TTL):
        raise ConfigurationError(f"ttl must be an int of 0 to {_LONGEST_TTL} seconds, which are 20 years")
    table = find_table(session.metadata, name, session.keyspace)
    shape, parts = _source(data)
    names = _columns(table, shape)
    statement = await session.prepare(_statement(table, names, ttl, if_not_exists))
    types = [table.columns[each].cql_type for each in names]
    rows = _rows(parts, types, _NULLS[nulls])
    return await _write(session, statement, rows, on_error, concurrency, options)


async def _write(
    session: Any,
    statement: Any,
    rows: Iterator[Any],
    on_error: str,
    concurrency: int,
    options: Mapping[str, Any],
) -> InsertResult:
    written = 0
    failed: list[tuple[int, Exception]] = []
    work = session.execute_concurrent(
        statement, rows, concurrency=concurrency, in_order=False, raise_errors=False, **options
    )
    async with work:
        async for number, outcome in work.numbered():
            if not isinstance(outcome, Exception):
                written += outcome.was_applied
                continue
            error = _named(number, outcome)
            if on_error == "raise":
                raise error
            failed.append((number, error))
    return InsertResult(written, tuple(sorted(failed, key=lambda each: each[0])))


def _named(number: int, error: Exception) -> Exception:
    return EncodeError(f"row {number}: {error}") if isinstance(error, EncodeError) else error


def _source(data: Any) -> tuple[Shape, Iterator[Part]]:
    if hasattr(data, "__arrow_c_stream__"):
        stream = ForeignStream(data.__arrow_c_stream__())
        shape, parts = stream.shape, iter(stream)
    elif hasattr(data, "__arrow_c_array__"):
        part = read_array(*data.__arrow_c_array__())
        shape, parts = part.shape, iter((part,))
    else:
        raise InterfaceError(
            f"a {type(data).__name__} exports no Arrow data",
            hint="give a table or frame of pyarrow, pandas, Polars, DuckDB or aiocql",
        )
    if shape.kind != "struct":
        raise InterfaceError("the Arrow data has no named columns", hint="give a table, not one column")
    return shape, parts


def _columns(table: TableMetadata, shape: Shape) -> list[str]:
    names = [child.name for child in shape.children]
    extra = [each for each in names if each not in table.columns]
    missing = [column.name for column in table.primary_key if column.name not in names]
    if extra:
        wrong = f"{table.full_name} has no columns {', '.join(extra)}"
    elif missing:
        wrong = f"{table.full_name} needs {', '.join(missing)}"
    elif len(set(names)) < len(names):
        wrong = "the data has two columns of one name"
    else:
        return names
    raise InterfaceError(
        wrong, hint=f"its columns are {', '.join(table.columns)}; drop or rename the data's columns"
    )


def _statement(table: TableMetadata, names: Sequence[str], ttl: int | None, if_not_exists: bool) -> str:
    columns = ", ".join(identifier(each) for each in names)
    text = f"INSERT INTO {table.full_name} ({columns}) VALUES ({', '.join('?' * len(names))})"
    if if_not_exists:
        text += " IF NOT EXISTS"
    return text if ttl is None else f"{text} USING TTL {ttl}"


def _rows(parts: Iterator[Part], types: list[CqlType], null: Any) -> Iterator[tuple[Any, ...]]:
    for part in parts:
        columns = [
            _converted(values_of(child), converter(cql_type), null)
            for child, cql_type in zip(part.children, types, strict=True)
        ]
        yield from zip(*columns, strict=True)


def _converted(values: list[Any], convert: Callable[[Any], Any] | None, null: Any) -> list[Any]:
    for place, value in enumerate(values):
        if value is None:
            values[place] = null
        elif convert is not None:
            with contextlib.suppress(TypeError, ValueError, ArithmeticError, KeyError):
                values[place] = convert(value)  # else binding refuses the value, and names the column
    return values
