"""Every option of `connect`, described once: meaning, unit, default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError
from aiocql.frozen import Frozen
from aiocql.options.auth import PLAIN_AUTHENTICATORS, Auth, check_auth
from aiocql.options.checks import (
    check_integer,
    check_one_of,
    check_rate,
    check_seconds,
    consistency_level,
    serial_consistency_level,
)
from aiocql.options.dsn import ContactPoint, parse_contact_points
from aiocql.options.pool import DEFAULT_POOL, PoolOptions
from aiocql.options.profile import ExecutionProfile, check_profiles
from aiocql.options.tls import TLSOptions, tls_options

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.nodes.host import Host
    from aiocql.options.keywords import AddressTranslation
    from aiocql.policies.load_balancing import LoadBalancingPolicy
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.policies.retry import RetryPolicy
    from aiocql.policies.speculative import SpeculativeExecutionPolicy
    from aiocql.types.registry import CodecRegistry

__all__ = ["ConnectOptions"]


class ConnectOptions(Frozen):
    """What `connect` takes. Times are seconds; a time of None means no limit, where None is allowed."""

    SECRETS = frozenset({"auth"})

    contact_points: tuple[ContactPoint, ...] = (ContactPoint("127.0.0.1"),)
    """Where to ask for the cluster, tried in this order until one answers; all nodes are then found by themselves.
    Default: 127.0.0.1."""

    port: int = 9042
    """The port of contact points that name none, and of hosts that the cluster names without one."""

    keyspace: str | None = None
    """The keyspace that unqualified table names are in."""

    local_datacenter: str | None = None
    """The datacenter whose hosts serve the requests. Default: the one that `load_balancing` names, or that of the
    contact points, if they agree on one."""

    auth: Auth | None = None
    """Who to be: a `(user, password)` pair, a callable asked for each connection, or an `Authenticator`."""

    allow_plaintext_auth: bool = False
    """Whether a password may go over plain TCP to a host that is not this machine."""

    allowed_authenticators: Collection[str] = PLAIN_AUTHENTICATORS
    """Authenticator classes of servers that are given the password of a pair."""

    ssl: TLSOptions | None = None
    """Encryption: True, an `ssl.SSLContext`, or `TLSOptions`. Default: plain TCP."""

    protocol_version: int | None = None
    """The native protocol: 3, 4 or 5. Default: the newest that the server speaks."""

    compression: Literal["lz4", "snappy"] | None = None
    """Compression of what is sent; `"snappy"` up to protocol 4. One that the server does not offer is an error."""

    pool: PoolOptions = DEFAULT_POOL
    """How many connections each host gets, and how full they may be."""

    consistency_level: ConsistencyLevel = ConsistencyLevel.LOCAL_ONE
    """How many replicas must answer."""

    serial_consistency_level: ConsistencyLevel | None = None
    """SERIAL or LOCAL_SERIAL, for light-weight transactions. Default: the server's, SERIAL."""

    page_size: int | None = 5000
    """Rows a page. None: no paging, all rows in one answer."""

    idempotent: bool | None = None
    """Whether statements that say nothing of their own may be sent twice. Default: a SELECT may, nothing else."""

    request_timeout: float | None = 10.0
    """Seconds for one request, all its attempts included."""

    attempt_timeout: float | None = None
    """Seconds after which an idempotent request is tried on another connection or host. None: never for this reason."""

    connect_timeout: float = 5.0
    """Seconds for one connection to open, TLS and authentication included."""

    heartbeat_interval: float | None = 30.0
    """Seconds without a byte read after which a connection is asked whether it lives. None: never."""

    heartbeat_timeout: float = 5.0
    """Seconds that it has to answer before it is closed."""

    load_balancing: LoadBalancingPolicy | None = None
    """Which hosts a request goes to, in which order. Default: replicas of the local datacenter, the less busy first."""

    retry: RetryPolicy | None = None
    """Whether and where a failed request is tried again. Default: only where that is safe."""

    reconnection: ReconnectionPolicy | None = None
    """How long to wait between attempts to reach a host that is down. Default: 1 s, doubling to 60 s, with jitter."""

    speculative: SpeculativeExecutionPolicy | None = None
    """When to ask a second host without waiting for the first. Default: never."""

    profiles: Mapping[str, ExecutionProfile] = MappingProxyType({})
    """Sets of options by name, for ``execute(..., profile=name)``. One named `"default"` holds where none is named."""

    address_translator: AddressTranslation | None = None
    """Translate the address and port that the cluster reports into those to connect to. A function of both, an object
    with such a method `translate`, or a mapping from an address or from both. Default: no translation."""

    host_filter: Callable[[Host], bool] | Iterable[str] | None = None
    """Which hosts may be contacted: a function of a `Host`, or their addresses. Default: all."""

    schema_agreement_timeout: float = 10.0
    """Seconds that a statement which changed the schema waits, at most, until all hosts have the change."""

    topology_refresh_interval: float | None = 300.0
    """Seconds between readings of the list of hosts that no event asked for. None: only after events."""

    max_concurrent_requests: int | None = None
    """Requests of the session that may be under way at once; others wait. Default: no limit but that of the pools."""

    max_requests_per_second: float | None = None
    """Requests of the session that may begin in a second; others wait. Default: no limit."""

    max_throttled_requests: int = 10_000
    """How many may wait for either; one more fails with RequestThrottled."""

    slow_query_threshold: float | None = None
    """Seconds from which a request is noted in the log `aiocql.slow`. Default: none is."""

    into: Any = None
    """What rows become: a class or function, `tuple`, `dict`, a TypedDict or `"scalar"`. Default: `aiocql.Row`."""

    codecs: CodecRegistry | None = None
    """How values of each type, column and user type come and go; each session gets a copy, `Session.codecs`.
    Default: the driver's own codecs."""

    batch_size_warn_threshold: int | None = 5 * 1024
    """Bytes of a batch above which the log `aiocql.warnings` has a note. Servers have a threshold of this name too."""

    max_frame_size: int = 256 * 1024 * 1024
    """Bytes of the largest answer that is accepted; a larger one closes its connection."""

    prepared_cache_size: int = 1000
    """Statements that are kept prepared by themselves."""

    schema_metadata: bool = True
    """Whether the schema is read and kept up to date. Token-aware routing needs the keyspaces' part of it."""

    application_name: str | None = None
    """Told to the server with every connection; `system_views.clients` shows it."""

    application_version: str | None = None
    """Told to the server with `application_name`."""

    client_id: UUID | None = None
    """Told to the server with every connection. Default: a random one for each session."""

    def _check(self) -> None:
        check_integer("port", self.port, 1, 65535)
        self._normalize()
        if not self.contact_points:
            raise ConfigurationError("no contact point", hint='connect("host"), or CASSANDRA_CONTACT_POINTS')
        check_auth(self.auth)
        check_one_of("protocol_version", self.protocol_version, (None, 3, 4, 5))
        check_one_of("compression", self.compression, (None, "lz4", "snappy"))
        if self.compression == "snappy" and self.protocol_version == 5:
            raise ConfigurationError("compression: protocol 5 knows lz4 only", hint='compression="lz4"')
        self._check_consistency()
        if self.codecs is not None and not hasattr(self.codecs, "column_codec"):
            raise ConfigurationError(f"codecs: a {type(self.codecs).__name__}", hint="aiocql.CodecRegistry()")
        if self.page_size is not None:
            check_integer("page_size", self.page_size, 1, 2**31 - 1)
        if self.batch_size_warn_threshold is not None:
            check_integer("batch_size_warn_threshold", self.batch_size_warn_threshold, 1, 2**31 - 1)
        check_integer("max_frame_size", self.max_frame_size, 1024, 2**31 - 1)
        check_integer("prepared_cache_size", self.prepared_cache_size, 1, 2**31)
        optional = ("request_timeout", "attempt_timeout", "heartbeat_interval", "topology_refresh_interval")
        for name in optional:
            check_seconds(name, getattr(self, name), optional=True)
        if self.max_concurrent_requests is not None:
            check_integer("max_concurrent_requests", self.max_concurrent_requests, 1, 2**31 - 1)
        check_integer("max_throttled_requests", self.max_throttled_requests, 0, 2**31 - 1)
        check_rate("max_requests_per_second", self.max_requests_per_second)
        check_seconds("slow_query_threshold", self.slow_query_threshold, optional=True)
        for name in ("connect_timeout", "heartbeat_timeout", "schema_agreement_timeout"):
            check_seconds(name, getattr(self, name))
        for name in ("keyspace", "local_datacenter", "application_name", "application_version"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                raise ConfigurationError(
                    f"{name}: a {type(value).__name__}, not a text of at least one character"
                )

    def _normalize(self) -> None:
        """Brings what has several forms into one."""
        points = parse_contact_points([self.contact_points])
        self.__dict__["contact_points"] = tuple(point.with_port(self.port) for point in points)
        self.__dict__["ssl"] = tls_options(self.ssl)
        self.__dict__["profiles"] = check_profiles(self.profiles)
        self.__dict__["consistency_level"] = consistency_level("consistency_level", self.consistency_level)
        self.__dict__["serial_consistency_level"] = serial_consistency_level(self.serial_consistency_level)
        if self.into is not None and not callable(self.into) and self.into != "scalar":
            raise ConfigurationError(
                f"into: a {type(self.into).__name__}",
                hint='a class, a function of the columns, tuple, dict or "scalar"',
            )
        if not isinstance(self.pool, PoolOptions):
            raise ConfigurationError(
                f"pool: a {type(self.pool).__name__}", hint="aiocql.PoolOptions(max_local=4)"
            )

    def _check_consistency(self) -> None:
        if self.consistency_level.is_serial:
            raise ConfigurationError(
                f"consistency_level: {self.consistency_level.name} is for serial_consistency_level",
                hint="reads at SERIAL are asked for with a statement's own consistency_level",
            )

    def __reduce__(self) -> Any:
        raise TypeError("options may hold credentials: they are not pickled")
