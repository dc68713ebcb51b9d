"""All that users do with a session, whether they see it whole (`Session`) or through a limit (`RateLimitedSession`)."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from aiocql.execution.throttlers import SESSION
from aiocql.options.checks import check_seconds
from aiocql.options.profile import check_profile
from aiocql.session.bulk_methods import BulkMethods
from aiocql.session.cluster_view import ClusterView
from aiocql.session.keyspace import check_keyspace_name
from aiocql.session.methods import RowT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aiocql.monitoring.health import Health, HealthCheck
    from aiocql.monitoring.stats import SessionStats
    from aiocql.nodes.states import HostDistance
    from aiocql.options.profile import ExecutionProfile
    from aiocql.session.warm_up import WarmUp
    from aiocql.types.registry import CodecRegistry

__all__ = ["SessionFace"]

DRAIN_TIMEOUT = 5.0


class SessionFace(ClusterView, BulkMethods[RowT]):
    """The methods of every session. The parts that they use are the session's `Services`."""

    @property
    def _whole(self) -> SessionFace[RowT]:
        """The session without a limit: what exporters and monitors observe once, however often it is given to them."""
        raise NotImplementedError

    @property
    def codecs(self) -> CodecRegistry:
        """This session's own codecs: what is registered here holds from the next statement on."""
        return self._services.codecs

    async def set_keyspace(self, keyspace: str) -> None:
        """Set the keyspace of unqualified table names, on every connection.

        A change that was begun is finished though the task that waits for it is cancelled.

        Raises:
            InvalidRequest: the keyspace does not exist; nothing has changed.
            InterfaceError: `keyspace` is not a name; nothing has changed.
        """
        self._services.executor.verify()
        check_keyspace_name(keyspace)
        await self._services.changes.use(keyspace)

    # --- execution profiles ------------------------------------------------------------------------------------

    @property
    def profiles(self) -> Mapping[str, ExecutionProfile]:
        """The execution profiles by name, as they were given."""
        return self._services.resolver.profiles.by_name

    def set_profile(self, name: str, profile: ExecutionProfile | Mapping[str, Any]) -> None:
        """Makes an execution profile or replaces it, for all requests from now on; those under way are not touched.

        The one named ``"default"`` is that of requests that name none. Raises ConfigurationError.
        """
        services = self._services
        services.executor.verify()
        services.resolver.set_profile(name, check_profile(name, profile))
        services.factory.options_changed()
        services.cluster.use_policies(services.resolver.profiles.policies())

    # --- getting ready ----------------------------------------------------------------------------------------

    async def warm_up(self, connections: int | None = None, *, statements: Iterable[str] = ()) -> WarmUp:
        """Opens the pools of all hosts and prepares `statements` at each, so that the first requests find all ready.

        `connections` for each host (a remote one has its pool's maximum at most), its pool's core by default. A host
        that is down is tried once, at once; it does not stop it and is reported. Raises ConfigurationError for more
        connections than `PoolOptions.max_local`, and what a statement raises that no host prepares.
        """
        from aiocql.session.warm_up import warm_up

        self._services.executor.verify()
        return await warm_up(self._services.cluster, self.prepare, connections, statements)

    # --- what it does and has done ----------------------------------------------------------------------------

    def stats(self) -> SessionStats:
        """Hosts, connections, queues, counters and latencies now: a frozen snapshot."""
        from aiocql.monitoring.collect import take_stats

        services = self._services
        return take_stats(
            services.cluster,
            services.keyspace,
            len(services.statements),
            services.loop.time(),
            services.executor.tally,
            services.throttlers,
        )

    def inspect(self) -> dict[str, Any]:
        """The session now as plain data, for JSON: what `aiocql top`, the live page and reports show.

        Counters, latencies and states of all hosts and connections; no statement, value or secret.
        """
        from aiocql.monitoring.inspection import inspect_session

        application = self._services.cluster.settings.options.application_name
        return inspect_session(self.stats(), self.health(), application)

    def report(self, path: str | Path) -> Path:
        """Write a self-contained HTML report to `path` and return its absolute path."""
        from aiocql.monitoring.report.report import write_report

        return write_report(self.stats(), path)

    def log_slow_queries(self, threshold: float | None) -> None:
        """Notes requests that take `threshold` seconds or more in the log `aiocql.slow`; None: none any more.

        A record has the time, the host, the number of attempts, the outcome, and the statement without its literals.
        """
        from aiocql.monitoring.logs.slow_queries import log_slow_queries

        check_seconds("threshold", threshold, optional=True)
        log_slow_queries(self._services.executor.tally, threshold)

    def health(self) -> Health:
        """Whether requests can be served, from what is known here: nothing is sent. For a liveness probe.

        `status` is ``"pass"``; ``"warn"`` while a host that is used is down; ``"fail"`` when none is left or the
        session is closed. It is true unless it fails.
        """
        from aiocql.monitoring.health import local_health

        return local_health(self._services.cluster, is_closed=self.is_closed)

    async def check_health(self, *, every_connection: bool = False, timeout: float = 5.0) -> HealthCheck:
        """Asks every host, each over its own connection: which answer, how fast, what is wrong with the others.

        `every_connection` asks over all connections of each host. `timeout` is in seconds, for all of it. Nothing is
        raised for a host that does not answer. Hosts that the load balancing policy ignores have no connection to be
        asked over; they are listed apart.
        """
        from aiocql.monitoring.health import check_health

        self._services.executor.verify()
        return await check_health(self._services.cluster, every_connection=every_connection, timeout=timeout)

    def throttle(self, max_concurrent: int | None, requests_per_second: float | None, max_queue: int) -> None:
        """Set the limit for all requests of the session, in place of the one before; None and None: no limit."""
        executor, throttlers = self._services.executor, self._services.throttlers
        if max_concurrent is None and requests_per_second is None:
            executor.throttle = None
        else:
            executor.throttle = throttlers.make(SESSION, max_concurrent, requests_per_second, None, max_queue)

    def set_core_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another minimum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self._services.executor.verify()
        self._services.cluster.resize_pools(distance, core=connections)

    def set_max_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another maximum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self._services.executor.verify()
        self._services.cluster.resize_pools(distance, maximum=connections)

    # --- the end ----------------------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._services.executor.is_closed

    async def close(self, *, drain_timeout: float = DRAIN_TIMEOUT) -> None:
        """Take no more requests, let those in flight finish for `drain_timeout` seconds, and close everything.

        What is not answered by then gets SessionClosed. Can be called again, also while it closes: each call returns
        when all is closed. A call that is cancelled ends the waiting for what is in flight; the connections close
        nevertheless. Where the event loop of the session is closed already, its sockets are closed at once.
        """
        await self._services.end.close(drain_timeout)

    def __repr__(self) -> str:
        up = sum(host.is_up for host in self.hosts)
        name = self.metadata.cluster_name
        state = "closed" if self.is_closed else f"{up}/{len(self.hosts)} hosts up"
        return f"<Session {name!r} {state}>"


def _name_after_session() -> None:
    """Make errors of Python's own, such as TypeError for a wrong argument, name `Session.execute`.

    The methods come from several classes, whose names a user has never seen.
    """
    for kind in SessionFace.__mro__:
        for name, member in vars(kind).items() if kind.__module__.startswith("aiocql.") else ():
            if isinstance(member, FunctionType) and not name.startswith("_"):
                member.__qualname__ = f"Session.{name}"


_name_after_session()
