"""ConnectionMonitor: what every connection is doing, now and continuously, and alerts on hosts that go and come."""

from __future__ import annotations

import asyncio
import datetime
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from aiocql.logs import get_logger

if TYPE_CHECKING:
    from aiocql.cluster.events import ClusterEvent
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.monitoring.health import HealthCheck, HostHealth
    from aiocql.monitoring.stats import SessionStats
    from aiocql.nodes.host import Host

__all__ = ["ConnectionMonitor", "HostAlert"]

logger = get_logger("aiocql.monitor")

Callback = Callable[[Any], Any]


class HostAlert(NamedTuple):
    """A host went down or came back."""

    host: Host
    is_up: bool
    reason: BaseException | None
    """Why it is held to be down."""
    downtime: float | None
    """Seconds that it was down, when it comes back."""


class MonitoredSession(Protocol):
    """What a monitor needs of a session."""

    @property
    def hosts(self) -> Iterable[Host]: ...

    @property
    def metadata(self) -> ClusterSnapshot: ...

    @property
    def protocol_version(self) -> int: ...

    @property
    def is_closed(self) -> bool: ...

    def stats(self) -> SessionStats: ...

    def listen(self, listener: Callable[[ClusterEvent], object], /) -> Callable[[], None]: ...

    async def check_health(self, *, every_connection: bool = ..., timeout: float = ...) -> HealthCheck: ...


class ConnectionMonitor:
    """Watch the connections of a session.

    ``await monitor.get_connection_stats()`` returns the state of all connections. After `start` (or within
    ``async with``), the monitor passes this state to the callbacks every `interval` seconds, and calls the alert
    callbacks as soon as a host goes down or comes back. A host has `timeout` seconds to respond. With
    `every_connection`, the monitor checks each connection of a host. Callbacks are functions or coroutine functions.
    Their exceptions, and alerts without an alert callback, are logged in `aiocql.monitor`.
    """

    def __init__(
        self,
        session: MonitoredSession,
        *,
        interval: float = 60.0,
        timeout: float = 5.0,
        every_connection: bool = False,
    ) -> None:
        self.session = session
        self.interval = interval
        self.timeout = timeout
        self.every_connection = every_connection
        self.last: dict[str, Any] | None = None
        """What `get_connection_stats` gave last."""
        self._started: str | None = None
        self._last_check: str | None = None
        self._callbacks: list[Callback] = []
        self._alerts: list[Callback] = []
        self._down: dict[Host, float] = {}
        self._running: asyncio.Task[None] | None = None
        self._told: set[asyncio.Task[None]] = set()
        self._stopped_within: asyncio.Task[Any] | None = None
        """The task whose own callback has stopped it: a task cannot wait for itself, and ends after the callback."""

    # --- once -------------------------------------------------------------------------------------------------

    @property
    def metrics(self) -> dict[str, Any]:
        """The application's counters: requests sent, completed and failed since the session began; the last check."""
        requests = self.session.stats().application
        return {
            "requests_sent": requests.started,
            "requests_completed": requests.completed,
            "requests_failed": requests.failed,
            "requests_cancelled": requests.cancelled,
            "last_health_check": self._last_check,
            "monitoring_started": self._started,
        }

    async def get_connection_stats(self) -> dict[str, Any]:
        """The state of all connections now, for JSON; every host that is used was asked over its own connection.

        Hosts that could not be asked have an `error`. Raises SessionClosed.
        """
        check = await self.session.check_health(every_connection=self.every_connection, timeout=self.timeout)
        self._last_check = _now()
        self._judge(check)
        asked = {each.host: each for each in check.hosts}
        hosts = [_host_info(host, asked.get(host)) for host in self.session.hosts]
        self.last = {
            "timestamp": self._last_check,
            "cluster_name": self.session.metadata.cluster_name,
            "protocol_version": self.session.protocol_version,
            "hosts": hosts,
            "total_connections": sum(host["connection_count"] for host in hosts),
            "healthy_hosts": len(check.healthy),
            "unhealthy_hosts": len(check.unhealthy),
            "app_metrics": self.metrics,
        }
        return self.last

    # --- continuously -----------------------------------------------------------------------------------------

    def add_callback(self, callback: Callback) -> Callable[[], None]:
        """Calls `callback(stats)` after each check; gives a function that ends it."""
        return _add(self._callbacks, callback)

    def add_alert(self, callback: Callback) -> Callable[[], None]:
        """Calls `callback(alert)`, a `HostAlert`, when a host goes down and when it comes back."""
        return _add(self._alerts, callback)

    @property
    def is_running(self) -> bool:
        """Whether it watches continuously."""
        return self._running is not None and not self._running.done()

    def start(self, interval: float | None = None) -> None:
        """Checks every `interval` seconds from now on, beginning at once. Does nothing while it runs."""
        if interval is not None:
            self.interval = interval
        if not self.is_running:
            self._running = asyncio.get_running_loop().create_task(
                self.continuous_monitoring(self.interval), name="aiocql monitor"
            )

    async def stop(self) -> None:
        """Stop the monitor and wait for its tasks. A callback may call this; its own task is not waited for."""
        running, self._running = self._running, None
        tasks = {*self._told, *([running] if running is not None else [])}
        own = asyncio.current_task()
        if own in tasks:
            tasks.remove(own)
            self._stopped_within = own
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def continuous_monitoring(self, interval: float | None = None) -> None:
        """Checks every `interval` seconds until it is cancelled or the session is closed; raises nothing else."""
        every = self.interval if interval is None else interval
        self._started = _now()
        if self.session.is_closed:
            return
        unlisten = self.session.listen(self._event)
        try:
            while not self.session.is_closed:
                await self._check()
                if self._stopped_within is asyncio.current_task():
                    break
                await asyncio.sleep(every)
        finally:
            unlisten()

    async def _check(self) -> None:
        try:
            stats = await self.get_connection_stats()
        except Exception as error:
            if not self.session.is_closed:
                logger.warning("the connections could not be looked at: %s", repr(error))
            return
        await self._tell_all(tuple(self._callbacks), stats)

    # --- alerts -----------------------------------------------------------------------------------------------

    def _event(self, event: ClusterEvent) -> None:
        """The session noticed something itself, between two checks."""
        if event.host is None:
            return
        if event.kind == "HOST_DOWN":
            self._is_down(event.host, event.error)
        elif event.kind == "HOST_UP":
            self._is_up(event.host)
        elif event.kind == "HOST_REMOVED":
            self._down.pop(event.host, None)

    def _judge(self, check: HealthCheck) -> None:
        """A host that does not answer is down, whatever its connections look like."""
        for each in check.unhealthy:
            self._is_down(each.host, each.reason)
        for each in check.healthy:
            self._is_up(each.host)

    def _is_down(self, host: Host, reason: BaseException | None) -> None:
        if host not in self._down:
            self._down[host] = asyncio.get_running_loop().time()
            self._alert(HostAlert(host, False, reason, None))

    def _is_up(self, host: Host) -> None:
        since = self._down.pop(host, None)
        if since is not None:
            self._alert(HostAlert(host, True, None, asyncio.get_running_loop().time() - since))

    def _alert(self, alert: HostAlert) -> None:
        if not self._alerts:
            if alert.is_up:
                logger.warning("%s is back after %.1f s", alert.host.endpoint, alert.downtime)
            else:
                logger.warning("%s is down: %s", alert.host.endpoint, alert.reason)
            return
        task = asyncio.get_running_loop().create_task(self._tell_all(tuple(self._alerts), alert))
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    @staticmethod
    async def _tell_all(callbacks: Iterable[Callback], what: Any) -> None:
        for callback in callbacks:
            try:
                given = callback(what)
                if inspect.isawaitable(given):
                    await given
            except Exception:
                logger.exception("a callback of the connection monitor failed")

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __repr__(self) -> str:
        state = f"every {self.interval:g} s" if self.is_running else "stopped"
        return f"<ConnectionMonitor {state} of {self.session!r}>"


def _add(callbacks: list[Callback], callback: Callback) -> Callable[[], None]:
    callbacks.append(callback)

    def remove() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return remove


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


def _host_info(host: Host, health: HostHealth | None) -> dict[str, Any]:
    info: dict[str, Any] = {
        "address": host.address,
        "port": host.port,
        "host_id": str(host.host_id) if host.host_id is not None else None,
        "datacenter": host.datacenter,
        "rack": host.rack,
        "is_up": host.is_up,
        "is_healthy": health.is_healthy if health is not None else None,
        "is_reconnecting": host.is_reconnecting,
        "release_version": host.release_version,
        "connection_count": host.open_connections,
        "in_flight": host.in_flight,
        "latency_ms": None,
    }
    if health is not None:
        info["latency_ms"] = health.latency * 1000 if health.latency is not None else None
        if health.reason is not None:
            info["error"] = f"{type(health.reason).__name__}: {health.reason.message}"
    return info
