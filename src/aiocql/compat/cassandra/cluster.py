"""`Cluster`, and the other names that cassandra-driver has in its `cluster` module."""

from __future__ import annotations

import atexit
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from aiocql.compat.cassandra.auth import as_auth
from aiocql.compat.cassandra.cluster_options import connect_options
from aiocql.compat.cassandra.codecs import driver_codecs
from aiocql.compat.cassandra.connection import ConnectionException
from aiocql.compat.cassandra.connection import ConnectionException as DefaultConnection
from aiocql.compat.cassandra.consistency import ConsistencyLevel
from aiocql.compat.cassandra.errors import (
    NoHostAvailable,
    OperationTimedOut,
    ServerErrorMessage,
    UnsupportedOperation,
    translated,
)
from aiocql.compat.cassandra.metadata import Metadata
from aiocql.compat.cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    RetryPolicy,
    TokenAwarePolicy,
)
from aiocql.compat.cassandra.profile_manager import ConfigMode, ProfileManager
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, NOT_SET, ExecutionProfile
from aiocql.compat.cassandra.query import PreparedStatement
from aiocql.compat.cassandra.response_future import QueryExhausted, ResponseFuture
from aiocql.compat.cassandra.result_set import ResultSet
from aiocql.compat.cassandra.session import Session
from aiocql.errors import Error
from aiocql.nodes.host import Host
from aiocql.options.resolve import resolve_options
from aiocql.session.connect import Connecting
from aiocql.sync import background
from aiocql.sync.call import run
from aiocql.sync.surroundings import check_caller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiocql.metadata.snapshot import ClusterSnapshot

__all__ = [
    "EXEC_PROFILE_DEFAULT",
    "Cluster",
    "ConnectionException",
    "ConsistencyLevel",
    "DefaultConnection",
    "ExecutionProfile",
    "Host",
    "Metadata",
    "NoHostAvailable",
    "OperationTimedOut",
    "PreparedStatement",
    "QueryExhausted",
    "ResponseFuture",
    "ResultSet",
    "ServerError",
    "Session",
    "UserTypeDoesNotExist",
]

ServerError = ServerErrorMessage
_NOT_SET = NOT_SET
_ConfigMode = ConfigMode


class UserTypeDoesNotExist(Exception):
    """A class was registered for a user type that the keyspace does not have."""


class Cluster:
    """Contact points and options. `connect` opens sessions; all of them share one daemon thread.

    The parameters are those of cassandra-driver. Parameters without a meaning here, such as `executor_threads`, are
    logged once and ignored.
    """

    def __init__(
        self,
        contact_points: Sequence[Any] | None = None,
        port: int = 9042,
        compression: Any = True,
        auth_provider: Any = None,
        load_balancing_policy: Any = None,
        reconnection_policy: Any = None,
        default_retry_policy: Any = None,
        *,
        execution_profiles: dict[Any, ExecutionProfile] | None = None,
        ssl_context: Any = None,
        timestamp_generator: Any = None,
        **options: Any,
    ) -> None:
        self.contact_points = ["127.0.0.1"] if contact_points is None else list(contact_points)
        self.port = port
        self.auth_provider = auth_provider
        self.has_profiles = bool(execution_profiles)
        self._config_mode = ConfigMode.PROFILES if self.has_profiles else ConfigMode.LEGACY
        profiles = dict(execution_profiles or {})
        default = profiles.setdefault(EXEC_PROFILE_DEFAULT, ExecutionProfile(request_timeout=10.0))
        self.profile_manager = ProfileManager(profiles)
        self.load_balancing_policy = (
            load_balancing_policy
            or default.load_balancing_policy
            or TokenAwarePolicy(DCAwareRoundRobinPolicy())
        )
        self._options = connect_options({**options, "ssl_context": ssl_context, "compression": compression})
        self._options.update(
            port=port,
            auth=as_auth(auth_provider, encrypted=ssl_context is not None),
            allow_plaintext_auth=True,
            load_balancing=self.load_balancing_policy,
            reconnection=reconnection_policy or ExponentialReconnectionPolicy(1.0, 600.0),
            retry=default_retry_policy or RetryPolicy(),
        )
        if timestamp_generator is not None and not callable(timestamp_generator):
            raise ValueError("timestamp_generator must be callable")
        self.timestamp_generator = timestamp_generator
        self.connect_timeout = options.get("connect_timeout", 5)
        self.cql_version = options.get("cql_version")
        self._codecs = driver_codecs()
        self._user_types: dict[str, dict[str, type]] = {}
        self.sessions: list[Session] = []
        self.is_shutdown = False
        self._metadata = Metadata(self._snapshot, self._query)

    # --- sessions ---------------------------------------------------------------------------------------------

    def connect(self, keyspace: str | None = None, wait_for_all_pools: bool = False) -> Session:
        """Open a session. Raise NoHostAvailable where the cluster cannot be reached."""
        check_caller()
        if self.is_shutdown:
            raise UnsupportedOperation("Cluster is already shut down")
        given = {**self._options, "keyspace": keyspace, "codecs": self._codecs}
        loop = background.current()
        connecting: Connecting[Any] = Connecting(
            resolve_options(self.contact_points, given, {}), "Cluster.connect"
        )
        try:
            native = run(loop, connecting._connect)
        except Error as error:
            raise translated(error) from error
        native._created_at = None
        session = Session(self, native, loop)
        loop.close_at_exit(session, functools.partial(native.close, drain_timeout=0.0))
        self.sessions = [each for each in self.sessions if not each.is_shutdown]
        self.sessions.append(session)
        return session

    def shutdown(self) -> None:
        """Close all sessions."""
        self.is_shutdown = True
        for session in self.sessions:
            session.shutdown()
        if "executor" in self.__dict__:
            self.executor.shutdown(wait=False)

    @functools.cached_property
    def executor(self) -> ThreadPoolExecutor:
        """Threads for `Session.submit`."""
        executor = ThreadPoolExecutor(2, thread_name_prefix="aiocql.compat")
        atexit.register(executor.shutdown, wait=False)
        return executor

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    # --- what is known ----------------------------------------------------------------------------------------

    @property
    def metadata(self) -> Metadata:
        """Hosts and schema, as the newest session knows them."""
        return self._metadata

    @property
    def protocol_version(self) -> int:
        """The native protocol version of the connections."""
        if self.sessions:
            return self.sessions[-1]._native.protocol_version  # type: ignore[no-any-return]
        return self._options.get("protocol_version") or 5

    def get_control_connection_host(self) -> Host | None:
        """Return a host that answers; None before the first `connect`."""
        hosts = self.metadata.all_hosts()
        return next((host for host in hosts if host.is_up), None)

    def _snapshot(self) -> ClusterSnapshot | None:
        return self.sessions[-1]._native.metadata if self.sessions else None

    def _query(self, query: str) -> Any:
        session = self.sessions[-1]
        return session._run(lambda: session._native.execute(query, page_size=None, into=tuple))

    def refresh_schema_metadata(self, max_schema_agreement_wait: float | None = None) -> None:
        """Read the whole schema again."""
        self._refresh()

    def refresh_keyspace_metadata(
        self, keyspace: str, max_schema_agreement_wait: float | None = None
    ) -> None:
        """Read a keyspace again."""
        self._refresh(keyspace)

    def refresh_table_metadata(
        self, keyspace: str, table: str, max_schema_agreement_wait: float | None = None
    ) -> None:
        """Read a table and its views again."""
        self._refresh(keyspace, table)

    def refresh_user_type_metadata(
        self, keyspace: str, user_type: str, max_schema_agreement_wait: float | None = None
    ) -> None:
        """Read the keyspace of a user type again."""
        self._refresh(keyspace)

    def refresh_nodes(self, force_token_rebuild: bool = False) -> None:
        """Read the list of hosts again."""
        for session in self.sessions[-1:]:
            session._run(session._native.refresh_topology)

    def _refresh(self, keyspace: str | None = None, table: str | None = None) -> None:
        for session in self.sessions[-1:]:
            session._run(functools.partial(session._native.refresh_schema, keyspace, table))

    def register_user_type(self, keyspace: str, user_type: str, klass: type) -> None:
        """Give values of a user type as objects of a class."""
        self._user_types.setdefault(keyspace, {})[user_type] = klass
        self._codecs.register_user_type(keyspace, user_type, klass)
        for session in self.sessions:
            if not session.is_shutdown:
                session.user_type_registered(keyspace, user_type, klass)

    # --- profiles ---------------------------------------------------------------------------------------------

    def execution_profile(self, name: Any) -> ExecutionProfile:
        """Return the profile of this name. Raise ValueError if it does not exist."""
        try:
            return self.profile_manager.profiles[name]
        except (KeyError, TypeError):
            raise ValueError(
                f"Invalid execution_profile: {name!r}; valid profiles are defined in Cluster"
            ) from None

    def add_execution_profile(
        self, name: Any, profile: ExecutionProfile, pool_wait_timeout: float = 5
    ) -> None:
        """Add a profile. Raise ValueError where the name is taken."""
        if name in self.profile_manager.profiles:
            raise ValueError(f"Profile {name!r} already exists")
        self.profile_manager.profiles[name] = profile
