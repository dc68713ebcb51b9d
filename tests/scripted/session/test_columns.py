"""Results in columns: all pages once and in order, in tables and in batches, and nothing left behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pyarrow
import pytest
from tests import internals
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import one_node

import aiocql
from aiocql import ArrowTypes
from aiocql.session.session import Session
from aiocql.testing import Prime, ScriptedServer

ALL = "SELECT v, t FROM many"
BOUND = "SELECT v, t FROM many WHERE k = ?"
ROWS = [(v, None if v % 7 == 0 else f"text {v}") for v in range(95)]


def prime_many(server: ScriptedServer, **how: Any) -> Prime:
    for query in (ALL, BOUND):
        prime = server.prime(
            query,
            columns=[("v", "int"), ("t", "text")],
            bind=[("k", "int")] if query is BOUND else [],
            **({"rows": ROWS} | how),
        )
    return prime


def in_flight(session: Session[Any]) -> int:
    return sum(
        connection.core.pending
        for pool in internals.pools(session).values()
        for connection in pool.connections
    )


def rows_of(data: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in data.to_pylist()]


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("query", [ALL, BOUND])
@pytest.mark.parametrize("page_size", [1, 10, 95, 96, None])
@in_memory
async def test_table_has_all_rows_in_order(query: str, page_size: int | None, version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        prime_many(server)
        for _ in range(2):
            table = await session.table(query, [1] if query is BOUND else None, page_size=page_size)
            assert rows_of(table) == ROWS
            assert (len(table), table.column_names) == (95, ["v", "t"])
        pyarrow.table(table).validate(full=True)
        result = await session.execute(query, [1] if query is BOUND else None, page_size=None)
        assert [tuple(row) for row in result] == ROWS


@pytest.mark.parametrize("rows", [1, 7, 10, 95, 96, 10_000])
@in_memory
async def test_batches_have_one_size(rows: int) -> None:
    async with one_node() as (server, session):
        prime_many(server)
        batches = [batch async for batch in session.batches(BOUND, [1], rows=rows, page_size=10)]
        full, rest = divmod(95, rows)
        assert [len(batch) for batch in batches] == [rows] * full + [rest] * (rest > 0)
        assert [row for batch in batches for row in rows_of(batch)] == ROWS
        for batch in batches:
            pyarrow.record_batch(batch).validate(full=True)


@in_memory
async def test_batches_fetch_one_page_ahead_and_no_more() -> None:
    async with one_node() as (server, session):
        prime = prime_many(server)
        seen = 0
        async for batch in session.batches(BOUND, [1], rows=10, page_size=10):
            await asyncio.sleep(1)
            seen += len(batch)
            assert prime.count <= seen // 10 + 1
        assert (seen, prime.count) == (95, 10)


@in_memory
async def test_batches_left_early_leave_nothing_in_flight() -> None:
    async with one_node() as (server, session):
        prime_many(server)
        async for _ in session.batches(BOUND, [1], rows=10, page_size=10):
            break
        async with session.batches(BOUND, [1], rows=10, page_size=10) as batches:
            await batches.__anext__()
        with pytest.raises(StopAsyncIteration):
            await batches.__anext__()
        await asyncio.sleep(1)
        assert in_flight(session) == 0


@in_memory
async def test_empty_pages_and_empty_results() -> None:
    async with one_node() as (server, session):
        prime_many(server, rows=None, pages=[[], ROWS[:1], [], ROWS[1:2], []])
        assert rows_of(await session.table(BOUND, [1])) == ROWS[:2]
        assert [rows_of(batch) async for batch in session.batches(BOUND, [1])] == [ROWS[:2]]
        prime_many(server, rows=[])
        table = await session.table(BOUND, [1])
        assert (len(table), table.column_names) == (0, ["v", "t"])
        assert [batch async for batch in session.batches(BOUND, [1])] == []


@in_memory
async def test_statements_without_rows_are_refused() -> None:
    async with one_node() as (server, session):
        server.prime("INSERT INTO many (k) VALUES (1)")
        with pytest.raises(aiocql.InterfaceError, match="returns no rows"):
            await session.table("INSERT INTO many (k) VALUES (1)")
        with pytest.raises(aiocql.InterfaceError, match="returns no rows"):
            async for _ in session.batches("INSERT INTO many (k) VALUES (1)"):
                pass


@in_memory
async def test_conditional_statements_answer_in_columns() -> None:
    async with one_node() as (server, session):
        query = "INSERT INTO many (k) VALUES (1) IF NOT EXISTS"
        server.prime(query, columns=[("[applied]", "boolean")], rows=[(False,)])
        assert (await session.table(query)).to_pylist() == [{"[applied]": False}]


@in_memory
async def test_types_come_from_the_call_or_the_session() -> None:
    codecs = aiocql.CodecRegistry(arrow=ArrowTypes(text="large_utf8"))
    async with one_node(codecs=codecs) as (server, session):
        prime_many(server)
        assert (await session.table(BOUND, [1])).schema["t"].format == "U"
        view = await session.table(BOUND, [1], arrow=ArrowTypes(text="utf8_view"))
        assert view.schema["t"].format == "vu"
        assert rows_of(view) == ROWS


@pytest.mark.parametrize("rows", [0, -1, "many"])
@in_memory
async def test_sizes_that_are_none_are_refused(rows: Any) -> None:
    async with one_node() as (_, session):
        with pytest.raises(aiocql.ConfigurationError):
            session.batches(ALL, rows=rows)


def test_programs_without_columns_load_none_of_it() -> None:
    script = """
import sys
import aiocql
aiocql.connect, aiocql.Session, aiocql.Result, aiocql.CodecRegistry
loaded = [n for n in sys.modules if n.startswith(("aiocql.columns", "aiocql.bulk", "aiocql.types.arrow"))]
print([*loaded, *({"numpy", "pandas", "polars", "pyarrow"} & set(sys.modules))])
"""
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "[]"
