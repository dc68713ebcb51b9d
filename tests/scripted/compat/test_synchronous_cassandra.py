"""cassandra-driver's synchronous API on a scripted node."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.scripted.scripted_sessions import INSERT, SELECT
from tests.scripted.sync.conftest import node  # noqa: F401

from aiocql.compat.cassandra import errors
from aiocql.compat.cassandra.cluster import Cluster, ResultSet, Session
from aiocql.compat.cassandra.concurrent import execute_concurrent, execute_concurrent_with_args
from aiocql.compat.cassandra.query import BatchStatement, SimpleStatement, dict_factory


@pytest.fixture
def session(node: Any) -> Iterator[Session]:  # noqa: F811
    with Cluster([node.server.address], port=node.server.port, executor_threads=4) as cluster:
        yield cluster.connect()


def test_execute_and_prepare(session: Session) -> None:
    assert session.execute(SELECT.replace("?", "%s"), (1,)).one() == (value_of(1),)
    prepared = session.prepare(SELECT)
    assert session.execute(prepared, [2]).one().v == value_of(2)
    assert session.execute(prepared.bind({"k": 3}))[0].v == value_of(3)
    session.row_factory = dict_factory
    result = session.execute(prepared, (4,))
    assert isinstance(result, ResultSet)
    assert (list(result), result.column_names) == ([{"v": value_of(4)}], ["v"])


def test_callbacks_and_errbacks(session: Session) -> None:
    prepared = session.prepare(SELECT)
    heard: list[Any] = []
    ended = threading.Event()

    def failed(error: Exception) -> None:
        heard.append(error)
        ended.set()

    def rows(found: list[Any], name: str) -> None:
        heard.append((name, found[0].v))
        session.execute_async(prepared, ["no number"]).add_errback(failed)

    future = session.execute_async(prepared, [5])
    future.add_callback(rows, name="first")
    assert future.result().one().v == value_of(5)
    assert ended.wait(10)
    assert heard[0] == ("first", value_of(5))
    assert isinstance(heard[1], ValueError)
    future.add_callback(lambda found: heard.append(len(found)))
    assert heard[2] == 1


def test_pages(node: Any, session: Session) -> None:  # noqa: F811
    rows = [(number,) for number in range(7)]
    node.do(lambda: node.server.prime("SELECT n FROM numbers", columns=[("n", "int")], rows=rows))
    statement = SimpleStatement("SELECT n FROM numbers", fetch_size=3)
    result = session.execute(statement)
    assert (len(result.current_rows), result.has_more_pages) == (3, True)
    result.fetch_next_page()
    assert [row.n for row in result.current_rows] == [3, 4, 5]
    assert [row.n for row in session.execute(statement)] == list(range(7))
    assert session.execute(statement)[6].n == 6
    session.default_fetch_size = 2
    assert len(session.execute("SELECT n FROM numbers").current_rows) == 2


def test_batch_and_listeners(node: Any, session: Session) -> None:  # noqa: F811
    seen: list[Any] = []
    session.add_request_init_listener(seen.append)
    batch = BatchStatement()
    batch.add(session.prepare(INSERT), (1, "x"))
    batch.add("INSERT INTO t (k, v) VALUES (%s, %s)", (2, "y"))
    assert list(session.execute(batch)) == []
    assert node.server.requests[-1].opcode.name == "BATCH"
    assert [future.query for future in seen] == [batch]


def test_concurrent(session: Session) -> None:
    prepared = session.prepare(SELECT)
    outcomes = execute_concurrent_with_args(session, prepared, [(k,) for k in range(250)], concurrency=20)
    assert [outcome.result_or_exc.one().v for outcome in outcomes] == [value_of(k) for k in range(250)]
    found = execute_concurrent(session, [(prepared, (1,)), (prepared, ("x",))], raise_on_first_error=False)
    assert [outcome.success for outcome in found] == [True, False]
    with pytest.raises(ValueError, match="does not fit"):
        execute_concurrent_with_args(session, prepared, [("x",)])
    [outcome] = execute_concurrent(session, iter([(prepared, (1,))]), results_generator=True)
    assert outcome.success


def test_errors_and_the_end(node: Any, session: Session) -> None:  # noqa: F811
    with pytest.raises(errors.NoHostAvailable):
        Cluster(["127.0.0.1"], port=1).connect()
    with pytest.raises(TypeError, match="no_such_option"):
        Cluster(no_such_option=1)
    with pytest.raises(ValueError, match="ssl_context"):
        Cluster(ssl_options={})
    node.do(lambda: node.server.prime("SELECT late FROM t", columns=[("late", "int")], rows=[], hold=True))
    with pytest.raises(errors.OperationTimedOut):
        session.execute("SELECT late FROM t", timeout=0.05)
    session.cluster.shutdown()
    with pytest.raises(errors.UnsupportedOperation):
        session.cluster.connect()


def test_timestamps_come_from_the_clusters_generator(node: Any) -> None:  # noqa: F811
    numbers = iter(range(100, 200))
    with Cluster(
        [node.server.address], port=node.server.port, timestamp_generator=lambda: next(numbers)
    ) as cluster:
        session = cluster.connect()
        session.execute("INSERT INTO t (k, v) VALUES (%s, %s)", (1, "text"))
        session.execute(session.prepare(INSERT), (1, "prepared"))
        batch = BatchStatement()
        batch.add(session.prepare(INSERT), (1, "batch"))
        session.execute(batch)
        execute_concurrent_with_args(session, session.prepare(INSERT), [(k, "many") for k in range(3)])
        sent = [
            r.options.timestamp
            for r in node.server.requests
            if r.options and r.options.timestamp in range(100, 200)
        ]
        assert sorted(sent) == list(range(100, 106))
        session.use_client_timestamp = False
        session.execute(session.prepare(INSERT), (1, "prepared"))
        assert node.server.requests[-1].options.timestamp is None
    with pytest.raises(ValueError, match="timestamp_generator must be callable"):
        Cluster(timestamp_generator=5)
