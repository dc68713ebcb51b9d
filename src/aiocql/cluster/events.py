"""What happens in the cluster, as records that an application can listen to."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from aiocql.logs import get_logger
from aiocql.nodes.host import Host

__all__ = ["ClusterEvent", "EventHub", "EventKind", "EventStream"]

MAX_WAITING = 1000

_log = get_logger("aiocql.cluster")


class EventKind(enum.StrEnum):
    """What a `ClusterEvent` tells."""

    HOST_ADDED = "HOST_ADDED"
    HOST_REMOVED = "HOST_REMOVED"
    HOST_MOVED = "HOST_MOVED"
    HOST_UP = "HOST_UP"
    HOST_DOWN = "HOST_DOWN"
    SCHEMA_CHANGED = "SCHEMA_CHANGED"
    CONTROL_OPENED = "CONTROL_OPENED"
    CONTROL_LOST = "CONTROL_LOST"
    CONNECT_FAILED = "CONNECT_FAILED"
    HIGH_IN_FLIGHT = "HIGH_IN_FLIGHT"
    QUEUE_FULL = "QUEUE_FULL"
    READ_BUFFER_FULL = "READ_BUFFER_FULL"


class ClusterEvent:
    """One thing that happened.

    `host` is the one concerned, `keyspace` that of a schema change (None: several) and `table` the table or view in it
    (None: more than one, or something else), `error` why something ended, `active` whether a signal (HIGH_IN_FLIGHT,
    QUEUE_FULL, READ_BUFFER_FULL) began or ended; `time` is the loop's clock.
    """

    __slots__ = ("active", "error", "host", "keyspace", "kind", "table", "time")

    def __init__(
        self,
        kind: EventKind,
        host: Host | None = None,
        *,
        time: float = 0.0,
        keyspace: str | None = None,
        table: str | None = None,
        error: BaseException | None = None,
        active: bool = True,
    ) -> None:
        self.kind = kind
        self.host = host
        self.time = time
        self.keyspace = keyspace
        self.table = table
        self.error = error
        self.active = active

    def __repr__(self) -> str:
        parts: list[Any] = [self.host.endpoint if self.host is not None else None, self.keyspace]
        parts += [self.table, self.error]
        told = " ".join(str(part) for part in parts if part is not None)
        return f"<ClusterEvent {self.kind.value}{'' if self.active else ' ended'}{' ' if told else ''}{told}>"


class EventHub:
    """Hands events to whoever listens. A listener that raises is logged and goes on listening."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._closed = False
        self._listeners: list[Callable[[ClusterEvent], object]] = []
        # Weak: a loop that was left with `break` need not say so.
        self._streams: WeakSet[EventStream] = WeakSet()

    def listen(self, listener: Callable[[ClusterEvent], object]) -> Callable[[], None]:
        """Calls `listener` with each event from now on, in the event loop; gives a function that ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def stream(self) -> EventStream:
        """An asynchronous iterator over the events from now on; it ends when the session is closed."""
        stream = EventStream(self._streams.discard)
        if self._closed:
            stream.end()
        else:
            self._streams.add(stream)
        return stream

    def publish(self, kind: EventKind, host: Host | None = None, **more: Any) -> None:
        """Deliver an event to every listener and stream."""
        if self._closed or not (self._listeners or self._streams):
            return
        event = ClusterEvent(kind, host, time=self._time(), **more)
        for stream in tuple(self._streams):
            stream.put(event)
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                _log.exception("a listener to cluster events failed at %s", repr(event))

    def close(self) -> None:
        """No more events."""
        self._closed = True
        self._listeners.clear()
        for stream in tuple(self._streams):
            stream.end()


class EventStream:
    """Events in the order in which they happened: ``async for event in session.events()``.

    It holds at most 1,000 for a reader that is slow; then the oldest are dropped and counted in `dropped`.
    """

    def __init__(self, ended: Callable[[EventStream], object]) -> None:
        self.dropped = 0
        self._waiting: deque[ClusterEvent] = deque()
        self._wakers: list[asyncio.Future[None]] = []
        self._ended = False
        self._on_end = ended

    def put(self, event: ClusterEvent) -> None:
        """One more event."""
        if len(self._waiting) == MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(event)
        self._wake()

    def end(self) -> None:
        """No more events come; those that wait are still read."""
        self._ended = True
        self._on_end(self)
        self._wake()

    def _wake(self) -> None:
        wakers, self._wakers = self._wakers, []
        for waker in wakers:
            if not waker.done():
                waker.set_result(None)

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> ClusterEvent:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            waker = asyncio.get_running_loop().create_future()
            self._wakers.append(waker)
            try:
                await waker
            finally:
                if waker in self._wakers:
                    self._wakers.remove(waker)
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Stops listening."""
        self.end()
