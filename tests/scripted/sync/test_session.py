"""The synchronous session: the names of the asynchronous one, without `await`."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.scripted.scripted_sessions import INSERT, SELECT

import aiocql
import aiocql.sync


def values(results: Any) -> list[str]:
    return [result.one().v for result in results]


def test_execute_with_values_text_and_prepared_statement(session: aiocql.sync.Session) -> None:
    assert session.execute(SELECT, [1]).one() == (value_of(1),)
    assert session.execute(SELECT, {"k": 2}).one() == (value_of(2),)
    prepared = session.prepare(SELECT, into=dict)
    assert session.execute(prepared, [3]).one() == {"v": value_of(3)}
    assert session.execute(SELECT, [4], into=tuple, timeout=5).one() == (value_of(4),)
    version = session.execute("SELECT release_version FROM system.local").one()
    assert version is not None
    assert version.release_version


def test_a_result_is_the_synchronous_one(session: aiocql.sync.Session) -> None:
    result = session.execute(SELECT, [1])
    assert isinstance(result, aiocql.sync.Result)
    assert isinstance(result, aiocql.Result)
    assert result.all() == list(result) == [(value_of(1),)]
    assert result.coordinator in session.hosts


def test_errors_are_those_of_the_asynchronous_session(session: aiocql.sync.Session) -> None:
    with pytest.raises(aiocql.EncodeError):
        session.execute(SELECT, ["no number"])
    with pytest.raises(aiocql.InterfaceError):
        session.execute(7)  # type: ignore[call-overload]
    with pytest.raises(aiocql.ConfigurationError):
        aiocql.sync.connect("127.0.0.1", port="none")  # type: ignore[call-overload]


def test_pages_are_fetched_as_rows_are_taken(node: Any, session: aiocql.sync.Session) -> None:
    rows = [(number,) for number in range(7)]
    prime = node.do(lambda: node.server.prime("SELECT n FROM numbers", columns=[("n", "int")], rows=rows))
    result = session.execute("SELECT n FROM numbers", page_size=3)
    assert len(result.rows) == 3
    assert prime.count == 1
    with pytest.raises(aiocql.MorePagesError):
        len(result)
    assert [row.n for row in result] == list(range(7))
    assert [row.n for row in result.fetch_next_page().rows] == [3, 4, 5]
    assert [row.n for row in list(result)] == list(range(7))
    with pytest.raises(aiocql.MorePagesError):
        result[0]
    assert [row.n for row in result.all()] == list(range(7))


def test_stream_and_its_pages(node: Any, session: aiocql.sync.Session) -> None:
    rows = [(number,) for number in range(7)]
    node.do(lambda: node.server.prime("SELECT n FROM numbers", columns=[("n", "int")], rows=rows))
    assert [row.n for row in session.stream("SELECT n FROM numbers", page_size=3)] == list(range(7))
    assert [len(page.rows) for page in session.stream("SELECT n FROM numbers", page_size=3).pages()] == [
        3,
        3,
        1,
    ]
    with session.stream("SELECT n FROM numbers", page_size=3) as stream:
        assert next(stream).n == 0
    for row in session.stream("SELECT n FROM numbers", page_size=3):
        assert row.n == 0
        break
    gc.collect()
    assert session.execute(SELECT, [1]).one() == (value_of(1),)


def test_batch(node: Any, session: aiocql.sync.Session) -> None:
    prepared = session.prepare(INSERT)
    result = session.batch(((statement, [k, "x"]) for k, statement in enumerate([prepared, INSERT])))
    assert list(result) == []
    assert node.server.requests[-1].opcode.name == "BATCH"


def test_execute_concurrent_returns_a_list(session: aiocql.sync.Session) -> None:
    keys = range(300)
    expected = [value_of(k) for k in keys]
    assert values(session.execute_concurrent(SELECT, [(k,) for k in keys])) == expected
    assert values(session.execute_concurrent(SELECT, ((k,) for k in keys), concurrency=7)) == expected
    assert values(session.execute_concurrent((SELECT, (k,)) for k in keys)) == expected
    assert values(session.iter_concurrent(SELECT, [(k,) for k in keys])) == expected
    outcomes = session.execute_concurrent(SELECT, [(1,), ("x",)], raise_errors=False)
    assert isinstance(outcomes[1], aiocql.EncodeError)


def test_execute_concurrent_reads_its_iterator_in_the_calling_thread(session: aiocql.sync.Session) -> None:
    def keys() -> Any:
        for k in range(600):
            if k % 100 == 0:
                assert session.execute(SELECT, [k]).one() == (value_of(k),)
            yield (k,)

    assert len(session.execute_concurrent(SELECT, keys())) == 600

    def failing() -> Any:
        yield (1,)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session.execute_concurrent(SELECT, failing())
    assert session.execute(SELECT, [1]).one() == (value_of(1),)


def test_rate_limited_view(session: aiocql.sync.Session) -> None:
    view = session.rate_limited(max_concurrent=2)
    assert isinstance(view, aiocql.sync.RateLimitedSession)
    assert values(view.execute_concurrent(SELECT, [(k,) for k in range(20)])) == [
        value_of(k) for k in range(20)
    ]
    assert view.execute(SELECT, [1]).all() == [(value_of(1),)]
    assert view.limits.admitted >= 21
    narrower = view.rate_limited(1)
    assert isinstance(narrower, aiocql.sync.RateLimitedSession)
    assert narrower.execute(SELECT, [1]).one() == (value_of(1),)
    assert view.health().status == "pass"
    assert view.session is session


def test_what_a_session_knows(session: aiocql.sync.Session) -> None:
    assert session.health().status == "pass"
    assert len(session.check_health().healthy) == 1
    assert session.warm_up(2, statements=iter([SELECT])).prepared == 1
    assert session.stats().application.failed == 0
    assert session.metadata.cluster_name
    assert session.keyspace is None
    assert "hosts up" in repr(session)
    session.set_profile("short", aiocql.ExecutionProfile(request_timeout=1.0))
    assert session.execute(SELECT, [1], profile="short").one() == (value_of(1),)


def test_events_are_an_iterator(session: aiocql.sync.Session) -> None:
    events = session.events()
    session.refresh_topology()
    with events:
        assert events.dropped == 0
    assert list(events) == []
    heard: list[aiocql.ClusterEvent] = []
    end = session.listen(heard.append)
    end()
    waiting = session.events()
    session.close()
    assert list(waiting) == []


def test_a_closed_session_raises(node: Any) -> None:
    session = aiocql.sync.connect(node.where)
    session.close()
    session.close()
    assert session.is_closed
    with pytest.raises(aiocql.SessionClosed):
        session.execute(SELECT, [1])
    with aiocql.sync.connect(node.where) as other:
        aiocql.sync.shut_down()
        with pytest.raises(aiocql.SessionClosed):
            other.execute(SELECT, [1])


def test_a_session_that_nobody_closed_warns_and_is_closed(node: Any) -> None:
    held = [aiocql.sync.connect(node.where)]
    with pytest.warns(ResourceWarning, match=r"never closed: made at .*test_session\.py"):
        held.clear()


def test_the_process_without_a_node(node: Any) -> None:
    with pytest.raises(aiocql.NoHostAvailable):
        aiocql.sync.connect("127.0.0.1:1")
