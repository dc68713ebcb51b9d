import uuid
from typing import Any

import pytest

from aiocql.cluster.schema_agreement import schema_versions, wait_for_agreement
from aiocql.errors import ConnectionLost, OperationTimedOut, Overloaded

A, B = uuid.UUID(int=100), uuid.UUID(int=200)


def row(number: int, version: uuid.UUID | None) -> dict[str, Any]:
    return {"host_id": uuid.UUID(int=number), "schema_version": version}


def test_one_version_is_agreement() -> None:
    assert len(schema_versions(row(1, A), [row(2, A), row(3, A)])) == 1


def test_two_are_not() -> None:
    versions = schema_versions(row(1, A), [row(2, B), row(3, A)])
    assert versions == {A: [uuid.UUID(int=1), uuid.UUID(int=3)], B: [uuid.UUID(int=2)]}


def test_hosts_that_are_down_do_not_count() -> None:
    versions = schema_versions(row(1, A), [row(2, B)], lambda host_id: host_id.int == 2)
    assert list(versions) == [A]


def test_incomplete_rows_do_not_count() -> None:
    incomplete = [row(2, None), {"host_id": None, "schema_version": B}, {}]
    assert list(schema_versions(row(1, A), incomplete)) == [A]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.readings = 0

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def agree_after(readings: int, timeout: float) -> tuple[bool, Clock]:
    clock = Clock()

    async def read() -> dict[uuid.UUID, object]:
        clock.readings += 1
        return {A: 1} if clock.readings > readings else {A: 1, B: 1}

    agreed = await wait_for_agreement(read, timeout=timeout, interval=0.2, now=clock.time, sleep=clock.sleep)
    return agreed, clock


async def test_at_once() -> None:
    agreed, clock = await agree_after(0, 0)
    assert agreed
    assert clock.readings == 1


async def test_after_a_while() -> None:
    agreed, clock = await agree_after(3, 10)
    assert agreed
    assert clock.readings == 4


async def test_not_for_ever() -> None:
    agreed, clock = await agree_after(1000, 1)
    assert not agreed
    assert clock.readings == 6
    assert clock.now <= 1


async def test_a_busy_host_is_asked_again() -> None:
    clock = Clock()
    answers: list[Exception | None] = [OperationTimedOut("busy"), Overloaded("busy"), None]

    async def read() -> dict[uuid.UUID, object]:
        error = answers.pop(0)
        if error is not None:
            raise error
        return {A: 1}

    assert await wait_for_agreement(read, timeout=5, now=clock.time, sleep=clock.sleep)


async def test_a_lost_connection_is_told() -> None:
    clock = Clock()

    async def read() -> dict[uuid.UUID, object]:
        raise ConnectionLost("gone")

    with pytest.raises(ConnectionLost):
        await wait_for_agreement(read, timeout=5, now=clock.time, sleep=clock.sleep)
