"""Cancels a coroutine at its first, second, ... k-th step of the loop, until it is done before the blow falls.

::

    async def scenario(victim: Victim) -> None:
        async with ScriptedServer() as server, aiocql.connect(server.address, port=server.port) as session:
            await victim(session.execute("SELECT v FROM t"))
            assert (await session.execute("SELECT 1 FROM u")).one() == (1,)     # nothing is broken

    outcomes = cancel_at_every_step(scenario)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiocql.testing.loop.memory_loop import MemoryLoop
from aiocql.testing.loop.virtual_time import VirtualTimeLoop, run_virtual

__all__ = ["Outcome", "Victim", "cancel_at_every_step"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the victim that was to be cancelled before step `step` (counted from 0) of the loop.

    `struck`: it was not done by then. It may still end with a result, or with another error.
    """

    step: int
    struck: bool
    value: Any = None
    error: BaseException | None = None

    @property
    def cancelled(self) -> bool:
        """Whether it ended as a cancelled task does."""
        return isinstance(self.error, asyncio.CancelledError)


class Victim:
    """Given to a scenario: ``await victim(coroutine)`` runs it as a task that is cancelled, and never raises."""

    def __init__(self, step: int, again: int | None = None) -> None:
        self._step = step
        self._again = again
        self.outcome: Outcome | None = None

    async def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> Outcome:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        task = loop.create_task(coroutine)
        start, blows = loop.steps, [self._step]
        if self._again is not None:
            blows.append(self._step + self._again)
        struck = False

        def strike() -> None:
            nonlocal struck
            while blows and not task.done() and loop.steps - start > blows[0]:
                del blows[0]
                struck = True
                task.cancel()

        loop.on_step = strike
        try:
            await asyncio.wait([task])
        finally:
            loop.on_step = None
        self.outcome = self._outcome(task, struck)
        return self.outcome

    def _outcome(self, task: asyncio.Task[Any], struck: bool) -> Outcome:
        if task.cancelled():
            return Outcome(self._step, struck, error=asyncio.CancelledError())
        error = task.exception()
        return Outcome(self._step, struck, None if error is not None else task.result(), error)


def cancel_at_every_step(
    scenario: Callable[[Victim], Coroutine[Any, Any, None]],
    *,
    again: int | None = None,
    stride: int = 1,
    limit: int = 10_000,
    loop_factory: Callable[[], VirtualTimeLoop] = MemoryLoop,
) -> list[Outcome]:
    """Run the scenario once for each step of its victim, each time in a fresh loop; the last outcome is not struck.

    `again`: a second cancellation that many steps after the first, into the cleaning up. `stride`: every how many
    steps. Raises what the scenario raises, with the step noted; `LeftBehind` when it leaves tasks or errors behind;
    `AssertionError` when the victim is not done after `limit` steps.
    """
    outcomes = []
    for step in range(0, limit, stride):
        victim = Victim(step, again)

        async def main(victim: Victim = victim) -> None:
            await scenario(victim)

        try:
            run_virtual(main, loop_factory=loop_factory)
        except BaseException as error:
            error.add_note(f"cancelled before step {step}")
            raise
        if victim.outcome is None:
            raise AssertionError("the scenario did not await its victim")
        outcomes.append(victim.outcome)
        if not victim.outcome.struck:
            return outcomes
    raise AssertionError(f"the victim is not done after {limit} steps")
