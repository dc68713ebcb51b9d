"""async-cassandra's cluster: options first, then as many sessions as are wanted."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Sequence
from typing import Any

from aiocql import errors
from aiocql.compat.async_cassandra.base import AsyncContextManageable
from aiocql.compat.async_cassandra.constants import DEFAULT_CONNECTION_TIMEOUT, MAX_RETRY_ATTEMPTS
from aiocql.compat.async_cassandra.exceptions import ConfigurationError, ConnectionError
from aiocql.compat.async_cassandra.options import (
    cluster_options,
    schema_agreement_timeout,
    timestamp_generator,
)
from aiocql.compat.async_cassandra.retry_policy import AsyncRetryPolicy
from aiocql.compat.async_cassandra.session import AsyncCassandraSession
from aiocql.compat.cassandra.auth import PlainTextAuthProvider, as_auth
from aiocql.compat.cassandra.codecs import driver_codecs
from aiocql.compat.cassandra.metadata import Metadata
from aiocql.compat.cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    HostDistance,
    TokenAwarePolicy,
)
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, ExecutionProfile
from aiocql.logs import get_logger
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.options.pool import PoolOptions
from aiocql.options.resolve import resolve_options
from aiocql.session.connect import Connecting

__all__ = ["AsyncCluster", "Cluster"]

logger = get_logger("aiocql.compat")

RETRY_DELAY = 2.0
"""Seconds before the second attempt to connect; the third waits twice as long."""

VERSION_TEXT = "async-cassandra requires CQL protocol v5 or higher (Cassandra 4.0+)"


class AsyncCluster(AsyncContextManageable):
    """Where and how to connect. Nothing is opened before `connect`.

    `request_timeout` (seconds for a page, 10 by default), `connect_timeout`, `compression`, `timestamp_generator`
    and the other options of cassandra-driver's `Cluster` are taken too; those about threads and event windows have
    nothing to act on here and change nothing. Raises TypeError for options that there are not.
    """

    def __init__(
        self,
        contact_points: Sequence[Any] | None = None,
        port: int = 9042,
        auth_provider: Any = None,
        load_balancing_policy: Any = None,
        reconnection_policy: Any = None,
        retry_policy: Any = None,
        ssl_context: ssl.SSLContext | None = None,
        protocol_version: int | None = None,
        executor_threads: int = 2,
        max_schema_agreement_wait: float = 10,
        control_connection_timeout: float = 2.0,
        idle_heartbeat_interval: float = 30.0,
        schema_event_refresh_window: float = 2.0,
        topology_event_refresh_window: float = 10.0,
        status_event_refresh_window: float = 2.0,
        **kwargs: Any,
    ) -> None:
        if protocol_version is not None and protocol_version < 5:
            raise ConfigurationError(
                f"Protocol version {protocol_version} is not supported: {VERSION_TEXT}; "
                "aiocql.connect() itself speaks 3 and 4 too"
            )
        self.contact_points = ["127.0.0.1"] if contact_points is None else list(contact_points)
        self.port = port
        self.load_balancing_policy = load_balancing_policy or TokenAwarePolicy(DCAwareRoundRobinPolicy())
        self.timestamp_generator = timestamp_generator(kwargs)
        self._options, self._profiles = cluster_options(kwargs)
        self._options.update(
            port=port,
            auth=as_auth(auth_provider, encrypted=ssl_context is not None),
            # The provider warns where a password goes over plain TCP.
            allow_plaintext_auth=True,
            load_balancing=self.load_balancing_policy,
            reconnection=reconnection_policy or ExponentialReconnectionPolicy(1.0, 60.0),
            retry=retry_policy or AsyncRetryPolicy(),
            heartbeat_interval=idle_heartbeat_interval or None,
            protocol_version=5,
            schema_agreement_timeout=schema_agreement_timeout(max_schema_agreement_wait),
            ssl=ssl_context,
        )
        self._codecs = driver_codecs()
        self._core: dict[HostDistance, int] = {}
        self._max: dict[HostDistance, int] = {}
        self._sessions: list[AsyncCassandraSession] = []
        self._closed = False
        self._metadata = Metadata(self._snapshot)

    @classmethod
    def create_with_auth(
        cls, contact_points: Sequence[Any], username: str, password: str, **kwargs: Any
    ) -> AsyncCluster:
        """A cluster that asks for user and password."""
        return cls(contact_points, auth_provider=PlainTextAuthProvider(username, password), **kwargs)

    # --- sessions ---------------------------------------------------------------------------------------------

    async def connect(
        self, keyspace: str | None = None, timeout: float | None = None
    ) -> AsyncCassandraSession:
        """Return a session, after three attempts at most.

        `timeout` is in seconds, for all attempts together; without one, each may take 30 seconds.
        What another attempt cannot mend (wrong credentials, a keyspace that does not exist) ends it at once.
        Raises ConnectionError, with the error behind it as its cause, and asyncio.TimeoutError.
        """
        attempt = 0
        begun = asyncio.get_running_loop().time()
        while True:
            if self._closed:
                raise ConnectionError("Cluster is closed")
            attempt += 1
            left = _left(begun, timeout)
            try:
                async with asyncio.timeout(DEFAULT_CONNECTION_TIMEOUT if timeout is None else left):
                    return await self._connect(keyspace)
            except errors.Error as error:
                left = _left(begun, timeout) - RETRY_DELAY * attempt
                if attempt == MAX_RETRY_ATTEMPTS or not _may_pass(error) or left <= 0:
                    raise _connection_error(error, attempt) from error
                logger.warning("attempt %d to connect failed, trying again: %s", attempt, error)
            await asyncio.sleep(RETRY_DELAY * attempt)

    async def _connect(self, keyspace: str | None) -> AsyncCassandraSession:
        given = {**self._options, "pool": self._pool(), "keyspace": keyspace, "codecs": self._codecs}
        native = await Connecting(resolve_options(self.contact_points, given, {}), "AsyncCluster.connect")
        session = AsyncCassandraSession(native, cluster=self)
        self._sessions = [each for each in self._sessions if not each.is_closed]
        self._sessions.append(session)
        return session

    async def close(self) -> None:
        """Closes all sessions; can be called again."""
        self._closed = True
        await asyncio.gather(*(session.close() for session in self._sessions))

    async def shutdown(self) -> None:
        """The same as `close`."""
        await self.close()

    # --- what is known ----------------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def metadata(self) -> Metadata:
        """Hosts and schema, as the newest session knows them; empty before the first `connect`."""
        return self._metadata

    @property
    def protocol_version(self) -> int:
        """The native protocol version of all connections."""
        return self._sessions[-1]._session.protocol_version if self._sessions else 5

    def _snapshot(self) -> ClusterSnapshot | None:
        return self._sessions[-1]._session.metadata if self._sessions else None

    def register_user_type(self, keyspace: str, user_type: str, klass: type) -> None:
        """Gives values of a user type as objects of a class; for statements that are prepared from now on."""
        self._codecs.register_user_type(keyspace, user_type, klass)
        for session in self._open_sessions():
            session._session.codecs.register_user_type(keyspace, user_type, klass)

    # --- profiles ---------------------------------------------------------------------------------------------

    def execution_profile(self, name: Any) -> ExecutionProfile:
        """Return the profile with this name. Raises ConfigurationError if it does not exist."""
        try:
            return self._profiles[name]
        except (KeyError, TypeError):
            raise ConfigurationError(f"there is no execution profile {name!r}") from None

    def add_execution_profile(self, name: Any, profile: ExecutionProfile) -> None:
        """Another profile."""
        self._profiles[name] = profile

    @property
    def default_profile(self) -> ExecutionProfile:
        """The profile of calls that name none."""
        return self._profiles[EXEC_PROFILE_DEFAULT]

    # --- pools ------------------------------------------------------------------------------------------------

    def set_core_connections_per_host(self, host_distance: HostDistance, core_connections: int) -> None:
        """Connections that each host always has; sessions that are open follow at once."""
        self._core[host_distance] = core_connections
        if core_connections > self.get_max_connections_per_host(host_distance):
            self.set_max_connections_per_host(host_distance, core_connections)
        for session in self._open_sessions():
            session._session.set_core_connections_per_host(host_distance, core_connections)

    def set_max_connections_per_host(self, host_distance: HostDistance, max_connections: int) -> None:
        """Connections that a host may grow to under load; sessions that are open follow at once."""
        self._max[host_distance] = max_connections
        for session in self._open_sessions():
            session._session.set_max_connections_per_host(host_distance, max_connections)

    def get_core_connections_per_host(self, host_distance: HostDistance) -> int:
        """Connections that each host always has."""
        pool = PoolOptions()
        default = pool.core_local if host_distance is HostDistance.LOCAL else pool.core_remote
        return self._core.get(host_distance, default)

    def get_max_connections_per_host(self, host_distance: HostDistance) -> int:
        """Connections that a host may grow to under load."""
        pool = PoolOptions()
        default = pool.max_local if host_distance is HostDistance.LOCAL else pool.max_remote
        return self._max.get(host_distance, default)

    def _open_sessions(self) -> list[AsyncCassandraSession]:
        return [session for session in self._sessions if not session.is_closed]

    def _pool(self) -> PoolOptions:
        local, remote = HostDistance.LOCAL, HostDistance.REMOTE
        return PoolOptions(
            core_local=self.get_core_connections_per_host(local),
            max_local=self.get_max_connections_per_host(local),
            core_remote=self.get_core_connections_per_host(remote),
            max_remote=self.get_max_connections_per_host(remote),
        )


Cluster = AsyncCluster
"""cassandra-driver's, which async-cassandra's module has; here it is the asyncio one."""


def _left(begun: float, timeout: float | None) -> float:
    """Return the seconds that are left of a timeout."""
    return math.inf if timeout is None else begun + timeout - asyncio.get_running_loop().time()


def _causes(error: errors.Error) -> list[BaseException]:
    return [attempt.error for attempt in error.attempts] or [error]


def _may_pass(error: errors.Error) -> bool:
    """Whether another attempt may find what this one did not."""
    lasting = (
        errors.AuthenticationFailed,
        errors.TLSFailed,
        errors.UnsupportedProtocolVersion,
        errors.ConfigurationError,
        errors.RequestValidationError,
    )
    return not all(isinstance(cause, lasting) for cause in _causes(error))


def _connection_error(error: errors.Error, attempts: int) -> ConnectionError:
    if any(isinstance(cause, errors.UnsupportedProtocolVersion) for cause in _causes(error)):
        return ConnectionError(
            f"Failed to connect: the server doesn't support protocol v5. {VERSION_TEXT}", cause=error
        )
    times = f"{attempts} attempt{'s' if attempts > 1 else ''}"
    return ConnectionError(f"Failed to connect to cluster after {times}: {error}", cause=error)
