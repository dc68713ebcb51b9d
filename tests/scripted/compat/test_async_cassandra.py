"""What `AsyncCluster` and its sessions send, and what becomes of what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD, VALUE, WRONG_PASSWORD, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, prime_table, sends

import aiocql
from aiocql.compat.async_cassandra import (
    AsyncCassandraSession,
    AsyncCluster,
    ConnectionError,
    InMemoryMetricsCollector,
    MetricsMiddleware,
    QueryError,
    StreamConfig,
    cluster,
)
from aiocql.compat.cassandra import InvalidRequest, OperationTimedOut, ReadTimeout, consistency
from aiocql.compat.cassandra.auth import PlaintextPasswordWarning
from aiocql.compat.cassandra.cluster import ExecutionProfile
from aiocql.compat.cassandra.query import BatchStatement, SimpleStatement, dict_factory
from aiocql.nodes.states import HostDistance
from aiocql.testing import (
    ErrorAnswer,
    Opcode,
    ReadTimeoutAnswer,
    ScriptedCluster,
    ScriptedServer,
    Void,
    WriteTimeoutAnswer,
    plain_text,
)
from aiocql.testing.cassandra.waiting import until

PROBE = "SELECT now() FROM system.local"


@contextlib.asynccontextmanager
async def one_node(**options: Any) -> AsyncIterator[tuple[ScriptedServer, AsyncCassandraSession]]:
    async with ScriptedServer() as server:
        prime_table(server)
        async with AsyncCluster([server.address], port=server.port, **options) as made:
            yield server, await made.connect()
        assert server.violations == []


@contextlib.asynccontextmanager
async def three_nodes(**options: Any) -> AsyncIterator[tuple[ScriptedCluster, AsyncCassandraSession]]:
    async with ScriptedCluster(3, first_address="10.0.24.1", port=24042) as servers:
        prime_table(servers)
        async with AsyncCluster(["10.0.24.1"], port=24042, **options) as made:
            yield servers, await made.connect()
        assert servers.violations == []


@in_memory
async def test_placeholders_are_bound_on_the_server() -> None:
    async with one_node() as (server, session):
        query = "SELECT v FROM t WHERE k = %s"
        assert (await session.execute(query, [7])).one().v == value_of(7)
        assert (await session.execute(SimpleStatement(query), (8,))).one().v == value_of(8)
        executed = [request for request in server.requests if request.opcode is Opcode.EXECUTE]
        assert [request.bound for request in executed] == [{"k": 7}, {"k": 8}]
        assert sends(server, Opcode.PREPARE) == 1


@in_memory
async def test_a_routing_key_that_is_an_address_goes_to_that_host() -> None:
    async with three_nodes() as (servers, session):
        prime = servers.prime(PROBE, columns=[("now", "int")], rows=[(1,)])
        for node, host in zip(servers.nodes, session.cluster.metadata.all_hosts(), strict=True):
            for statement in (
                session.execute(SimpleStatement(PROBE, routing_key=host.address)),
                session.execute(PROBE, host=host.address),
                session.execute(PROBE, host=host),
            ):
                await statement
            asked = [r for r in node.requests if r.query == PROBE]
            assert len(asked) == 3
        assert prime.count == 9


@in_memory
async def test_a_routing_key_that_is_a_partition_key_goes_to_its_replica() -> None:
    async with ScriptedCluster(3, first_address="10.0.24.1", port=24042) as servers:
        servers.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "1"})
        servers.prime(PROBE, columns=[("now", "int")], rows=[(1,)])
        async with AsyncCluster(["10.0.24.1"], port=24042) as made:
            session = await made.connect()
            for number in range(6):
                key = number.to_bytes(4, "big")
                [replica] = made.metadata.get_replicas("ks", key)
                await session.execute(SimpleStatement(PROBE, routing_key=key, keyspace="ks"))
                [node] = [node for node in servers.nodes if node.address == replica.address]
                assert any(r.query == PROBE for r in node.requests)
                for each in servers.nodes:
                    each.requests.clear()


@in_memory
async def test_core_connections_can_be_set_on_a_running_cluster() -> None:
    async with three_nodes() as (_, session):
        assert {host.open_connections for host in session.hosts} == {1}
        session.cluster.set_core_connections_per_host(HostDistance.LOCAL, 5)
        assert await until(lambda: {host.open_connections for host in session.hosts} == {5}, 30)


@in_memory
async def test_errors_are_those_of_cassandra_driver() -> None:
    async with one_node() as (server, session):
        server.prime(SELECT, ReadTimeoutAnswer(received=1, required=2), bind=[("k", "int")])
        with pytest.raises(ReadTimeout) as late:
            await session.execute("SELECT v FROM t WHERE k = %s", [1])
        assert (late.value.required_responses, late.value.received_responses) == (2, 1)
        assert isinstance(late.value, aiocql.ReadTimeout)
        server.prime("SELECT x FROM t", ErrorAnswer(0x2200, "Undefined column name x"))
        with pytest.raises(InvalidRequest, match="Undefined column name x"):
            await session.execute("SELECT x FROM t")
        with pytest.raises(QueryError, match="int") as misfit:
            await session.execute("SELECT v FROM t WHERE k = %s", ["not a number"])
        assert isinstance(misfit.value.cause, aiocql.EncodeError)
        assert "not a number" not in str(misfit.value)
        with pytest.raises(QueryError, match="object"):
            await session.execute(object())


@in_memory
async def test_a_deadline_is_a_timeout_error() -> None:
    async with one_node(request_timeout=5) as (server, session):
        server.prime(SELECT, Void(delay=100), bind=[("k", "int")])
        loop = asyncio.get_running_loop()
        for timeout, expected in ((None, 5), (2, 2)):
            begun = loop.time()
            with pytest.raises(asyncio.TimeoutError) as late:
                await session.execute("SELECT v FROM t WHERE k = %s", [1], timeout=timeout)
            assert isinstance(late.value, OperationTimedOut)
            assert loop.time() - begun == pytest.approx(expected, abs=0.5)


@in_memory
async def test_each_page_has_the_timeout_for_itself() -> None:
    async with one_node() as (server, session):
        pages = [[(number,)] for number in range(5)]
        server.prime("SELECT n FROM t", columns=[("n", "int")], pages=pages, delay=3)
        result = await session.execute("SELECT n FROM t", timeout=4)
        assert [row.n for row in result] == [0, 1, 2, 3, 4]


@in_memory
async def test_a_fetch_size_is_the_page_size() -> None:
    async with one_node() as (server, session):
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(7)])
        result = await session.execute(SimpleStatement("SELECT n FROM t", fetch_size=3))
        assert len(result) == 7
        sizes = [r.options.page_size for r in server.requests if r.query == "SELECT n FROM t"]
        assert sizes == [3, 3, 3]


@in_memory
async def test_a_stream_is_read_page_by_page() -> None:
    async with one_node() as (server, session):
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(7)])
        seen: list[tuple[int, int]] = []
        config = StreamConfig(fetch_size=3, page_callback=lambda page, rows: seen.append((page, rows)))
        async with await session.execute_stream("SELECT n FROM t", stream_config=config) as result:
            assert [row.n async for row in result] == list(range(7))
            assert (result.page_number, result.total_rows_fetched) == (3, 7)
        assert seen == [(1, 3), (2, 3), (3, 1)]
        statement = SimpleStatement("SELECT n FROM t", fetch_size=5)
        config = StreamConfig(fetch_size=2, max_pages=2)
        result = await session.execute_stream(statement, stream_config=config)
        assert [[row.n for row in page] async for page in result.pages()] == [[0, 1], [2, 3]]
        assert statement.fetch_size == 5
        ended = await session.execute_stream("SELECT n FROM t", stream_config=config)
        await anext(ended)
        await ended.close()
        assert [row async for row in ended] == []


@in_memory
async def test_what_goes_wrong_in_a_stream_is_raised_where_it_is_read() -> None:
    async with one_node() as (server, session):
        server.prime("SELECT x FROM t", ErrorAnswer(0x2200, "no"))

        def fail(page: int, rows: int) -> None:
            raise RuntimeError("callback")

        result = await session.execute_stream("SELECT x FROM t")
        with pytest.raises(InvalidRequest):
            await anext(result)
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(1,)])
        result = await session.execute_stream(
            "SELECT n FROM t", stream_config=StreamConfig(page_callback=fail)
        )
        assert [row.n async for row in result] == [1]


def counted(session: AsyncCassandraSession) -> tuple[int, int, int]:
    return session.requests_sent, session.requests_completed, session.requests_failed


@in_memory
async def test_a_stream_is_one_request_that_counts_when_it_ends() -> None:
    async with one_node() as (server, session):
        memory = InMemoryMetricsCollector()
        session._metrics = MetricsMiddleware([memory])
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(7)])
        config = StreamConfig(fetch_size=3)
        result = await session.execute_stream("SELECT n FROM t", stream_config=config)
        assert counted(session) == (0, 0, 0)
        await anext(result)
        assert counted(session) == (1, 0, 0)
        assert len([row async for row in result]) == 6
        assert counted(session) == (1, 1, 0)
        await result.close()
        assert counted(session) == (1, 1, 0)
        # Closed or let go of before its last row, it is over too; one that was never read sent nothing.
        async with await session.execute_stream("SELECT n FROM t", stream_config=config) as result:
            await anext(result)
        assert counted(session) == (2, 2, 0)
        result = await session.execute_stream("SELECT n FROM t", stream_config=config)
        await anext(result)
        del result
        assert counted(session) == (3, 3, 0)
        await (await session.execute_stream("SELECT n FROM t")).close()
        assert counted(session) == (3, 3, 0)
        await session.close()
        assert [each.result_size for each in memory.query_metrics] == [7, 3, 3]


@in_memory
async def test_a_stream_that_fails_at_a_later_page_has_failed() -> None:
    async with one_node() as (server, session):
        memory = InMemoryMetricsCollector()
        session._metrics = MetricsMiddleware([memory])
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(7)])
        config = StreamConfig(fetch_size=3)
        result = await session.execute_stream("SELECT n FROM t", stream_config=config)
        server.prime("SELECT n FROM t", ErrorAnswer(0x2200, "no"))
        server.prime("SELECT n FROM t", columns=[("n", "int")], pages=[[(1,)], [(2,)]], times=1)
        with pytest.raises(InvalidRequest):
            _ = [row async for row in result]
        assert result.total_rows_fetched == 1
        assert counted(session) == (1, 0, 1)
        assert [row async for row in result] == []
        await session.close()
        assert [each.error_type for each in memory.query_metrics] == ["InvalidRequest"]


@in_memory
async def test_a_streams_errors_follow_the_rule_of_all_others() -> None:
    async with one_node() as (server, session):
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(7)])
        misfit = await session.execute_stream("SELECT v FROM t WHERE k = %s", ["not a number"])
        with pytest.raises(QueryError, match="Streaming query execution failed") as failed:
            await anext(misfit)
        assert isinstance(failed.value.cause, aiocql.EncodeError)
        assert "not a number" not in str(failed.value)
        with pytest.raises(QueryError, match="object"):
            await session.execute_stream(object())
        waiting = await session.execute_stream("SELECT n FROM t")
        await session.close()
        with pytest.raises(ConnectionError, match="Session is closed"):
            await anext(waiting)
        assert counted(session) == (3, 0, 3)


@in_memory
async def test_a_timestamp_generator_gives_each_request_its_timestamp() -> None:
    numbers = iter(range(1_000_000, 2_000_000))
    async with one_node(timestamp_generator=lambda: next(numbers)) as (server, session):
        server.prime("UPDATE t SET v = 'a' WHERE k = 1")
        await session.execute(INSERT, [1, VALUE])
        await session.execute("UPDATE t SET v = 'a' WHERE k = 1")
        batch = BatchStatement()
        batch.add("INSERT INTO t (k, v) VALUES (%s, %s)", (1, "a"))
        await session.execute_batch(batch)
        sent = [r for r in server.requests if r.opcode in (Opcode.EXECUTE, Opcode.QUERY, Opcode.BATCH)]
        stamps = [r.options.timestamp for r in sent if "system" not in (r.query or "")]
        assert stamps == [1_000_000, 1_000_001, 1_000_002]


@in_memory
async def test_batches_hold_statements_of_every_kind() -> None:
    async with one_node() as (server, session):
        batch = BatchStatement(consistency_level=consistency.ConsistencyLevel.QUORUM)
        prepared = await session.prepare(INSERT)
        batch.add("INSERT INTO t (k, v) VALUES (%s, %s)", (1, "a"))
        batch.add(prepared, (2, "b"))
        batch.add(prepared.bind((3, "c")))
        await session.execute_batch(batch)
        await session.execute(batch)
        sent = [request for request in server.requests if request.opcode is Opcode.BATCH]
        assert len(sent) == 2
        assert all(len(request.statements) == 3 for request in sent)


@in_memory
async def test_a_prepared_statement_serves_every_session_of_the_cluster() -> None:
    async with one_node() as (_, session):
        prepared = await session.prepare(SELECT)
        other = await session.cluster.connect()
        assert (await other.execute(prepared, [5])).one().v == value_of(5)
        assert (await other.execute(prepared.bind({"k": 6}))).one().v == value_of(6)


@in_memory
async def test_rows_are_what_the_factory_makes() -> None:
    async with one_node() as (server, session):
        assert (await session.execute(SELECT, [1])).one()._fields == ("v",)
        session.row_factory = dict_factory
        assert (await session.execute(SELECT, [1])).all() == [{"v": value_of(1)}]
        session.row_factory = lambda names, rows: [(*names, *row) for row in rows]
        assert (await session.execute(SELECT, [1])).all() == [("v", value_of(1))]
        server.prime("UPDATE t", columns=[("[applied]", "boolean")], rows=[(False,)])
        session.row_factory = ExecutionProfile().row_factory
        result = await session.execute("UPDATE t")
        assert result.one().applied is False
        assert result.was_applied is False


@in_memory
async def test_a_write_that_may_have_happened_is_not_sent_again() -> None:
    async with three_nodes() as (servers, session):
        prepared = await session.prepare(INSERT)
        servers.prime(lambda request: request.opcode is Opcode.EXECUTE, Void(close="reset"))
        before = sends(servers, Opcode.EXECUTE)
        with pytest.raises(aiocql.ConnectionLost):
            await session.execute(prepared, [1, VALUE])
        assert sends(servers, Opcode.EXECUTE) - before == 1


@in_memory
async def test_an_idempotent_write_is_tried_three_times_more() -> None:
    async with one_node() as (server, session):
        prepared = await session.prepare(INSERT)
        prepared.is_idempotent = True
        server.prime(INSERT, WriteTimeoutAnswer(), bind=[("k", "int"), ("v", "text")])
        with pytest.raises(aiocql.WriteTimeout):
            await session.execute(prepared, [1, VALUE])
        assert sends(server, Opcode.EXECUTE) == 4


@in_memory
async def test_metrics_are_recorded_for_every_request() -> None:
    async with one_node() as (server, session):
        memory = InMemoryMetricsCollector()
        session._metrics = MetricsMiddleware([memory])
        await session.execute(SELECT, [1])
        server.prime("SELECT x FROM t", ErrorAnswer(0x2200, "no"))
        with pytest.raises(InvalidRequest):
            await session.execute("SELECT x FROM t")
        await session.close()
        stats = await memory.get_stats()
        assert stats["query_performance"]["total_queries"] == 2
        assert stats["error_summary"] == {"InvalidRequest": 1}
        assert (session.requests_sent, session.requests_completed, session.requests_failed) == (2, 1, 1)


@in_memory
async def test_a_session_with_metrics_can_be_made_of_another() -> None:
    async with one_node() as (_, session):
        memory = InMemoryMetricsCollector()
        measured = AsyncCassandraSession(session._session, MetricsMiddleware([memory]))
        measured.row_factory = dict_factory
        assert (await measured.execute(SELECT, [1])).all() == [{"v": value_of(1)}]
        assert (await session.execute(SELECT, [1])).one().v == value_of(1)
        await measured.close()
        assert len(memory.query_metrics) == 1
        with pytest.raises(AttributeError, match="AsyncCluster"):
            _ = measured.cluster


@in_memory
async def test_profiles_say_how_requests_are_executed() -> None:
    level = consistency.ConsistencyLevel
    quorum = ExecutionProfile(consistency_level=level.QUORUM, row_factory=dict_factory)
    async with one_node(execution_profiles={"quorum": quorum}) as (server, session):
        rows = await session.execute(SELECT, [1], execution_profile="quorum")
        assert rows.one() == {"v": value_of(1)}
        await session.execute(
            SimpleStatement(SELECT, consistency_level=level.TWO), [1], execution_profile=quorum
        )
        sent = [r.options.consistency for r in server.requests if r.opcode is Opcode.EXECUTE]
        assert sent == [level.QUORUM, level.TWO]


# --- connecting and closing ------------------------------------------------------------------------------------


@in_memory
async def test_closing_needs_no_time_and_is_said_once() -> None:
    async with one_node() as (_, session):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await session.close()
        await session.close()
        await session.cluster.close()
        await session.cluster.shutdown()
        assert loop.time() - begun < 1
        for request in (session.execute("SELECT"), session.prepare("SELECT"), session.set_keyspace("ks")):
            with pytest.raises(ConnectionError, match="Session is closed"):
                await request
        with pytest.raises(ConnectionError, match="Cluster is closed"):
            await session.cluster.connect()


@in_memory
async def test_a_cluster_that_is_not_there_is_tried_three_times() -> None:
    made = AsyncCluster(["10.9.9.9"], port=24042)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(ConnectionError, match="Failed to connect to cluster after 3 attempts") as failed:
        await made.connect()
    assert isinstance(failed.value.cause, aiocql.NoHostAvailable)
    waited = cluster.RETRY_DELAY * (1 + 2)
    assert asyncio.get_running_loop().time() - begun >= waited


@pytest.mark.parametrize(("timeout", "attempts"), [(2.0, 1), (3.0, 2)])
@in_memory
async def test_timeout_of_connect_is_for_all_attempts(timeout: float, attempts: int) -> None:
    made = AsyncCluster(["10.9.9.9"], port=24042)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(ConnectionError, match=f"after {attempts} attempt"):
        await made.connect(timeout=timeout)
    assert asyncio.get_running_loop().time() - begun <= timeout


@in_memory
async def test_a_cluster_that_comes_late_is_found_by_a_later_attempt() -> None:
    made = AsyncCluster(["10.0.24.1"], port=24042)
    connecting = asyncio.ensure_future(made.connect())
    await asyncio.sleep(1)
    async with ScriptedServer("10.0.24.1", 24042):
        session = await connecting
        assert len(session.hosts) == 1
        await made.close()


@in_memory
async def test_a_password_over_plain_tcp_works_with_one_warning() -> None:
    async with ScriptedCluster(3, first_address="10.0.24.1", port=24042, auth=plain_text({"me": PASSWORD})):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = AsyncCluster.create_with_auth(["10.0.24.1"], "me", PASSWORD, port=24042)
            async with made:
                session = await made.connect()
                await made.connect()
                assert len(session.hosts) == 3
        assert [each.category for each in caught] == [PlaintextPasswordWarning]
        assert PASSWORD not in str(caught[0].message)


@in_memory
async def test_wrong_credentials_are_not_tried_again() -> None:
    async with ScriptedServer(auth=plain_text({"me": PASSWORD})) as server:
        made = AsyncCluster.create_with_auth([server.address], "me", WRONG_PASSWORD, port=server.port)
        with pytest.raises(ConnectionError, match="after 1 attempt: ") as refused:
            await made.connect()
        assert isinstance(refused.value.cause, aiocql.Error)
        assert WRONG_PASSWORD not in str(refused.value)


@in_memory
async def test_a_server_without_protocol_v5_is_refused() -> None:
    async with ScriptedServer(max_version=4) as server:
        with pytest.raises(ConnectionError, match="doesn't support protocol v5"):
            await AsyncCluster([server.address], port=server.port).connect()


@in_memory
async def test_a_keyspace_is_named_and_checked() -> None:
    async with one_node() as (server, session):
        for name in ("", "ks; DROP KEYSPACE x", "a b"):
            with pytest.raises(ValueError, match="Invalid keyspace name"):
                await session.set_keyspace(name)
        assert sends(server, Opcode.QUERY) == 0
