"""Data frames into tables: which statement is sent with which values, and what is refused."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import AsyncIterator
from typing import Any

import polars
import pyarrow
import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.errors import ConfigurationError, EncodeError, InterfaceError, InvalidRequest
from aiocql.session.session import Session
from aiocql.testing import ErrorAnswer, Prime, Rows, ScriptedCluster

QUERY = "INSERT INTO shop.item (k, v) VALUES (?, ?)"


@contextlib.asynccontextmanager
async def shop(
    refused: bool = False, query: str = QUERY, answer: Rows | None = None
) -> AsyncIterator[tuple[Prime, Session[Any]]]:
    async with ScriptedCluster(1) as cluster:
        cluster.view.schema.add_keyspace("shop", {"class": "SimpleStrategy", "replication_factor": "1"})
        cluster.view.schema.add_table("shop", "item", {"k": "int", "v": "text"}, ["k"])
        prime = cluster.prime(query, answer, bind=[("k", "int"), ("v", "text")])
        if refused:
            cluster.prime(
                lambda request: request.query == QUERY and bool(request.values), ErrorAnswer(0x2200, "no")
            )
        address, port = cluster.contact_point
        async with aiocql.connect(f"{address}:{port}") as session:
            yield prime, session
        assert cluster.violations == []


@in_memory
async def test_each_row_is_sent_once() -> None:
    async with shop() as (prime, session):
        rows = pyarrow.table({"k": list(range(1000)), "v": [f"v{k}" for k in range(1000)]})
        assert await session.insert_table("shop.item", rows, concurrency=7) == (1000, ())
        assert prime.count == 1000


@in_memory
async def test_rows_that_fail_are_listed_with_their_errors() -> None:
    async with shop() as (prime, session):
        rows = polars.DataFrame({"k": [1, 2**40, 3], "v": ["a", "b", "c"]})
        result = await session.insert_table("shop.item", rows, on_error="collect")
        assert result.rows == prime.count == 2
        ((number, error),) = result.failed
        assert number == 1
        assert isinstance(error, EncodeError)
        assert str(error).startswith("row 1: ")
        assert str(2**40) not in str(error)


@in_memory
async def test_an_error_of_the_server_is_raised() -> None:
    async with shop(refused=True) as (_, session):
        with pytest.raises(InvalidRequest):
            await session.insert_table("shop.item", polars.DataFrame({"k": [1], "v": ["a"]}))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (polars.DataFrame({"k": [1], "w": ["a"]}), "has no columns w"),
        (polars.DataFrame({"v": ["a"]}), "needs k"),
        (pyarrow.array([1, 2]), "no named columns"),
        ([{"k": 1}], "exports no Arrow data"),
    ],
)
@in_memory
async def test_data_that_is_not_of_the_table_is_refused(data: Any, text: str) -> None:
    async with shop() as (prime, session):
        with pytest.raises(InterfaceError, match=text):
            await session.insert_table("shop.item", data)
        assert prime.count == 0


@pytest.mark.parametrize("choice", ["nulls", "on_error"])
@in_memory
async def test_an_unknown_choice_is_refused(choice: str) -> None:
    async with shop() as (_, session):
        with pytest.raises(ConfigurationError, match=choice):
            await session.insert_table("shop.item", polars.DataFrame({"k": [1]}), **{choice: "other"})  # type: ignore[arg-type]


@in_memory
async def test_text_that_is_not_utf8_is_the_error_of_its_row() -> None:
    offsets = pyarrow.py_buffer(struct.pack("=4i", 0, 1, 3, 4))
    text = pyarrow.Array.from_buffers(pyarrow.utf8(), 3, [None, offsets, pyarrow.py_buffer(b"a\xc3\x28b")])
    async with shop() as (prime, session):
        data = pyarrow.table({"k": pyarrow.array([1, 2, 3]), "v": text})
        result = await session.insert_table("shop.item", data, on_error="collect")
        assert (result.rows, [number for number, _ in result.failed]) == (2, [1])
        with pytest.raises(EncodeError, match=r"row 1: .*v") as raised:
            await session.insert_table("shop.item", data)
        assert "xc3" not in repr(raised.value)
        assert prime.count >= 3


@in_memory
async def test_rows_that_are_there_already_are_not_counted() -> None:
    applied = Rows([("[applied]", "boolean")], [(False,)])
    async with shop(query=f"{QUERY} IF NOT EXISTS USING TTL 60", answer=applied) as (prime, session):
        data = polars.DataFrame({"k": [1, 2], "v": ["a", "b"]})
        assert await session.insert_table("shop.item", data, ttl=60, if_not_exists=True) == (0, ())
        assert prime.count == 2
        for ttl in (-1, 10**9, 1.5, True, "60"):
            with pytest.raises(ConfigurationError, match="20 years"):
                await session.insert_table("shop.item", data, ttl=ttl)  # type: ignore[arg-type]
