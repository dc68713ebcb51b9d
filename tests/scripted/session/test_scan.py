"""Scans: every row of a table once, also when nodes die on the way, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests import internals
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.session.session import Session
from aiocql.testing import ErrorAnswer, Prime, ReceivedRequest, ScriptedCluster

QUERY = "SELECT k, v FROM shop.item WHERE token(k) > ? AND token(k) <= ?"
COUNT = 1000
# Tokens all over the ring, its ends included.
TOKENS = [-(2**63) + 1, 2**63 - 1, *(-(2**63) + i * (2**64 // COUNT) for i in range(1, COUNT - 1))]
ROWS = [(token, f"row {number}") for number, token in enumerate(TOKENS)]


def in_range(request: ReceivedRequest) -> list[tuple[int, str]]:
    low, high = request.bound["low"], request.bound["high"]
    return [row for row in ROWS if low < row[0] <= high]


def prime_scan(cluster: ScriptedCluster, query: str = QUERY, **how: Any) -> Prime:
    bind = [("low", "bigint"), ("high", "bigint"), *how.pop("more", [])]
    return cluster.prime(
        query, bind=bind, columns=[("k", "bigint"), ("v", "text")], **({"rows": in_range} | how)
    )


@contextlib.asynccontextmanager
async def shop(factor: int = 3, **options: Any) -> AsyncIterator[tuple[ScriptedCluster, Session[Any]]]:
    async with ScriptedCluster(3) as cluster:
        cluster.view.schema.add_keyspace(
            "shop", {"class": "SimpleStrategy", "replication_factor": str(factor)}
        )
        cluster.view.schema.add_table("shop", "item", {"k": "bigint", "v": "text"}, ["k"])
        address, port = cluster.contact_point
        async with aiocql.connect(f"{address}:{port}", **options) as session:
            yield cluster, session
        assert cluster.violations == []


def rows_of(batches: list[Any]) -> list[tuple[int, str]]:
    return sorted(tuple(row.values()) for batch in batches for row in batch.to_pylist())


def in_flight(session: Session[Any]) -> int:
    return sum(
        connection.core.pending
        for pool in internals.pools(session).values()
        for connection in pool.connections
    )


@pytest.mark.parametrize("page_size", [3, 5000])
@pytest.mark.parametrize("concurrency", [1, 4, 32])
@pytest.mark.parametrize("factor", [1, 3])
@in_memory
async def test_every_row_comes_once(factor: int, concurrency: int, page_size: int) -> None:
    async with shop(factor) as (cluster, session):
        prime = prime_scan(cluster)
        scan = session.scan("shop.item", columns=["k", "v"], concurrency=concurrency, page_size=page_size)
        batches = [batch async for batch in scan]
        assert rows_of(batches) == sorted(ROWS)
        assert max(map(len, batches)) <= page_size
        assert scan.progress[0] == scan.progress[1] >= concurrency
        assert prime.count >= scan.progress[1]


@in_memory
async def test_ranges_are_read_from_their_replicas() -> None:
    async with shop(1) as (cluster, session):
        prime_scan(cluster)
        assert rows_of([batch async for batch in session.scan("shop.item", concurrency=4)]) == sorted(ROWS)
        hosts = {host.endpoint: host for host in session.hosts}
        asked = [request for request in cluster.requests if request.bind and request.values]
        assert len(asked) >= 16
        for request in asked:
            owners = session.metadata.get_replicas("shop", request.bound["high"])
            assert hosts[request.node] in owners


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("after", [1, 5, 20])
@in_memory
async def test_node_that_dies_costs_and_doubles_no_row(after: int, reset: bool) -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster, delay=0.01)
        batches = []
        async for batch in session.scan("shop.item", concurrency=8, page_size=5):
            batches.append(batch)
            if len(batches) == after:
                await cluster.stop_node(1, reset=reset)
        assert rows_of(batches) == sorted(ROWS)


@in_memory
async def test_errors_of_one_host_are_read_again_elsewhere() -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster)
        bad = "{}:{}".format(*cluster.contact_point)
        failed = 0

        def overloaded(request: ReceivedRequest) -> bool:
            nonlocal failed
            if request.query != QUERY or not request.values or request.node != bad:
                return False
            failed += 1
            return True

        cluster.prime(overloaded, ErrorAnswer(0x1001, "busy"))
        batches = [batch async for batch in session.scan("shop.item", concurrency=4, page_size=50)]
        assert rows_of(batches) == sorted(ROWS)
        assert failed > 0


@in_memory
async def test_scan_that_no_host_serves_fails_after_some_seconds() -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster)
        cluster.prime(
            lambda request: request.query == QUERY and bool(request.values), ErrorAnswer(0x1001, "busy")
        )
        before = internals.loop(session).time()
        with pytest.raises(aiocql.Overloaded):
            async for _ in session.scan("shop.item", concurrency=4):
                pass
        assert internals.loop(session).time() - before >= 5
        assert in_flight(session) == 0


@in_memory
async def test_errors_that_no_host_mends_end_the_scan() -> None:
    async with shop() as (cluster, session):
        prime = prime_scan(cluster)
        cluster.prime(
            lambda request: request.query == QUERY and bool(request.values),
            ErrorAnswer(0x2200, "no such column"),
        )
        with pytest.raises(aiocql.InvalidRequest):
            async for _ in session.scan("shop.item", concurrency=4):
                pass
        assert prime.count == 0


@in_memory
async def test_scan_left_early_leaves_nothing_in_flight() -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster, delay=0.01)
        async for _ in session.scan("shop.item", page_size=5):
            break
        await asyncio.sleep(1)
        assert in_flight(session) == 0
        async with session.scan("shop.item", page_size=5) as scan:
            await scan.__anext__()
        assert in_flight(session) == 0
        with pytest.raises(StopAsyncIteration):
            await scan.__anext__()


@in_memory
async def test_several_tasks_share_a_scan() -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster)
        scan = session.scan("shop.item", page_size=10)

        async def take() -> list[Any]:
            return [batch async for batch in scan]

        parts = await asyncio.gather(take(), take(), take())
        assert rows_of([batch for part in parts for batch in part]) == sorted(ROWS)


@in_memory
async def test_tasks_that_wait_end_with_the_scan() -> None:
    async with shop() as (cluster, session):
        prime_scan(cluster, delay=5)
        scan = session.scan("shop.item")
        waiting = asyncio.ensure_future(scan.__anext__())
        await asyncio.sleep(1)
        await scan.aclose()
        with pytest.raises(StopAsyncIteration):
            await waiting


@in_memory
async def test_filters_and_columns() -> None:
    async with shop() as (cluster, session):
        text = "SELECT v FROM shop.item WHERE token(k) > ? AND token(k) <= ? AND v = ? ALLOW FILTERING"
        cluster.prime(
            text,
            bind=[("low", "bigint"), ("high", "bigint"), ("v", "text")],
            columns=[("v", "text")],
            rows=lambda request: [(v,) for _, v in in_range(request) if v == request.bound["v"]],
        )
        scan = session.scan("Shop.Item", columns=["v"], where="v = ?", parameters=["row 5"])
        assert [row async for batch in scan for row in batch.to_pylist()] == [{"v": "row 5"}]


@in_memory
async def test_what_cannot_be_scanned() -> None:
    async with shop() as (_, session):
        for table, how, why in [
            ("shop.none", {}, "no table"),
            ("item", {}, "no keyspace"),
            ("shop.item", {"columns": ["w"]}, "no columns w"),
            ("shop.item", {"columns": []}, "no columns are chosen"),
        ]:
            with pytest.raises(aiocql.InterfaceError, match=why):
                session.scan(table, **how)  # type: ignore[arg-type]
        with pytest.raises(aiocql.ConfigurationError, match="concurrency"):
            session.scan("shop.item", concurrency=0)
