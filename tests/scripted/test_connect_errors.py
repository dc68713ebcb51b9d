"""What `connect` says when it cannot: a typed error, what was tried where and what to do; and nothing left behind."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing.server.auth import plain_text
from aiocql.testing.server.error_answers import ErrorAnswer
from aiocql.testing.server.scripted_server import ScriptedServer


async def refused(*contact_points: object, **options: object) -> aiocql.Error:
    with pytest.raises(aiocql.Error) as caught:
        await aiocql.connect(*contact_points, **options)
    return caught.value


async def test_nothing_listens() -> None:
    error = await refused("127.0.0.1:9")
    assert isinstance(error, aiocql.NoHostAvailable)
    assert isinstance(error.attempts[0].error, aiocql.ConnectFailed)
    assert "127.0.0.1:9" in str(error)
    assert "Connection refused" in str(error)
    assert "port" in str(error.hint)


async def test_a_server_that_says_nothing() -> None:
    """One that wants TLS waits for us as we wait for it."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        address, port = server.sockets[0].getsockname()[:2]
        error = await refused((address, port), connect_timeout=0.05)
    assert isinstance(error, aiocql.NoHostAvailable)
    assert f"{address}:{port}" in str(error)
    assert "TLS" in str(error.hint)


async def test_another_kind_of_server() -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(http, "127.0.0.1", 0) as server:
        error = await refused(server.sockets[0].getsockname()[:2])
    assert isinstance(error, aiocql.NoHostAvailable)
    assert isinstance(error.attempts[0].error, aiocql.ProtocolError)
    assert "not an answer of a Cassandra server" in str(error)


@pytest.mark.fault(51)
@in_memory
async def test_a_keyspace_that_does_not_exist() -> None:
    async with ScriptedServer() as server:
        error = await refused((server.address, server.port), keyspace="nope")
        assert isinstance(error, aiocql.InvalidRequest)
        assert "nope" in str(error)
        assert f"{server.address}:{server.port}" in str(error)
        assert "keyspace 'nope'" in str(error.hint)
        await server.until(lambda: not server.connections)


@pytest.mark.fault(20)
@in_memory
async def test_a_wrong_password() -> None:
    async with ScriptedServer(auth=plain_text({"user": PASSWORD})) as server:
        error = await refused((server.address, server.port), auth=("user", WRONG_PASSWORD))
        assert isinstance(error, aiocql.AuthenticationFailed)
        assert WRONG_PASSWORD not in str(error) + repr(error)
        assert f"{server.address}:{server.port}" in str(error)
        assert "check user and password" in str(error.hint)


@pytest.mark.fault(20)
@in_memory
async def test_no_password_where_one_is_wanted() -> None:
    async with ScriptedServer(auth=plain_text({"user": PASSWORD})) as server:
        error = await refused((server.address, server.port))
        assert isinstance(error, aiocql.AuthenticationFailed)
        assert "auth=" in str(error)


@in_memory
async def test_a_syntax_error() -> None:
    async with ScriptedServer() as server:
        server.prime("SELEC", answer=ErrorAnswer(0x2000, "line 1:0 no viable alternative at input 'SELEC'"))
        async with aiocql.connect((server.address, server.port)) as session:
            with pytest.raises(aiocql.SyntaxException) as caught:
                await session.execute("SELEC")
    told = str(caught.value)
    assert f"{server.address}:{server.port}" in told
    assert "query: SELEC" in told
    assert "hint: the server names the place" in told
