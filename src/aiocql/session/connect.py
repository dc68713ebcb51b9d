"""`connect`: awaitable, and an async context manager."""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Unpack, overload

from aiocql._version import __version__
from aiocql.cluster.cluster import Cluster
from aiocql.connection.settings import ConnectionSettings
from aiocql.errors import WrongContext
from aiocql.execution.call_options import OptionResolver
from aiocql.execution.executor import RequestExecutor
from aiocql.execution.preparation import StatementPreparer
from aiocql.execution.profiles import Profiles
from aiocql.execution.statement_factory import StatementFactory
from aiocql.execution.throttlers import SESSION, Throttlers
from aiocql.execution.timeouts import Timeouts
from aiocql.monitoring.logs.events import log_event
from aiocql.options.checks import looks_like_milliseconds
from aiocql.options.connect import ConnectOptions
from aiocql.options.resolve import resolve_options
from aiocql.options.tls import TLSContexts
from aiocql.policies.load_balancing import DefaultLoadBalancingPolicy, as_policy
from aiocql.policies.reconnection import ExponentialReconnectionPolicy
from aiocql.policies.retry import DefaultRetryPolicy
from aiocql.rows.factories import RowFactories
from aiocql.session.closing import SessionEnd
from aiocql.session.keyspace import KeyspaceChanges
from aiocql.session.methods import RowT
from aiocql.session.services import Services
from aiocql.session.session import Session
from aiocql.statements.cache import StatementCache
from aiocql.types.registry import default_registry

if TYPE_CHECKING:
    from aiocql.execution.throttling import Throttler
    from aiocql.options.keywords import ConnectKeywords, SharedKeywords
    from aiocql.rows.row import Row

__all__ = ["Connecting", "connect"]

T = TypeVar("T")


@overload
def connect(
    *contact_points: Any, into: type[dict[Any, Any]], **options: Unpack[SharedKeywords]
) -> Connecting[dict[str, Any]]: ...


@overload
def connect(
    *contact_points: Any, into: type[T] | Callable[..., T], **options: Unpack[SharedKeywords]
) -> Connecting[T]: ...


@overload
def connect(
    *contact_points: Any, into: Literal["scalar"], **options: Unpack[SharedKeywords]
) -> Connecting[Any]: ...


@overload
def connect(*contact_points: Any, **options: Unpack[SharedKeywords]) -> Connecting[Row]: ...


def connect(*contact_points: Any, **options: Unpack[ConnectKeywords]) -> Connecting[Any]:
    """Connect to a cluster: ``async with aiocql.connect("host") as session``, or ``await aiocql.connect("host")``.

    A contact point is ``"host"``, ``"host:port"``, ``("host", port)`` or one DSN
    ``cassandra://user:secret@h1,h2:9042/keyspace?local_datacenter=dc1``; without any, the environment
    (``CASSANDRA_CONTACT_POINTS``) or 127.0.0.1. An empty list, and a DSN without a host, are refused.
    The options are the fields of `ConnectOptions`.

    Raises ConfigurationError at once for options that cannot be right; NoHostAvailable, with a table of what was
    tried, when the cluster cannot be reached.
    """
    caller = sys._getframe(1)
    resolved = resolve_options(contact_points, options)
    doubt = looks_like_milliseconds(options)
    if doubt is not None:
        warnings.warn(doubt, stacklevel=2)
    return Connecting(resolved, f"{caller.f_code.co_filename}:{caller.f_lineno}")


class Connecting(Coroutine[Any, Any, "Session[RowT]"], Generic[RowT]):
    """A session that is about to be: await it, or enter it.

    A coroutine too, for `asyncio.run_coroutine_threadsafe` and `asyncio.create_task`.
    """

    def __init__(self, options: ConnectOptions, created_at: str) -> None:
        self.options = options
        self._created_at = created_at
        self._session: Session[RowT] | None = None
        self._coroutine: Coroutine[Any, Any, Session[RowT]] | None = None

    def send(self, value: Any) -> Any:
        """Go on connecting, as a task does with its coroutine."""
        return self._started().send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an error where connecting waits."""
        return self._started().throw(*error)

    def close(self) -> None:
        """Give up connecting; nothing happens where it has not begun."""
        if self._coroutine is not None:
            self._coroutine.close()

    def _started(self) -> Coroutine[Any, Any, Session[RowT]]:
        if self._coroutine is None:
            self._coroutine = self._connect()
        return self._coroutine

    def __await__(self) -> Generator[Any, None, Session[RowT]]:
        return self._connect().__await__()

    async def __aenter__(self) -> Session[RowT]:
        self._session = await self._connect()
        return self._session

    async def __aexit__(self, *raised: Any) -> None:
        assert self._session is not None
        await self._session.__aexit__(*raised)

    async def _connect(self) -> Session[RowT]:
        """Create the parts from the bottom up; the cluster connects before those that need its protocol version."""
        loop = _running_loop()
        options = self.options
        timeouts = Timeouts(loop)
        profiles = Profiles(_defaults(options), options.profiles)
        cluster = _cluster(options, profiles, timeouts, loop)
        cluster.events.listen(log_event)
        await cluster.connect()
        try:
            session: Session[RowT] = Session(
                _services(options, profiles, timeouts, cluster, loop), self._created_at
            )
            if options.slow_query_threshold is not None:
                session.log_slow_queries(options.slow_query_threshold)
        except BaseException:
            await cluster.close()
            raise
        return session

    def __repr__(self) -> str:
        return f"<Connecting to {', '.join(str(point) for point in self.options.contact_points)}>"


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise WrongContext(
            "connect: no asyncio event loop runs here",
            hint="aiocql needs asyncio; under trio, run it in a loop of trio-asyncio (trio_asyncio.aio_as_trio)",
        ) from None


def _cluster(
    options: ConnectOptions, profiles: Profiles, timeouts: Timeouts, loop: asyncio.AbstractEventLoop
) -> Cluster:
    settings = ConnectionSettings(
        options,
        tls=TLSContexts(options.ssl) if options.ssl is not None else None,
        startup=_startup_options(options),
    )
    queued = timeouts.attempt(options.pool.queue_timeout)
    return Cluster(
        settings,
        profiles.policies(),
        options.reconnection or ExponentialReconnectionPolicy(),
        loop,
        watch_queued=None if queued is None else lambda request: timeouts.watch_attempt(request, queued),
    )


def _services(
    options: ConnectOptions,
    profiles: Profiles,
    timeouts: Timeouts,
    cluster: Cluster,
    loop: asyncio.AbstractEventLoop,
) -> Services:
    version = cluster.protocol_version
    prepare_deadlines = timeouts.attempt(options.connect_timeout)
    assert version is not None
    assert prepare_deadlines is not None
    codecs = (options.codecs or default_registry()).copy()
    resolver = OptionResolver(
        profiles,
        timeouts,
        find_host=cluster.find_host,
        row_factory_of=RowFactories(codecs),
        version=version,
    )
    factory = StatementFactory(resolver, codecs, cluster.current, version)
    cluster.listen_schema(factory.schema_changed)
    statements = StatementCache(options.prepared_cache_size, cluster.keyspace)
    # Assigned late: the codecs are a copy of the user's registry, which knows no session.
    codecs.on_change = statements.clear
    changes = KeyspaceChanges(cluster, factory, statements, loop)
    throttlers = Throttlers(loop)
    executor = RequestExecutor(
        loop,
        timeouts,
        cluster.current,
        factory,
        changes,
        version=version,
        prepare_deadlines=prepare_deadlines,
        throttle=_throttler(options, throttlers),
    )
    return Services(
        loop=loop,
        timeouts=timeouts,
        cluster=cluster,
        codecs=codecs,
        resolver=resolver,
        factory=factory,
        statements=statements,
        changes=changes,
        executor=executor,
        preparer=StatementPreparer(
            executor, factory, resolver, statements, keyspace=lambda: cluster.keyspace
        ),
        throttlers=throttlers,
        end=SessionEnd(
            loop,
            timeouts=timeouts,
            cluster=cluster,
            statements=statements,
            changes=changes,
            executor=executor,
            throttlers=throttlers,
        ),
        began_ns=time.time_ns(),
    )


def _throttler(options: ConnectOptions, throttlers: Throttlers) -> Throttler | None:
    """Return the limit for all requests of the session."""
    if options.max_concurrent_requests is None and options.max_requests_per_second is None:
        return None
    return throttlers.make(
        SESSION,
        options.max_concurrent_requests,
        options.max_requests_per_second,
        None,
        options.max_throttled_requests,
    )


def _startup_options(options: ConnectOptions) -> dict[str, str]:
    """What the server is told of this client (`system_views.clients` shows it)."""
    from uuid import uuid4

    told = {
        "DRIVER_NAME": "aiocql",
        "DRIVER_VERSION": __version__,
        "CLIENT_ID": str(options.client_id or uuid4()),
    }
    if options.application_name:
        told["APPLICATION_NAME"] = options.application_name
    if options.application_version:
        told["APPLICATION_VERSION"] = options.application_version
    return told


def _defaults(options: ConnectOptions) -> dict[str, Any]:
    return {
        "consistency_level": options.consistency_level,
        "serial_consistency_level": options.serial_consistency_level,
        "page_size": options.page_size,
        "timeout": options.request_timeout,
        "attempt_timeout": options.attempt_timeout,
        "idempotent": options.idempotent,
        "client_timestamps": True,
        "load_balancing": as_policy(options.load_balancing or DefaultLoadBalancingPolicy()),
        "retry": options.retry or DefaultRetryPolicy(),
        "speculative": options.speculative,
        "into": options.into,
        "batch_size_warn_threshold": options.batch_size_warn_threshold,
    }
