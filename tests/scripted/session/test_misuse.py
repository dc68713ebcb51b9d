"""Options and values that mean nothing are refused, by a typed error and before anything is sent; none is ignored."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends

import aiocql
from aiocql.session.session import Session
from aiocql.testing import Opcode

TEXT = "SELECT v FROM many"
BAD: list[tuple[str, Any]] = [
    ("page_size", "5"),
    ("page_size", True),
    ("page_size", 2.5),
    ("paging_state", "abc"),
    ("timestamp", "now"),
    ("timestamp", 1.5),
    ("keyspace", 5),
    ("now_in_seconds", "x"),
    ("idempotent", "no"),
    ("custom_payload", 5),
    ("custom_payload", {"a": "text"}),
    ("custom_payload", {1: b"x"}),
    ("tiemout", 5.0),
]


async def of_rows(session: Session, statement: Any, options: dict[str, Any]) -> None:
    async for _ in session.stream(statement, [1], **options):
        pass


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda each: str(each)[:14])
@in_memory
async def test_values_of_another_kind_are_refused_everywhere(name: str, value: Any) -> None:
    async with one_node() as (server, session):
        statement: aiocql.PreparedStatement[Any] = await session.prepare(SELECT)
        given = {name: value}
        for asked in (
            lambda: session.execute(statement, [1], **given),
            lambda: session.execute(SELECT, [1], **given),
            lambda: session.execute(TEXT, **given),
            lambda: of_rows(session, statement, given),
            lambda: session.prepare(SELECT, **given),
            lambda: session.batch([(INSERT, [1, "x"])], **given),
        ):
            with pytest.raises(aiocql.ConfigurationError, match=name):
                await asked()
        assert sends(server, Opcode.EXECUTE, Opcode.QUERY, Opcode.BATCH) == 0


@in_memory
async def test_a_statement_has_no_place_in_its_pages() -> None:
    async with one_node() as (_, session):
        with pytest.raises(aiocql.ConfigurationError, match="paging_state"):
            await session.prepare(SELECT, paging_state=b"kept")


@in_memory
async def test_a_prepared_statement_stays_in_its_keyspace() -> None:
    async with one_node() as (server, session):
        statement: aiocql.PreparedStatement[Any] = await session.prepare(SELECT, keyspace="ks")
        await session.execute(statement, [1], keyspace="ks")
        sent = sends(server, Opcode.EXECUTE)
        for asked in (
            lambda: session.execute(statement, [1], keyspace="other"),
            lambda: of_rows(session, statement, {"keyspace": "other"}),
        ):
            with pytest.raises(aiocql.InterfaceError, match="prepared in keyspace 'ks'"):
                await asked()
        assert sends(server, Opcode.EXECUTE) == sent


@in_memory
async def test_the_first_row_of_an_empty_page_is_not_said_to_be_missing() -> None:
    """A page may be empty though rows follow: where a filter or deleted rows left nothing of it."""
    async with one_node() as (server, session):
        server.prime(TEXT, columns=[("v", "int")], pages=[[], [(1,)]])
        page = await session.execute(TEXT)
        with pytest.raises(aiocql.MorePagesError):
            page.one()
        following = await page.fetch_next_page()
        assert following.one() == (1,)
        server.prime(TEXT, columns=[("v", "int")], rows=[])
        assert (await session.execute(TEXT)).one() is None


@in_memory
async def test_a_stream_that_two_tasks_read_gives_each_row_once() -> None:
    async with one_node() as (server, session):
        server.prime(TEXT, columns=[("v", "int")], rows=[(v,) for v in range(20)], delay=0.5)
        stream = session.stream(TEXT, page_size=5, into="scalar")
        seen: list[int] = []

        async def read() -> None:
            async for row in stream:
                seen.append(row)

        outcomes = await asyncio.gather(read(), read(), return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == ["InterfaceError", "NoneType"]
        assert seen == list(range(20))
