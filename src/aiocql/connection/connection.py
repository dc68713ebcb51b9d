"""One connection as asyncio sees it: the glue between a transport and the sans-IO core.

A connection reports events to its `listener`: `connection_lost(connection, error)` once,
`connection_ready_again(connection)` when it takes requests again, `connection_needs_replacement(connection)` when too
many stream ids are orphans or its keyspace is not known, `event_received(connection, event)`, and
`reading_paused(connection, paused)` when the application does not take what arrives, and does again.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.connection.fork_guard import keep_from_children
from aiocql.connection.heartbeat import Heartbeat
from aiocql.connection.read_budget import ReadBudget
from aiocql.errors import ConnectionLost, Error, HeartbeatFailed, OperationTimedOut, ProtocolError
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.wakeups import Wakeups

if TYPE_CHECKING:
    from aiocql.protocol.responses import Event, Response

__all__ = ["Connection", "ConnectionListener"]

MAX_ABORT_DELAY = 1.0
EVERY_ANSWER = 65536
"""More than there are stream ids: a core that is to notify at so many in flight does so after every read."""


class ConnectionListener(Protocol):
    """Receive what happens to a connection, from the first byte of its handshake on."""

    def connection_lost(self, connection: Connection, error: Error) -> None: ...

    def connection_ready_again(self, connection: Connection) -> None: ...

    def connection_needs_replacement(self, connection: Connection) -> None: ...

    def event_received(self, connection: Connection, event: Event) -> None: ...

    def reading_paused(self, connection: Connection, paused: bool) -> None: ...


class Connection(asyncio.BufferedProtocol):
    """A CQL connection over one transport. `core` is its sans-IO half; requests go through it."""

    def __init__(
        self,
        core: Core,
        host: Any,
        loop: asyncio.AbstractEventLoop,
        listener: ConnectionListener,
        *,
        read_budget: int = 1024 * 1024,
    ) -> None:
        self.core = core
        self.host = host
        self.loop = loop
        self.listener = listener
        self.transport: asyncio.Transport | None = None
        self.heartbeat: Heartbeat | None = None
        self.error: Error | None = None
        self.keyspace: str | None = None
        self.opened_at = loop.time()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.read_budget = ReadBudget(loop, self._pause_reading, self._resume_reading, read_budget)
        self._time = loop.time
        # Assigned late: the core is the sans-IO half, made before the half that reads and writes for it.
        core.owner = self
        core.host = host
        core.wake = self._wake
        core.wakeups = Wakeups(
            asyncio.Future, partial(asyncio.current_task, loop), loop.call_soon, loop.call_exception_handler
        )
        # Asked for on each read: the core's own method, without a frame of Python in between.
        self.get_buffer = core.get_buffer  # type: ignore[method-assign,assignment]

    # --- asyncio's side ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self.transport = transport  # type: ignore[assignment]
        keep_from_children(self)
        if self.core.output_size:
            self._flush()

    def buffer_updated(self, nbytes: int) -> None:
        """`nbytes` were read into the core's buffer: it completes the answers in them."""
        try:
            self.core.received(nbytes, self._time())
            try:
                self.read_budget.received(nbytes)
            finally:
                self.read_budget.delivered(self.core.resume_waiters())
        except ProtocolError as error:
            self.abort(error)
        except Exception as error:
            broken = ProtocolError(f"an answer that cannot be read: {error!r}", host=self.host)
            broken.__cause__ = error
            self.abort(broken)

    def eof_received(self) -> bool:
        """The server closed its side: so do we."""
        return False

    def _pause_reading(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.core.reading_paused = True
            self.transport.pause_reading()
            self.listener.reading_paused(self, True)

    def _resume_reading(self) -> None:
        if self.transport is not None and not self.transport.is_closing() and self.core.reading_paused:
            self.core.reading_paused = False
            self.transport.resume_reading()
            self.listener.reading_paused(self, False)
            self.listener.connection_ready_again(self)

    def pause_writing(self) -> None:
        """The peer does not read: no new requests until it does."""
        self.core.writable = False

    def resume_writing(self) -> None:
        """The peer reads again."""
        self.core.writable = True
        if self.core.output_size:
            self._flush()
        if not self.core.closed:
            self.listener.connection_ready_again(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, for whatever reason: everything in flight gets its error."""
        if self.error is None:
            self.error = _lost(exc, self.host)
        self._end(self.error)
        self.transport = None
        if not self.lost.done():
            self.lost.set_result(None)

    # --- the core's side --------------------------------------------------------------------------------------

    def _wake(self, full: bool) -> None:
        if full:
            self._flush()
        else:
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self.transport is not None and self.core.writable and not self.core.closed:
            data = self.core.take_output()
            if data:
                self.transport.write(data)

    def on_capacity(self) -> None:
        """The core is down to its low mark, or empty while it drains."""
        if self.core.draining:
            self._close_if_drained()
        else:
            self.core.notify_at = -1
            self.listener.connection_ready_again(self)

    def on_orphan_limit(self) -> None:
        """Too many ids are held by requests that were given up."""
        self.listener.connection_needs_replacement(self)

    def on_event(self, event: Event) -> None:
        """The server pushed an event."""
        self.listener.event_received(self, event)

    # --- use --------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return not self.core.closed

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is on."""
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

    async def request(
        self, opcode: int, body: bytes, timeout: float, *, make_decoder: Any = None, raw: bool = False
    ) -> Response:
        """Sends one message and waits for its answer, for the driver's own needs.

        Raises the server's error (`raw` gives it back as a response), ConnectionLost, or OperationTimedOut after
        `timeout` seconds.
        """
        future: asyncio.Future[Response] = self.loop.create_future()
        request = Request(opcode, body, future, make_decoder=make_decoder)
        request.raw = raw
        timer = self.loop.call_later(timeout, self._request_timed_out, request, timeout)
        try:
            self.core.send(request, self._time())
            return await future
        except asyncio.CancelledError:
            request.abandon()
            raise
        finally:
            timer.cancel()

    def _request_timed_out(self, request: Request, timeout: float) -> None:
        request.set_exception(OperationTimedOut(f"no answer within {timeout:g} s", host=self.host))

    def replace(self) -> None:
        """Another connection takes its place; what is in flight on it is let finish."""
        if not self.core.closed and not self.core.draining:
            self.listener.connection_needs_replacement(self)

    def drain(self) -> None:
        """Takes no more requests and closes when the last one in flight has its answer."""
        if not self.core.closed and not self.core.draining:
            self.core.draining = True
            self._close_if_drained()

    def _close_if_drained(self) -> None:
        if self.core.pending > 0:
            self.core.notify_at = EVERY_ANSWER
        else:
            self.close()

    def close(self) -> None:
        """Closes after what was already written; what is in flight gets ConnectionLost."""
        self._stop(ConnectionLost("the connection was closed by the driver", host=self.host), abort=False)

    def abort(self, error: Error) -> None:
        """Closes at once because of `error`; what is in flight gets it, or ConnectionLost with it as cause."""
        self._stop(error, abort=True)

    def discard(self) -> None:
        """Closes one that nobody uses, at once: TLS would wait for the peer's good-bye, longer than anybody here."""
        self.abort(ConnectionLost("the connection was closed by the driver", host=self.host))

    async def wait_lost(self, timeout: float = MAX_ABORT_DELAY) -> None:
        """Waits until the socket is gone; after `timeout` seconds it is thrown away."""
        if self.transport is not None and not self.lost.done():
            handle = self.loop.call_later(timeout, self.transport.abort)
            try:
                await asyncio.shield(self.lost)
            finally:
                handle.cancel()

    def _stop(self, error: Error, *, abort: bool) -> None:
        if self.error is None:
            self.error = error
        transport = self.transport
        if transport is not None:
            if abort:
                transport.abort()  # though it may be closing in good order
            elif not transport.is_closing():
                self._flush()
                transport.close()
        self._end(self.error)

    def _end(self, error: Error) -> None:
        if self.core.closed:
            return
        if self.heartbeat is not None:
            self.heartbeat.stop()
        self.core.fail_all(lambda maybe_sent: _for_request(error, maybe_sent, self.host))
        if self.core.reading_paused:
            # Nothing is read any more, so that nothing will resume it: what began is to be heard of ending.
            self.core.reading_paused = False
            self.listener.reading_paused(self, False)
        self.listener.connection_lost(self, error)

    def start_heartbeat(self, interval: float, timeout: float) -> None:
        """From now on, silence of `interval` seconds is broken by OPTIONS; no answer in `timeout` ends it."""
        self.heartbeat = Heartbeat(
            self.core, self.host, self.loop, self.abort, interval=interval, timeout=timeout
        )

    def __repr__(self) -> str:
        state = "closed" if self.core.closed else "draining" if self.core.draining else "open"
        where = getattr(self.host, "endpoint", self.host)
        return f"<Connection {where} {state} v{self.core.version} {self.core.in_flight} in flight>"


def _lost(exc: Exception | None, host: Any) -> ConnectionLost:
    error = ConnectionLost(
        f"the connection broke: {exc}" if exc else "the server closed the connection", host=host
    )
    error.__cause__ = exc
    return error


def _for_request(error: Error, maybe_sent: bool, host: Any) -> Error:
    """An error object of its own for each request: tracebacks and attempts are not shared."""
    kind = HeartbeatFailed if isinstance(error, HeartbeatFailed) else ConnectionLost
    own = kind(error.message, host=host)
    own.maybe_sent = maybe_sent
    own.__cause__ = error if not isinstance(error, ConnectionLost) else error.__cause__
    return own
