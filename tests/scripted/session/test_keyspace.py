"""The keyspace of a session is that of each of its connections, however it was changed and whoever gave up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import one_node

import aiocql
from aiocql.session.session import Session
from aiocql.testing import (
    ErrorAnswer,
    NoAnswer,
    Opcode,
    ReceivedRequest,
    SchemaChange,
    SchemaChangeEvent,
    ScriptedServer,
    SetKeyspace,
)

LOCAL = aiocql.HostDistance.LOCAL
THREE = aiocql.PoolOptions(core_local=3, max_local=4)


def spaces(server: ScriptedServer) -> set[str | None]:
    """The keyspaces of all connections but the control connection, as the server has them."""
    return {each.keyspace for each in server.connections[1:]}


def slow(server: ScriptedServer, keyspace: str) -> None:
    """The server takes its time with the keyspace, and follows in the end."""
    for text in (f"USE {keyspace}", f'USE "{keyspace}"'):
        server.prime(text, SetKeyspace(keyspace, delay=1.0))


async def settled(server: ScriptedServer, session: Session) -> None:
    """Nothing is under way any more, and every connection is where the session is."""
    await asyncio.sleep(5)
    pool = session.stats().hosts[0]
    assert (len(pool.draining), pool.in_flight) == (0, 0)
    assert spaces(server) == {session.keyspace}


@in_memory
async def test_connections_that_open_during_a_change_follow() -> None:
    async with one_node(keyspace="system") as (server, session):
        slow(server, "ks")
        change = asyncio.create_task(session.set_keyspace("ks"))
        await asyncio.sleep(0.1)
        session.set_core_connections_per_host(LOCAL, 3)
        await change
        assert session.keyspace == "ks"
        await settled(server, session)
        assert session.stats().open_connections == 3


async def by_method(session: Session, keyspace: str) -> None:
    await session.set_keyspace(keyspace)


async def by_statement(session: Session, keyspace: str) -> None:
    await session.execute(f"USE {keyspace}")


@pytest.mark.parametrize("how", [by_method, by_statement])
@pytest.mark.parametrize("after", [0.1, 1.5])
@in_memory
async def test_change_that_is_cancelled_leaves_all_connections_in_one_keyspace(
    how: Any, after: float
) -> None:
    """Before and after the first server has followed."""
    async with one_node(keyspace="system", pool=THREE) as (server, session):
        await session.warm_up()
        slow(server, "ks")
        change = asyncio.create_task(how(session, "ks"))
        await asyncio.sleep(after)
        change.cancel()
        with pytest.raises(asyncio.CancelledError):
            await change
        await settled(server, session)
        assert session.stats().open_connections == 3


@in_memory
async def test_use_that_times_out_leaves_all_connections_in_one_keyspace() -> None:
    async with one_node(keyspace="system") as (server, session):
        slow(server, "ks")
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute("USE ks", timeout=0.5)
        assert session.keyspace == "system"
        await settled(server, session)


@in_memory
async def test_use_that_the_others_refuse_leaves_all_connections_in_one_keyspace() -> None:
    """As of a keyspace that was made just now, and which other nodes have not heard of."""
    async with one_node(keyspace="system", pool=THREE) as (server, session):
        await session.warm_up()
        server.prime("USE other", SetKeyspace("other"))
        with pytest.raises(aiocql.InvalidRequest):
            await session.execute("USE other")
        assert session.keyspace == "system"
        await settled(server, session)


@in_memory
async def test_server_that_does_not_say_whether_it_followed_loses_its_connection() -> None:
    async with one_node(keyspace="system", connect_timeout=2.0) as (server, session):
        silent = server.prime('USE "ks"', NoAnswer(), times=1)
        with pytest.raises(aiocql.OperationTimedOut):
            await session.set_keyspace("ks")
        assert silent.count == 1
        assert (session.keyspace, session.stats().hosts[0].connections_lost) == ("system", 1)
        await settled(server, session)


@in_memory
async def test_changes_at_the_same_time_are_made_one_after_the_other() -> None:
    async with one_node(keyspace="system", pool=THREE) as (server, session):
        await session.warm_up()
        names = [f"ks{n}" for n in range(5)]
        for n, name in enumerate(names):
            server.prime(f'USE "{name}"', SetKeyspace(name, delay=1.0 - n / 5))
        await asyncio.gather(*(session.set_keyspace(name) for name in names))
        assert session.keyspace == "ks4"
        await settled(server, session)


@pytest.mark.parametrize("how", [by_method, by_statement])
@in_memory
async def test_change_that_meets_the_end_of_its_session_says_so(how: Any) -> None:
    async with one_node(keyspace="system") as (server, session):
        slow(server, "ks")
        changes = [asyncio.create_task(how(session, "ks")) for _ in range(2)]
        await asyncio.sleep(0.1)
        await session.close(drain_timeout=0)
        outcomes = await asyncio.gather(*changes, return_exceptions=True)
        assert {type(each) for each in outcomes} == {aiocql.SessionClosed}


QUALIFIED = "INSERT INTO other.t (k) VALUES (?)"


def others_than_control(server: ScriptedServer) -> list[str | None]:
    """The keyspace of each connection; the control connection, which has none, may be any of them."""
    found = [each.keyspace for each in server.connections]
    found.remove(None)
    return found


def drop(server: ScriptedServer, keyspace: str) -> None:
    """The keyspace is gone: USE and PREPARE refuse it, and so do unqualified names."""
    del server.view.schema.keyspaces[keyspace]
    gone = ErrorAnswer(0x2200, f"Keyspace '{keyspace}' does not exist")

    def names_it(request: ReceivedRequest) -> bool:
        is_prepare = request.opcode is Opcode.PREPARE and request.options.keyspace == keyspace
        return keyspace not in server.view.schema.keyspaces and is_prepare

    server.prime(names_it, gone)


@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_qualified_statements_work_when_the_keyspace_of_the_session_was_dropped(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        prime = server.prime(QUALIFIED, bind=[("k", "int")], keyspace="other")
        await session.set_keyspace("a")
        drop(server, "a")
        held = await session.prepare(QUALIFIED)
        await session.execute(held, [1])
        await session.batch([(QUALIFIED, [1])])
        server.forget_prepared()
        await session.execute(held, [2])
        server.push(SchemaChangeEvent("UPDATED", "TABLE", "other", "t"))
        await asyncio.sleep(0.001)
        await session.execute(QUALIFIED, [3])
        assert [request.bound["k"] for request in prime.requests] == [1, 2, 3]


@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_host_stays_up_without_the_keyspace_and_follows_when_it_exists_again(version: int) -> None:
    options: dict[str, Any] = {"protocol_version": version, "pool": THREE}
    async with one_node(reconnection=aiocql.ConstantReconnectionPolicy(0.5), **options) as (server, session):
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        server.prime(QUALIFIED, bind=[("k", "int")], keyspace="other")
        unqualified = server.prime("SELECT v FROM x", ErrorAnswer(0x2200, "No keyspace has been specified"))
        await session.set_keyspace("a")
        drop(server, "a")
        for connection in tuple(server.connections):
            connection.reset()
        await asyncio.sleep(5)
        assert session.hosts[0].is_up
        assert session.stats().open_connections == 3
        await session.execute(QUALIFIED, [1])
        with pytest.raises(aiocql.InvalidRequest, match="keyspace 'a' does not exist"):
            await session.execute("SELECT v FROM x")
        assert unqualified.count == 1
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        server.push(SchemaChangeEvent("CREATED", "KEYSPACE", "a"))
        await asyncio.sleep(0.1)
        assert others_than_control(server) == ["a"] * 3
        assert session.keyspace == "a"


@in_memory
async def test_keyspace_that_exists_again_is_found_without_an_event() -> None:
    async with one_node(reconnection=aiocql.ConstantReconnectionPolicy(0.5)) as (server, session):
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        await session.set_keyspace("a")
        drop(server, "a")
        for connection in tuple(server.connections):
            connection.reset()
        await asyncio.sleep(20)
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        assert others_than_control(server) == [None]
        await asyncio.sleep(5)
        assert others_than_control(server) == ["a"]


@in_memory
async def test_own_statement_that_makes_the_keyspace_again_ends_when_connections_have_followed() -> None:
    async with one_node(reconnection=aiocql.ConstantReconnectionPolicy(0.5)) as (server, session):
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        await session.set_keyspace("a")
        drop(server, "a")
        for connection in tuple(server.connections):
            connection.reset()
        await asyncio.sleep(2)
        server.view.schema.add_keyspace("a", {"class": "SimpleStrategy"})
        server.prime("CREATE KEYSPACE a", SchemaChange("CREATED", "KEYSPACE", "a"))
        await session.execute("CREATE KEYSPACE a")
        assert others_than_control(server) == ["a"]


@pytest.mark.parametrize("name", [None, 5, "", b"a"])
@in_memory
async def test_what_names_no_keyspace_is_refused(name: Any) -> None:
    async with one_node(keyspace="system") as (server, session):
        before = len(server.requests)
        with pytest.raises(aiocql.InterfaceError, match="set_keyspace") as caught:
            await session.set_keyspace(name)
        assert caught.value.hint
        assert (session.keyspace, len(server.requests)) == ("system", before)
