"""Row 28: names that are slow, fail, change, or stand for addresses of both kinds."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing import MemoryLoop, ScriptedServer

pytestmark = pytest.mark.fault(28)


def names() -> dict[str, list[str]]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MemoryLoop)
    return loop.network.names


@in_memory
async def test_a_name_that_is_not_known_is_one_attempt_among_others() -> None:
    async with ScriptedServer() as node:
        async with aiocql.connect("nowhere", "localhost", port=node.port) as session:
            assert session.hosts[0].is_up
        with pytest.raises(aiocql.NoHostAvailable, match="nowhere"):
            await aiocql.connect("nowhere", port=node.port)


@pytest.mark.fault(51)
@in_memory
async def test_a_resolver_that_never_answers_is_waited_for_no_longer_than_connecting_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*_: Any, **__: Any) -> list[Any]:
        await asyncio.get_running_loop().create_future()
        return []

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", never)
    begun = loop.time()
    with pytest.raises(aiocql.NoHostAvailable, match="slow"):
        await aiocql.connect("slow", connect_timeout=3.0)
    assert loop.time() - begun <= 3.5


@in_memory
async def test_a_name_of_both_kinds_of_addresses_is_reached_by_the_one_that_answers() -> None:
    async with ScriptedServer("127.0.0.1") as node:
        names()["both"] = ["::1", "127.0.0.1"]
        async with aiocql.connect("both", port=node.port) as session:
            assert session.hosts[0].is_up


@pytest.mark.fault(49)
@in_memory
async def test_a_resolver_that_fails_while_all_hosts_are_lost_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer("127.0.0.1", 9042) as node:
        names()["cluster"] = ["127.0.0.1"]
        async with aiocql.connect("cluster") as session:
            failures = iter(range(3))
            ask = loop.getaddrinfo

            async def flaky(host: Any, port: Any, **options: Any) -> list[Any]:
                if host == "cluster" and next(failures, None) is not None:
                    raise socket.gaierror(socket.EAI_AGAIN, "try again")
                return await ask(host, port, **options)

            monkeypatch.setattr(loop, "getaddrinfo", flaky)
            await node.stop()
            await asyncio.sleep(20)
            assert not session.hosts[0].is_up
            await node.start()
            async with asyncio.timeout(120):
                while not session.hosts[0].is_up:  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(1)
