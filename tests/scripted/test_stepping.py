"""Cancelling at every step: it reaches each await, reports what became of the victim, and finds what is left."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from aiocql.testing import LeftBehind, Victim, cancel_at_every_step


async def three_awaits(seen: list[str]) -> str:
    for name in ("one", "two", "three"):
        await asyncio.sleep(1)
        seen.append(name)
    return "done"


def test_every_step_is_struck_once() -> None:
    progress: list[list[str]] = []

    async def scenario(victim: Victim) -> None:
        seen: list[str] = []
        await victim(three_awaits(seen))
        progress.append(seen)

    outcomes = cancel_at_every_step(scenario)
    assert [outcome.step for outcome in outcomes] == list(range(len(outcomes)))
    assert all(outcome.cancelled for outcome in outcomes[:-1])
    assert (outcomes[-1].struck, outcomes[-1].value) == (False, "done")
    assert [["one", "two", "three"][:n] in progress for n in range(4)] == [True] * 4


def test_victim_that_withstands_is_reported() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            return "survived"
        return "done"

    async def scenario(victim: Victim) -> None:
        await victim(stubborn())

    outcomes = cancel_at_every_step(scenario)
    assert "survived" in [outcome.value for outcome in outcomes if outcome.struck]


def test_second_blow_reaches_the_cleaning_up() -> None:
    blows: list[int] = []

    async def cleans_up() -> None:
        blows.append(0)
        for _ in range(2):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                blows[-1] += 1

    async def scenario(victim: Victim) -> None:
        await victim(cleans_up())

    cancel_at_every_step(scenario)
    assert max(blows) == 1
    cancel_at_every_step(scenario, again=1)
    assert max(blows) == 2


def test_task_left_by_a_cancellation_is_found() -> None:
    async def leaky() -> None:
        inner = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.sleep(1)
        inner.cancel()

    async def scenario(victim: Victim) -> None:
        await victim(leaky())

    with pytest.raises(LeftBehind) as caught:
        cancel_at_every_step(scenario)
    assert caught.value.__notes__[0].startswith("cancelled before step")


def test_endless_victim_is_given_up() -> None:
    async def endless() -> None:
        for after in itertools.count(1):
            await asyncio.sleep(after)

    async def scenario(victim: Victim) -> None:
        await victim(endless())

    with pytest.raises(AssertionError, match="not done after 20 steps"):
        cancel_at_every_step(scenario, limit=20)
