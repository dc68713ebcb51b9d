"""When what is known of the cluster is read again: after events, on request, and every so often.

One reading runs at a time; what is asked for meanwhile is done by the next one, together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from aiocql.cluster.debounce import Changes, Debouncer, ServerEvent
from aiocql.errors import Error, SessionClosed
from aiocql.logs import get_logger
from aiocql.policies.jitter import random_between

__all__ = ["Refresher"]

_log = get_logger("aiocql.cluster")


class Refresher:
    """Calls `work` with what is to be read again."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Callable[[Changes], Awaitable[None]],
        *,
        interval: float | None = 300.0,
        debouncer: Debouncer | None = None,
    ) -> None:
        self._loop = loop
        self._work = work
        self._interval = interval
        self._debouncer = debouncer or Debouncer()
        self._timer: asyncio.TimerHandle | None = None
        self._periodic: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted = Changes()
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = False

    def event_received(self, event: ServerEvent) -> None:
        """The server announced a change: it is looked at when no more of them come for a moment."""
        if not self._closed and self._debouncer.add(event, self._loop.time()) and self._timer is None:
            self._arm()

    def _arm(self) -> None:
        due = self._debouncer.due
        if due is not None:
            self._timer = self._loop.call_at(due, self._due)

    def _due(self) -> None:
        self._timer = None
        due = self._debouncer.due
        if due is not None and due > self._loop.time():
            self._arm()
        elif due is not None:
            self._wanted.add(self._debouncer.take())
            self._start()

    def request_topology_refresh(self) -> None:
        """The hosts are read again, without anybody waiting for it."""
        self._wanted.topology = True
        self._start()

    async def read(
        self,
        *,
        topology: bool = False,
        keyspaces: Iterable[str] = (),
        tables: Iterable[tuple[str, str]] = (),
        all_keyspaces: bool = False,
    ) -> None:
        """Reads again now, and raises what hinders it; SessionClosed once `close` was called."""
        if self._closed:
            raise _closed()
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        wanted = self._wanted
        wanted.topology |= topology
        wanted.all_keyspaces |= all_keyspaces
        wanted.keyspaces.update(keyspaces)
        wanted.tables.update(tables)
        self._start()
        await waiter

    def schedule_periodic(self, seconds: float | None = None) -> None:
        """(Re)starts the clock of the periodic reading, with a jitter of 10 %; sooner if `seconds` says so."""
        if self._periodic is not None:
            self._periodic.cancel()
            self._periodic = None
        delays = [delay for delay in (self._interval, seconds) if delay is not None]
        if delays and not self._closed:
            self._periodic = self._loop.call_later(
                min(delays) * random_between(0.9, 1.1), self.request_topology_refresh
            )

    def _start(self) -> None:
        if self._task is None and not self._closed:
            self._task = self._loop.create_task(self._run(), name="aiocql refresh")

    async def _run(self) -> None:
        try:
            while self._wanted or self._waiters:
                wanted, self._wanted = self._wanted, Changes()
                waiters, self._waiters = self._waiters, []
                await self._once(wanted, waiters)
        finally:
            self._task = None

    async def _once(self, wanted: Changes, waiters: list[asyncio.Future[None]]) -> None:
        error: Exception | None = None
        try:
            await self._work(wanted)
        except asyncio.CancelledError:
            _fail(waiters)
            raise
        except Error as failed:
            _log.info("reading the cluster's state failed: %s", failed)
            error = failed
        except Exception as failed:
            _log.exception("reading the cluster's state failed")
            error = failed
        for waiter in waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    async def idle(self) -> None:
        """Waits until nothing is being read."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Reads no more; who waits for a reading gets SessionClosed."""
        self._closed = True
        for timer in (self._timer, self._periodic):
            if timer is not None:
                timer.cancel()
        waiters, self._waiters = self._waiters, []
        _fail(waiters)
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            # One that was cancelled before its first step has not said so itself.
            self._task = None


def _fail(waiters: Iterable[asyncio.Future[None]]) -> None:
    """Who waits for a reading that does not come is told, rather than cancelled: nobody has cancelled him."""
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(_closed())


def _closed() -> SessionClosed:
    return SessionClosed("the session is closed: the cluster is not read any more")
