"""Data frames into tables: which statement is sent with which values, and what is refused."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import polars
import pyarrow
import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.errors import ConfigurationError, EncodeError, InterfaceError, InvalidRequest
from aiocql.session.session import Session
from aiocql.testing import ErrorAnswer, Prime, ScriptedCluster

QUERY = "INSERT INTO shop.item (k, v) VALUES (?, ?)"


@contextlib.asynccontextmanager
async def shop(refused: bool = False) -> AsyncIterator[tuple[Prime, Session[Any]]]:
    async with ScriptedCluster(1) as cluster:
        cluster.view.schema.add_keyspace("shop", {"class": "SimpleStrategy", "replication_factor": "1"})
        cluster.view.schema.add_table("shop", "item", {"k": "int", "v": "text"}, ["k"])
        prime = cluster.prime(QUERY, bind=[("k", "int"), ("v", "text")])
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
