"""Answers that no recording has: pages of any size, and thousands of prepared statements, for the replay server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiocql.testing import Prepared, Rows
from aiocql.testing.server.notation import write_bytes, write_int
from aiocql.testing.server.result_metadata import metadata_id
from aiocql.testing.server.values import encode_value
from bench.clients.works import KEYSPACE, READ, VALUE
from bench.growth.axes import BY_NAME, COLUMN_ROWS
from bench.replay.framing import EXECUTE, PREPARE, RESULT, SKIP_METADATA
from bench.replay.records import Record

VERSION = 5
ROW_COLUMNS = (("id", "int"), ("name", "text"), ("price", "double"), ("amount", "int"))
_KINDS = ("int", "text", "double", "bigint")
_VALUES: dict[str, Any] = {"int": 1_000_007, "text": VALUE, "double": 2.5, "bigint": 2**40}


def rows_query(rows: int) -> str:
    """The statement that answers with so many rows of four columns."""
    return f"SELECT id,name,price,amount FROM {KEYSPACE}.rows_{rows} WHERE p=?"


def columns_query(columns: int) -> str:
    """The statement that answers with `COLUMN_ROWS` rows of so many columns."""
    return f"SELECT * FROM {KEYSPACE}.columns_{columns} WHERE p=?"


def statement_query(number: int) -> str:
    """One of ten thousand statements that read one row."""
    return f"{READ} /* {number} */"


def _text(query: str) -> bytes:
    return write_int(len(query)) + query.encode()


def _page(query: str, columns: list[tuple[str, str]], rows: int) -> Iterator[Record]:
    """A statement that binds an int, and its page."""
    table = query.partition(f"{KEYSPACE}.")[2].split()[0]
    own_id = metadata_id([(table, "int")])
    prepared = Prepared(
        own_id, [("p", "int")], [0], columns, metadata_id(columns), keyspace=KEYSPACE, table=table
    )
    yield Record(VERSION, PREPARE, _text(query), RESULT, 0, prepared.message(VERSION))
    row = b"".join(write_bytes(encode_value(kind, _VALUES[kind])) for _, kind in columns)
    key = len(own_id).to_bytes(2) + own_id
    for skip in (0, SKIP_METADATA):
        head = Rows(columns, keyspace=KEYSPACE, table=table, no_metadata=bool(skip)).message(VERSION)[:-4]
        yield Record(VERSION, EXECUTE, key + bytes([skip]), RESULT, 0, head + write_int(rows) + row * rows)


def _statement(number: int) -> Iterator[Record]:
    columns = [("k", "int"), ("v", "text")]
    query = statement_query(number)
    own_id = metadata_id([(query, "int")])
    prepared = Prepared(
        own_id, [("k", "int")], [0], columns, metadata_id(columns), keyspace=KEYSPACE, table="kv"
    )
    yield Record(VERSION, PREPARE, _text(query), RESULT, 0, prepared.message(VERSION))
    key = len(own_id).to_bytes(2) + own_id
    for skip in (0, SKIP_METADATA):
        answer = Rows(columns, [(0, VALUE)], KEYSPACE, "kv", no_metadata=bool(skip))
        yield Record(VERSION, EXECUTE, key + bytes([skip]), RESULT, 0, answer.message(VERSION))


def answers(rows: bool = True, columns: bool = True, statements: bool = True) -> Iterator[Record]:
    """The records of those axes that want some of their own."""
    if rows:
        for n in BY_NAME["rows"].sizes:
            yield from _page(rows_query(n), list(ROW_COLUMNS), n)
    if columns:
        for n in BY_NAME["columns"].sizes:
            wide = [(f"c{i:03}", _KINDS[i % len(_KINDS)]) for i in range(n)]
            yield from _page(columns_query(n), wide, COLUMN_ROWS)
    if statements:
        for number in range(max(BY_NAME["statements"].sizes)):
            yield from _statement(number)
