"""The connections of one host: opens and closes what the plan says, and holds the requests that wait.

The pool decides nothing about how many connections there should be (`plan.py`) or which takes a request
(`selector.pyx`); it opens, replaces, drains and counts them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from aiocql.errors import ConnectFailed, ConnectionLost, Error
from aiocql.policies.jitter import random_between
from aiocql.pool.plan import PoolState, connections_to_close, connections_to_open
from aiocql.pool.queue import QueueBudget, RequestQueue
from aiocql.pool.reconnect import Reconnection
from aiocql.pool.selector import ConnectionSelector

if TYPE_CHECKING:
    from aiocql.connection.connection import Connection, ConnectionListener
    from aiocql.nodes.host import Host
    from aiocql.options.pool import PoolOptions
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.protocol.request import Request
    from aiocql.protocol.responses import Event

__all__ = ["HostPool", "PoolListener"]


class PoolListener(Protocol):
    """Who is told of what happens to a pool."""

    def pool_opened(self, pool: HostPool) -> None:
        """The first connection of an outage, or of the pool's life, stands."""

    def pool_lost(self, pool: HostPool, error: Error) -> None:
        """The last connection is gone."""

    def pool_failed(self, pool: HostPool, error: Error) -> None:
        """A connection could not be opened."""

    def pool_signal(self, pool: HostPool, signal: str, active: bool) -> None:
        """`high_in_flight` or `read_buffer_full` began or ended (`queue_full` is told by the `QueueBudget`)."""


class HostPool(ConnectionSelector):
    """The pool of one host. `opener(listener)` opens one connection that reports to `listener`."""

    def __init__(
        self,
        host: Host,
        options: PoolOptions,
        *,
        core: int,
        maximum: int,
        opener: Callable[[ConnectionListener], Awaitable[Connection]],
        reconnection: ReconnectionPolicy,
        budget: QueueBudget,
        listener: PoolListener,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        limit = options.max_requests_per_connection
        super().__init__(
            host.load,
            options.selection,
            max(int(limit * options.high_watermark), 1),
            int(limit * options.low_watermark),
        )
        self.host = host
        self.options = options
        self.core_size = core
        self.max_size = maximum
        self.connections: list[Connection] = []
        self.draining: set[Connection] = set()
        self.queue = RequestQueue(host, budget)
        self.last_error: Error | None = None
        self.closed = False
        self._opener = opener
        self._listener = listener
        self._loop = loop
        self._opening: set[asyncio.Task[None]] = set()
        self._reconnection = Reconnection(loop, reconnection, self._reconnect)
        self._probing = True
        self._worn: set[Connection] = set()
        self._opened: asyncio.Future[None] | None = None
        self._idle_timer = loop.call_later(self._idle_step(), self._idle_check)

    # --- sizes ------------------------------------------------------------------------------------------------

    @property
    def is_reconnecting(self) -> bool:
        """Whether a connection is being opened, or waited for, after a loss."""
        return self._reconnection.active

    @property
    def opening(self) -> int:
        """How many connections are being opened now."""
        return len(self._opening)

    def resize(self, core: int, maximum: int) -> None:
        """Other bounds, on a live pool."""
        self.core_size, self.max_size = core, max(core, maximum)
        self.adjust()

    def _state(self) -> PoolState:
        return PoolState(
            open=len(self.connections),
            opening=len(self._opening),
            core=self.core_size,
            maximum=self.max_size,
            saturated=self.is_saturated and self.at_high_mark(),
            probing=self._probing,
            peak_in_flight=self.load.peak_in_flight,
            high_mark=self.high,
        )

    def adjust(self) -> None:
        """Opens what is missing and drains what is too much."""
        if self.closed or self._reconnection.waiting:
            return
        for _ in range(connections_to_open(self._state())):
            self._open_one()
        over = len(self.connections) - self.max_size
        if over > 0:
            self._drain_some(over)

    async def open(self) -> None:
        """Opens the core connections and waits for the first; raises why it could not be opened.

        Who asks does not wait for the time of a next attempt: it is made now.
        """
        if self.connections:
            return
        if self.closed:
            raise self._closed_error()
        if self._opened is None:
            self._opened = self._loop.create_future()
        waiting = self._opened
        if self._reconnection.waiting:
            self.reconnect_now()
        else:
            self.adjust()
        await asyncio.shield(waiting)

    async def fill(self, connections: int) -> None:
        """Opens connections until there are so many (the maximum at most); those that cannot be opened are left out."""
        wanted = min(connections, self.max_size) - len(self.connections) - len(self._opening)
        if not self.closed and not self._reconnection.waiting:
            for _ in range(wanted):
                self._open_one()
        if self._opening:
            await asyncio.wait(tuple(self._opening))

    def saturated(self) -> None:
        """No connection had room for a request: more are opened, if the bounds allow."""
        if not self.is_saturated and self.at_high_mark():
            self.is_saturated = True
            self._listener.pool_signal(self, "high_in_flight", True)
            # Its end is to be heard of, whether somebody waits here or not.
            self.notify_at_low_mark()
        self.adjust()

    # --- opening ----------------------------------------------------------------------------------------------

    def _open_one(self) -> None:
        task = self._loop.create_task(self._open(), name=f"aiocql open {self.host.endpoint}")
        self._opening.add(task)
        self._publish()

    async def _open(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            connection = await self._opener(self)
        except Error as error:
            self._opening.discard(task)
            self._open_failed(error)
        except Exception as error:
            # A user's authenticator, a name, an option of the socket: whatever it was, the schedule goes on.
            self._opening.discard(task)
            failed = ConnectFailed(f"cannot connect: {type(error).__name__}: {error}", host=self.host)
            failed.__cause__ = error
            self._open_failed(failed)
        else:
            self._opening.discard(task)
            self._add(connection)
        finally:
            self._opening.discard(task)
            self._publish()

    def _add(self, connection: Connection) -> None:
        if self.closed:
            connection.discard()
            return
        if not connection.is_open:
            # It ended after its handshake and before the pool counted it: the callers of `open` must hear of it.
            self._open_failed(connection.error or ConnectionLost("the connection ended", host=self.host))
            return
        # Where so few requests fill a connection, orphans alone could hold it for ever.
        connection.core.max_orphans = min(connection.core.max_orphans, self.high - 1)
        self.load.connections_opened += 1
        first = not self.connections
        self.connections.append(connection)
        self.add_core(connection.core)
        self._probing = False
        self.last_error = None
        self._reconnection.stop()
        self._retire_worn()
        self._tell_opened(None)
        self._publish()
        if first:
            self._listener.pool_opened(self)
        self._serve()
        self.adjust()

    def _tell_opened(self, error: Error | None) -> None:
        """Who waits in `open` hears that the first connection stands, or why none does."""
        opened, self._opened = self._opened, None
        if opened is None or opened.done():
            return
        if error is None:
            opened.set_result(None)
        else:
            opened.set_exception(error)
            opened.exception()  # nobody may be waiting any more

    def _open_failed(self, error: Error) -> None:
        self.last_error = error
        if self.closed:
            return
        self.load.connect_failures += 1
        self._tell_opened(error)
        self._listener.pool_failed(self, error)
        if not self.connections:
            self._probing = True
            self._hand_over(error)
        # A worn connection that could not be replaced asks again with its next orphan.
        self._worn.clear()
        if not self._opening:
            self._reconnection.failed()

    def _reconnect(self) -> None:
        if self.closed:
            return
        self.adjust()
        if not self._opening:
            # Nothing is missing any more: the next loss begins the schedule anew.
            self._reconnection.stop()
            self._publish()

    def reconnect_now(self) -> None:
        """Try at once instead of waiting for the schedule, which begins anew."""
        if self.connections or self.closed:
            return
        if self._opening:
            self._reconnection.renew()
        else:
            self._reconnection.now()

    # --- what connections report ------------------------------------------------------------------------------

    def connection_lost(self, connection: Connection, error: Error) -> None:
        """A connection ended: it is replaced, at once at first."""
        was_open = connection in self.connections
        self._remove(connection)
        self.draining.discard(connection)
        if not was_open or self.closed:
            return
        self.load.connections_lost += 1
        self.last_error = error
        if not self.connections:
            self._probing = True
            self._reconnection.start()
            self._publish()
            self._listener.pool_lost(self, error)
            self._hand_over(error)
        else:
            self._reconnection.start()
        self._publish()

    def connection_needs_replacement(self, connection: Connection) -> None:
        """Too many orphans: another connection takes its place, what is in flight is let finish.

        The only connection serves until the other one stands.
        """
        if self.closed or connection in self._worn or connection not in self.connections:
            return
        self._worn.add(connection)
        if len(self.connections) > len(self._worn):
            self._retire_worn()
            self.adjust()
        elif not self._opening:
            self._open_one()

    def _retire_worn(self) -> None:
        worn, self._worn = self._worn, set()
        for connection in worn:
            self._drain(connection)

    def connection_ready_again(self, connection: Connection) -> None:
        """A connection is down to its low mark, or its peer reads again."""
        self._serve()

    def event_received(self, connection: Connection, event: Event) -> None:
        """Pool connections register for no events; one that comes all the same is ignored."""

    def reading_paused(self, connection: Connection, paused: bool) -> None:
        """The application does not take what a connection received, or does again."""
        self._listener.pool_signal(self, "read_buffer_full", paused)

    def _remove(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        self._worn.discard(connection)
        self.remove_core(connection.core)

    # --- the queue --------------------------------------------------------------------------------------------

    def enqueue(self, request: Request) -> None:
        """The request waits for room. Raises BusyConnection where no place is left in the session."""
        self.saturated()
        self.queue.put(request)
        self.queueing = True
        self.notify_at_low_mark()

    def _serve(self) -> None:
        """Hands waiting requests to connections with room, in the order of their coming."""
        while self.queue:
            core = self.select_for_queued()
            if core is None:
                self.notify_at_low_mark()
                return
            request = self.queue.pop()
            request.owner.send_waiting(request, core)
        self.queueing = False
        self._relax()

    def _relax(self) -> None:
        """Ends the signals that have begun and are over."""
        if self.at_high_mark():
            return
        if self.is_saturated:
            self.is_saturated = False
            self._listener.pool_signal(self, "high_in_flight", False)
        self.queue.budget.relieve()

    def _hand_over(self, error: Error) -> None:
        """The host is gone: those who wait for it go elsewhere."""
        self.queueing = False
        for _ in range(len(self.queue)):
            request = self.queue.pop()
            request.owner.resend_elsewhere(request, error)

    # --- shrinking --------------------------------------------------------------------------------------------

    def _idle_step(self) -> float:
        return max(self.options.idle_timeout, 0.01) * random_between(0.95, 1.05)

    def _idle_check(self) -> None:
        self._idle_timer = self._loop.call_later(self._idle_step(), self._idle_check)
        self._drain_some(connections_to_close(self._state()))
        self.load.peak_in_flight = self.load.in_flight

    def _drain_some(self, count: int) -> None:
        """The connections with the fewest requests go, without failing them."""
        for connection in sorted(self.connections, key=lambda each: each.core.in_flight)[:count]:
            self._drain(connection)
        self._publish()

    def _drain(self, connection: Connection) -> None:
        self._remove(connection)
        self.draining.add(connection)
        connection.drain()

    # --- the end ----------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        self.host.is_reconnecting = not self.closed and (
            self._reconnection.active or (not self.connections and bool(self._opening))
        )

    def retire(self) -> list[Connection]:
        """No more connections; those that are open, and are given, end when all in flight on them is answered."""
        # Those that drain already go along: `close` would fail what is in flight on them.
        retired = list(self.draining)
        self.draining.clear()
        for connection in tuple(self.connections):
            retired.append(connection)
            self._remove(connection)
            connection.drain()
        self.close()
        return retired

    def close(self, error: Error | None = None) -> list[Connection]:
        """No more connections; gives those that are being closed, to be waited for."""
        if self.closed:
            return []
        self.closed = True
        self._reconnection.stop()
        self._idle_timer.cancel()
        for task in self._opening:
            task.cancel()
        connections, self.connections = [*self.connections, *self.draining], []
        for connection in connections:
            self.remove_core(connection.core)
            connection.close() if error is None else connection.abort(error)
        reason = error or self._closed_error()
        self._tell_opened(reason)
        self._hand_over(reason)
        self._relax()
        self._publish()
        return connections

    def _closed_error(self) -> Error:
        return ConnectFailed("the pool was closed", host=self.host)

    async def wait_closed(self) -> None:
        """Waits for what was being opened when the pool was closed."""
        if self._opening:
            await asyncio.gather(*self._opening, return_exceptions=True)

    def __repr__(self) -> str:
        connections = f"{len(self.connections)}/{self.max_size} connections"
        return f"<HostPool {self.host.endpoint} {connections}, {len(self.queue)} waiting>"
