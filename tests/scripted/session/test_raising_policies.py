"""Policies, host filters and address translators that raise anything: a typed error, and nothing waits or leaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.policies import DefaultLoadBalancingPolicy, HostFilterPolicy, LoadBalancingPolicy
from aiocql.testing import ScriptedServer

SELECT = "SELECT v FROM t WHERE k = ?"


class Boom(BaseException):
    """No Exception."""


RAISED = [ValueError, StopIteration, GeneratorExit, Boom, asyncio.CancelledError, NotImplementedError]


class Policy(LoadBalancingPolicy):
    def __init__(self, plan: Callable[[Any], Any], distance: Callable[[], Any] = lambda: "local") -> None:
        self.make, self.say = plan, distance
        self.acting = False

    def plan(self, snapshot: Any, routing: Any) -> Any:
        return self.make(snapshot.hosts) if self.acting else snapshot.hosts


def raising(error: type[BaseException]) -> Callable[[Any], Any]:
    def plan(hosts: Any) -> Any:
        raise error

    return plan


def raising_later(error: type[BaseException]) -> Callable[[Any], Any]:
    def plan(hosts: Any) -> Iterator[Any]:
        yield from ()
        raise error

    return plan


PLANS = {
    **{f"{error.__name__} at once": raising(error) for error in RAISED},
    **{f"{error.__name__} within": raising_later(error) for error in RAISED},
    "None": lambda hosts: None,
    "a number": lambda hosts: 5,
    "text": lambda hosts: "host",
    "objects": lambda hosts: [object()],
    "nothing": lambda hosts: [],
}


@in_memory
@pytest.mark.parametrize("kind", PLANS)
async def test_plan_that_fails_is_a_typed_error_of_its_request(kind: str) -> None:
    async with ScriptedServer() as server:
        server.prime(SELECT, bind=[("k", "int")], partition_key=[0])
        policy = Policy(PLANS[kind])
        async with aiocql.connect((server.address, server.port), load_balancing=policy) as session:
            statement = await session.prepare(SELECT)
            policy.acting = True
            for _ in range(3):
                with pytest.raises(aiocql.Error):
                    await session.execute(statement, [1])
                with pytest.raises(aiocql.Error):
                    await session.batch([(statement, [1])])
            policy.acting = False
            assert session.stats().in_flight == 0
            await session.execute(statement, [1])


class Values(Mapping[str, Any]):
    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def __getitem__(self, name: str) -> Any:
        raise self.error

    def __iter__(self) -> Iterator[str]:
        return iter(["k"])

    def __len__(self) -> int:
        return 1


@in_memory
@pytest.mark.parametrize("error", [ValueError, StopIteration, RecursionError])
async def test_mapping_of_values_that_raises_is_an_encode_error(error: type[Exception]) -> None:
    async with ScriptedServer() as server:
        server.prime(SELECT, bind=[("k", "int")], partition_key=[0])
        async with aiocql.connect((server.address, server.port)) as session:
            statement = await session.prepare(SELECT)
            with pytest.raises(aiocql.EncodeError) as raised:
                await session.execute(statement, Values(error))
            assert isinstance(raised.value.__cause__, error)
            await session.execute(statement, {"k": 1})


def answering(error: type[BaseException] | None) -> Callable[..., Any]:
    def answer(*given: Any) -> Any:
        if error is not None:
            raise error
        return object()

    return answer


class Distant(LoadBalancingPolicy):
    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer

    def plan(self, snapshot: Any, routing: Any) -> Any:
        return snapshot.hosts

    def distance(self, snapshot: Any, host: Any) -> Any:
        return self.answer()


@in_memory
@pytest.mark.parametrize("error", [*RAISED, None])
async def test_distance_that_fails_ends_connect_with_a_typed_error(error: type[BaseException] | None) -> None:
    async with ScriptedServer() as server:
        policy = Distant(answering(error))
        with pytest.raises(aiocql.NoHostAvailable, match=r"distance\(\)"):
            await aiocql.connect((server.address, server.port), load_balancing=policy)


@in_memory
@pytest.mark.parametrize("error", RAISED)
async def test_host_filter_that_raises_refuses_the_host(error: type[BaseException]) -> None:
    async with ScriptedServer() as server:
        with pytest.raises(aiocql.NoHostAvailable, match="host_filter"):
            await aiocql.connect((server.address, server.port), host_filter=answering(error))


@in_memory
@pytest.mark.parametrize("error", RAISED)
async def test_predicate_of_a_filter_policy_that_raises_ends_connect_with_a_typed_error(
    error: type[BaseException],
) -> None:
    async with ScriptedServer() as server:
        policy = HostFilterPolicy(DefaultLoadBalancingPolicy(), answering(error))
        with pytest.raises(aiocql.NoHostAvailable, match=r"distance\(\)"):
            await aiocql.connect((server.address, server.port), load_balancing=policy)


@in_memory
@pytest.mark.parametrize("error", RAISED)
async def test_address_translator_that_raises_leaves_addresses_as_they_are(
    error: type[BaseException],
) -> None:
    async with ScriptedServer() as server:
        server.prime(SELECT, bind=[("k", "int")], partition_key=[0])
        async with aiocql.connect(
            (server.address, server.port), address_translator=answering(error)
        ) as session:
            await session.execute(SELECT, [1])


@in_memory
@pytest.mark.parametrize("kind", [*PLANS, "without an end"])
async def test_control_connection_does_not_depend_on_a_policy_that_fails(kind: str) -> None:
    async with ScriptedServer() as server:
        policy = Policy({**PLANS, "without an end": cycle}[kind])
        policy.acting = True
        async with aiocql.connect((server.address, server.port), load_balancing=policy) as session:
            assert len(session.hosts) == 1
