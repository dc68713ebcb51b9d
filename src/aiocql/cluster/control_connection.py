"""The control connection: one connection over which the cluster is watched.

It carries no requests of the application and belongs to no pool: when it is lost, another host takes over, and the
pools do not notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from aiocql.cluster.contact_points import resolve_contact_point
from aiocql.cluster.host_lookup import Name
from aiocql.connection.opening import open_connection
from aiocql.errors import (
    Attempt,
    AuthenticationFailed,
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    Error,
    NoHostAvailable,
)
from aiocql.logs import get_logger
from aiocql.nodes.host import Host
from aiocql.policies.reconnection import ReconnectionPolicy, checked_schedule
from aiocql.protocol.constants import OP_REGISTER
from aiocql.protocol.requests import register_body

if TYPE_CHECKING:
    from aiocql.connection.connection import Connection
    from aiocql.connection.settings import ConnectionSettings
    from aiocql.options.dsn import ContactPoint
    from aiocql.protocol.responses import Event

__all__ = ["ControlConnection", "ControlOwner"]

_log = get_logger("aiocql.cluster")

EVENTS = ["TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"]


class ControlOwner(Protocol):
    """Whom the control connection serves."""

    def control_candidates(self) -> Iterable[Host]:
        """The known hosts that it may use, best first."""

    async def control_opened(self, connection: Connection) -> None:
        """It stands: everything is to be read over it. An error means that this host will not do."""

    def control_lost(self, host: Host, error: Error) -> None:
        """It is gone; another is being looked for."""

    def control_event(self, event: Event) -> None:
        """The server announced something."""


class ControlConnection:
    """Opens itself at one host after the other, and again when it is lost."""

    def __init__(
        self,
        owner: ControlOwner,
        settings: ConnectionSettings,
        reconnection: ReconnectionPolicy,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.connection: Connection | None = None
        self.protocol_version: int | None = settings.options.protocol_version
        self._owner = owner
        self._settings = settings
        self._reconnection = reconnection
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self._pause: asyncio.Future[None] | None = None
        self._closed = False
        self._resolved: dict[ContactPoint, frozenset[str]] = {}

    def names_of(self, endpoint: str) -> list[Name]:
        """What contact points call the host at an endpoint, as far as they have been resolved."""
        points = [point for point, endpoints in self._resolved.items() if endpoint in endpoints]
        return [name for point in points for name in _names(point)]

    @property
    def host(self) -> Host | None:
        """Where it is open; None while it is not. Not one of the session's hosts, but of the same address."""
        return None if self.connection is None else self.connection.host

    # --- opening ----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Opens it at the first contact point that serves.

        Raises NoHostAvailable with what happened at each; AuthenticationFailed if that is what each of them says.
        """
        attempts: list[Attempt] = []
        tried: set[str] = set()
        if await self._try_contact_points(attempts, tried):
            return
        # One that will not do itself (host_filter) may have told of the others.
        if not await self._try_known(attempts, tried):
            raise _none_reached(attempts)

    async def _try_known(self, attempts: list[Attempt], tried: set[str]) -> bool:
        for host in self._owner.control_candidates():
            if host.endpoint in tried:
                continue
            tried.add(host.endpoint)
            # A host object of its own: the control connection's requests are no load of the session's host.
            if await self._try(_same_place(host), attempts):
                return True
        return False

    async def _try_contact_points(self, attempts: list[Attempt], tried: set[str]) -> bool:
        options = self._settings.options
        for point in options.contact_points:
            hosts = await resolve_contact_point(point, attempts, options.connect_timeout)
            self._resolved[point] = frozenset(host.endpoint for host in hosts)
            for host in hosts:
                if host.endpoint in tried:
                    continue
                tried.add(host.endpoint)
                if await self._try(host, attempts):
                    return True
        return False

    async def _try(self, host: Host, attempts: list[Attempt]) -> bool:
        """Opens it at one host; False, and why in `attempts`, if that one will not do."""
        try:
            connection = await open_connection(host, self._settings, self, version=self.protocol_version)
        except Error as error:
            attempts.append(Attempt(host, error))
            return False
        try:
            await self._watch(connection)
        except BaseException as error:
            connection.discard()
            await connection.wait_lost()
            if not isinstance(error, Error) or isinstance(error, ConfigurationError):
                raise
            attempts.append(Attempt(host, error))
            return False
        if not connection.is_open:
            attempts.append(Attempt(host, connection.error or ConnectFailed("it was lost at once")))
            return False
        self.connection = connection
        return True

    async def _watch(self, connection: Connection) -> None:
        """Registers for events first and reads everything then: no change is missed between the two."""
        body = register_body(EVENTS)
        await connection.request(OP_REGISTER, body, self._settings.options.connect_timeout)
        self.protocol_version = connection.core.version
        await self._owner.control_opened(connection)

    # --- losing and finding again -----------------------------------------------------------------------------

    def connection_lost(self, connection: Connection, error: Error) -> None:
        """It ended: another host takes over. One that was given up, or is only being opened, does not count."""
        if connection is not self.connection or self._closed:
            return
        self.connection = None
        self._owner.control_lost(connection.host, error)
        if self._task is None:
            self._task = self._loop.create_task(self._find(), name="aiocql control connection")

    async def _find(self) -> None:
        """Tries all hosts, round after round, until one serves."""
        try:
            for delay in checked_schedule(self._reconnection):
                await self._wait(delay)
                if await self._round():
                    return
        finally:
            self._task = None

    async def _round(self) -> bool:
        attempts: list[Attempt] = []
        tried: set[str] = set()
        try:
            if await self._try_known(attempts, tried) or await self._try_contact_points(attempts, tried):
                return True
        except Exception:
            _log.exception("opening the control connection failed")
        else:
            _log.info("no host serves the control connection: %s", _none_reached(attempts))
        return False

    async def _wait(self, delay: float) -> None:
        if delay <= 0:
            return
        self._pause = self._loop.create_future()
        timer = self._loop.call_later(delay, self.retry_now)
        try:
            await self._pause
        finally:
            timer.cancel()
            self._pause = None

    def retry_now(self) -> None:
        """A host is up: a search that waits for its next round goes on at once."""
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)

    # --- what the connection reports --------------------------------------------------------------------------

    def reading_paused(self, connection: Connection, paused: bool) -> None:
        """What the control connection reads is taken at once: nothing to be done."""

    def event_received(self, connection: Connection, event: Event) -> None:
        """The server announced something."""
        if not self._closed:
            self._owner.control_event(event)

    def connection_needs_replacement(self, connection: Connection) -> None:
        """Too many of its requests were given up: another one takes its place."""
        connection.abort(ConnectionLost("too many answers did not come", host=connection.host))

    def connection_ready_again(self, connection: Connection) -> None:
        """It has room again; it never waits for that."""

    async def close(self) -> None:
        """Closes it, and looks for no other."""
        self._closed = True
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
            await connection.wait_lost()


def _names(point: ContactPoint) -> list[Name]:
    return [point.host] if point.port is None else [point.host, (point.host, point.port)]


def _same_place(host: Host) -> Host:
    return Host(host.address, host.port, host_id=host.host_id, datacenter=host.datacenter, rack=host.rack)


def _none_reached(attempts: list[Attempt]) -> Error:
    """The one error for all attempts; that of the credentials, where it is the same everywhere."""
    errors = [attempt.error for attempt in attempts]
    if errors and all(isinstance(error, AuthenticationFailed) for error in errors):
        refused = errors[-1]
        assert isinstance(refused, AuthenticationFailed)
        refused.attempts = tuple(attempts)
        return refused
    hint = next((error.hint for error in errors if isinstance(error, Error) and error.hint), None)
    return NoHostAvailable("no contact point could be reached", attempts, hint=hint)
