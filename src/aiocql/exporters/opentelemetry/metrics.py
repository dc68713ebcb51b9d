"""Metrics of a session, read when they are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from weakref import WeakKeyDictionary

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from aiocql._version import __version__
from aiocql.exporters.opentelemetry.scope import SCHEMA, SCOPE, session_name

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

    from aiocql.execution.throttle_stats import ThrottleTotals
    from aiocql.monitoring.stats import HostStats, SessionStats
    from aiocql.session.face import SessionFace

    Attributes: TypeAlias = dict[str, str | int]
    Read: TypeAlias = Callable[[SessionStats, str], Iterable[tuple[float, Attributes]]]
    Callback: TypeAlias = Callable[[CallbackOptions], Iterable[Observation]]

__all__ = ["SessionMeter", "meter_session"]


def meter_session(
    session: SessionFace[Any], *, meter_provider: MeterProvider | None = None, name: str | None = None
) -> SessionMeter:
    """Observable counters and gauges of the session, read when metrics are collected, until the meter is stopped.

    `db.client.connection.*` as in the conventions; what they have no name for as `aiocql.*`. All have the attribute
    `aiocql.session`: `name`, or the cluster's name and a number, so that sessions of one process are told apart. The
    histogram `db.client.operation.duration` is added by `DurationExporter`: OpenTelemetry has no observable
    histogram, and a recorded one would cost more than the request.
    """
    session = session._whole
    provider = meter_provider or metrics.get_meter_provider()
    instruments = _of_providers.get(provider)
    if instruments is None:
        instruments = _of_providers[provider] = _Instruments(provider.get_meter(SCOPE, __version__, SCHEMA))
    return SessionMeter(session, session_name(session, name), instruments)


class SessionMeter:
    """What `meter_session` began. `stop()` ends it, as the end of a ``with`` block does."""

    def __init__(self, session: SessionFace[Any], name: str, instruments: _Instruments) -> None:
        self.session = session
        self.name = name
        self.stats = session.stats()
        self._instruments = instruments
        instruments.meters = (*instruments.meters, self)

    def stop(self) -> None:
        """Nothing of this session is exported any more, and it is let go."""
        self._instruments.meters = tuple(each for each in self._instruments.meters if each is not self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Instruments:
    """Those of one provider, for all sessions: of several of one name, OpenTelemetry reads the first only.

    Nor can it take one back: where no session is metered any more, they find nothing.
    """

    def __init__(self, meter: metrics.Meter) -> None:
        self.meters: tuple[SessionMeter, ...] = ()
        """Replaced as a whole: collections run in threads of their own."""
        # All callbacks of a collection are called in the order of their instruments: the first looks at the sessions.
        _connections(self, meter)
        _hosts(self, meter)
        _requests(self, meter)
        _limits(self, meter)

    def look(self) -> None:
        """Takes the statistics that all callbacks of a collection go by."""
        for each in self.meters:
            each.stats = each.session.stats()

    def reading(self, read: Read) -> Callback:
        """A callback that gives what `read` finds in the statistics of each session."""

        def observe(_: CallbackOptions) -> Iterable[Observation]:
            return [
                Observation(value, {**attributes, "aiocql.session": each.name})
                for each in self.meters
                for value, attributes in read(each.stats, each.name)
            ]

        return observe


_of_providers: WeakKeyDictionary[MeterProvider, _Instruments] = WeakKeyDictionary()


def _where(host: HostStats, name: str) -> Attributes:
    """The pool of a host: by a name that no other session's pool has."""
    address, _, port = host.endpoint.rpartition(":")
    return {
        "db.client.connection.pool.name": f"{name} {host.endpoint}",
        "server.address": address.strip("[]") or host.endpoint,
        "server.port": int(port) if port.isdigit() else 0,
    }


def _connections(instruments: _Instruments, meter: metrics.Meter) -> None:
    def states(stats: SessionStats, name: str) -> Iterable[tuple[float, Attributes]]:
        for host in stats.hosts:
            used = sum(connection.in_flight > 0 for connection in host.connections)
            for state, count in (("used", used), ("idle", len(host.connections) - used)):
                yield count, {**_where(host, name), "db.client.connection.state": state}

    observe = instruments.reading(states)

    def first(options: CallbackOptions) -> Iterable[Observation]:
        instruments.look()
        return observe(options)

    meter.create_observable_up_down_counter(
        "db.client.connection.count",
        [first],
        "{connection}",
        "Connections, by whether requests are in flight.",
    )


def _hosts(instruments: _Instruments, meter: metrics.Meter) -> None:
    def of_hosts(value: Callable[[HostStats], float]) -> Callback:
        return instruments.reading(
            lambda stats, name: [(value(host), _where(host, name)) for host in stats.hosts]
        )

    gauges: list[tuple[str, str, str, Callable[[HostStats], float]]] = [
        (
            "db.client.connection.max",
            "{connection}",
            "Connections that a pool may have.",
            lambda h: h.max_connections,
        ),
        (
            "db.client.connection.pending_requests",
            "{request}",
            "Requests that wait for room.",
            lambda h: h.waiting,
        ),
        (
            "aiocql.requests.in_flight",
            "{request}",
            "Requests that wait for an answer.",
            lambda h: h.in_flight,
        ),
        (
            "aiocql.streams.orphaned",
            "{stream}",
            "Stream ids held by abandoned requests.",
            lambda h: h.orphans,
        ),
        ("aiocql.host.up", "{host}", "Whether the host is held to be up.", lambda h: h.state == "UP"),
    ]
    for name, unit, text, value in gauges:
        meter.create_observable_up_down_counter(name, [of_hosts(value)], unit, text)
    counters: list[tuple[str, str, str, Callable[[HostStats], float]]] = [
        (
            "aiocql.attempt.timeouts",
            "{timeout}",
            "Attempts that were not answered in time.",
            lambda h: h.timeouts,
        ),
        ("aiocql.attempts", "{attempt}", "Requests sent, each attempt.", lambda h: h.requests),
        ("aiocql.errors", "{error}", "Answers that are errors.", lambda h: h.errors),
        ("aiocql.retries", "{attempt}", "Attempts after the first.", lambda h: h.retries),
        ("aiocql.speculative_executions", "{attempt}", "Attempts beside another.", lambda h: h.speculative),
        ("aiocql.sent", "By", "Bytes sent.", lambda h: h.bytes_sent),
        ("aiocql.received", "By", "Bytes received.", lambda h: h.bytes_received),
    ]
    for name, unit, text, value in counters:
        meter.create_observable_counter(name, [of_hosts(value)], unit, text)


def _requests(instruments: _Instruments, meter: metrics.Meter) -> None:
    def outcomes(stats: SessionStats, name: str) -> Iterable[tuple[float, Attributes]]:
        for outcome in ("completed", "failed", "cancelled"):
            yield getattr(stats.application, outcome), {"aiocql.outcome": outcome}

    def failures(stats: SessionStats, name: str) -> Iterable[tuple[float, Attributes]]:
        return [(count, {"error.type": error}) for error, count in sorted(stats.application.errors.items())]

    def refused(stats: SessionStats, name: str) -> Iterable[tuple[float, Attributes]]:
        return [(stats.refused, {})]

    counters: list[tuple[str, str, Read]] = [
        ("aiocql.requests", "Requests, by outcome.", outcomes),
        ("aiocql.request.failures", "Requests that failed, by error.", failures),
        ("aiocql.queue.refused", "Requests that found no place to wait for room.", refused),
    ]
    for name, text, read in counters:
        meter.create_observable_counter(name, [instruments.reading(read)], "{request}", text)


def _limits(instruments: _Instruments, meter: metrics.Meter) -> None:
    """Of limits of requests, by scope: a request of a view passes the session's limit as well."""

    def of_limits(value: Callable[[ThrottleTotals], float]) -> Callback:
        return instruments.reading(
            lambda stats, name: [
                (value(each), {"aiocql.limit.scope": each.scope}) for each in stats.throttle_totals
            ]
        )

    for name, text, gauge in (
        (
            "aiocql.limit.active",
            "Requests under way that a limit let through.",
            of_limits(lambda t: t.active),
        ),
        ("aiocql.limit.waiting", "Requests that wait for a limit.", of_limits(lambda t: t.waiting)),
    ):
        meter.create_observable_up_down_counter(name, [gauge], "{request}", text)
    for name, unit, text, counter in (
        ("aiocql.limit.admitted", "{request}", "Requests let through.", of_limits(lambda t: t.admitted)),
        ("aiocql.limit.delayed", "{request}", "Those that had to wait.", of_limits(lambda t: t.delayed)),
        ("aiocql.limit.refused", "{request}", "Those with no place to wait.", of_limits(lambda t: t.refused)),
        ("aiocql.limit.wait_time", "s", "The time they waited.", of_limits(lambda t: t.wait_seconds)),
    ):
        meter.create_observable_counter(name, [counter], unit, text)
