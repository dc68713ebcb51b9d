"""cassandra-driver's synchronous session, over a session of aiocql in the driver's thread."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from aiocql.compat.cassandra.calls import call_options
from aiocql.compat.cassandra.errors import translated
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, NOT_SET, ExecutionProfile
from aiocql.compat.cassandra.query import PreparedStatement
from aiocql.compat.cassandra.response_future import ResponseFuture
from aiocql.errors import Error
from aiocql.logs import get_logger
from aiocql.sync.call import run, run_function
from aiocql.sync.surroundings import check_caller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiocql.compat.cassandra.result_set import ResultSet
    from aiocql.compat.cassandra.rows import RowFactory
    from aiocql.nodes.host import Host
    from aiocql.sync.background import Background

__all__ = ["Session"]

_log = get_logger("aiocql.compat")


class Session:
    """A session. `Cluster.connect` makes one. Any number of threads may use it."""

    default_fetch_size: int | None = 5000
    use_client_timestamp = True
    client_protocol_handler: Any = None

    def __init__(self, cluster: Any, native: Any, background: Background) -> None:
        self.cluster = cluster
        self._native = native
        self._background = background
        self._default = copy(cluster.profile_manager.default)
        self._listeners: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.is_shutdown = False
        self.encoder = _encoder()

    # --- defaults ---------------------------------------------------------------------------------------------

    @property
    def hosts(self) -> Sequence[Host]:
        """All hosts of the cluster."""
        return tuple(self._native.hosts)

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._native.keyspace  # type: ignore[no-any-return]

    @property
    def _policy(self) -> Any:
        return self.cluster.load_balancing_policy

    def _profile(self, profile: Any) -> ExecutionProfile:
        if isinstance(profile, ExecutionProfile):
            return profile
        if profile is EXEC_PROFILE_DEFAULT:
            return self.cluster.profile_manager.default if self.cluster.has_profiles else self._default  # type: ignore[no-any-return]
        return self.cluster.execution_profile(profile)  # type: ignore[no-any-return]

    # --- requests ---------------------------------------------------------------------------------------------

    def execute(
        self,
        query: Any,
        parameters: Any = None,
        timeout: Any = NOT_SET,
        trace: bool = False,
        custom_payload: Mapping[str, bytes] | None = None,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
        paging_state: bytes | None = None,
        host: Any = None,
        execute_as: str | None = None,
    ) -> ResultSet:
        """Execute a statement and wait for the first page of its result."""
        check_caller()
        return self.execute_async(
            query,
            parameters,
            trace,
            custom_payload,
            timeout,
            execution_profile,
            paging_state,
            host,
            execute_as,
        ).result()

    def execute_async(
        self,
        query: Any,
        parameters: Any = None,
        trace: bool = False,
        custom_payload: Mapping[str, bytes] | None = None,
        timeout: Any = NOT_SET,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
        paging_state: bytes | None = None,
        host: Any = None,
        execute_as: str | None = None,
    ) -> ResponseFuture:
        """Send a statement and return its `ResponseFuture`."""
        options: dict[str, Any] = {}
        if (
            trace
            or custom_payload
            or timeout is not NOT_SET
            or paging_state
            or host is not None
            or execute_as
        ):
            options = call_options(
                trace=trace, custom_payload=custom_payload, timeout=timeout,
                paging_state=paging_state, host=host, execute_as=execute_as,
            )  # fmt: skip
            if timeout is None:
                options["timeout"] = None
        future = ResponseFuture(self, query, parameters, self._profile(execution_profile), options)
        for listener, args, kwargs in self._listeners:
            listener(future, *args, **kwargs)
        self._background.post(future)
        return future

    def prepare(
        self, query: str, custom_payload: Mapping[str, bytes] | None = None, keyspace: str | None = None
    ) -> PreparedStatement:
        """Prepare a statement."""
        options = {} if keyspace is None else {"keyspace": keyspace}
        return PreparedStatement(self._run(lambda: self._native.prepare(query, **options)))

    def _run(self, make: Callable[[], Any]) -> Any:
        check_caller()
        try:
            return run(self._background, make)
        except Error as error:
            raise translated(error) from error

    def _call_back(
        self, function: Callable[..., Any], value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        try:
            function(value, *args, **kwargs)
        except Exception:
            _log.exception("a callback of a request failed")

    def set_keyspace(self, keyspace: str) -> None:
        """Use a keyspace for unqualified table names from now on."""
        self._run(lambda: self._native.set_keyspace(keyspace))

    # --- the rest ---------------------------------------------------------------------------------------------

    def add_request_init_listener(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call ``fn(response_future, *args, **kwargs)`` before each request is sent."""
        self._listeners.append((fn, args, kwargs))

    def remove_request_init_listener(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Remove a listener."""
        self._listeners.remove((fn, args, kwargs))

    def execution_profile_clone_update(self, ep: Any, **kwargs: Any) -> ExecutionProfile:
        """Return a copy of a profile with other options."""
        clone = copy(self._profile(ep))
        for name, value in kwargs.items():
            setattr(clone, name, value)
        return clone

    def get_execution_profile(self, name: Any) -> ExecutionProfile:
        """Return the profile of this name."""
        return self._profile(name)

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a function in a thread of a pool."""
        return self.cluster.executor.submit(fn, *args, **kwargs)

    def user_type_registered(self, keyspace: str, user_type: str, klass: type) -> None:
        """Give values of a user type as objects of a class from now on."""
        run_function(
            self._background,
            lambda: self._native.codecs.register_user_type(keyspace, user_type, klass),
        )

    def get_pool_state(self) -> dict[Any, dict[str, Any]]:
        """Return the connections and requests in flight of each host."""
        return {
            host: {"shutdown": False, "open_count": host.open_connections, "in_flights": [host.in_flight]}
            for host in self.hosts
        }

    def shutdown(self) -> None:
        """Close the session."""
        if not self.is_shutdown:
            self.is_shutdown = True
            if self._background.is_current:
                self._run(self._native.close)
                self._background.forget(self)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def _of_default_profile(name: str, attribute: str) -> property:
    def read(self: Session) -> Any:
        return getattr(self._profile(EXEC_PROFILE_DEFAULT), attribute)

    def write(self: Session, value: Any) -> None:
        setattr(self._profile(EXEC_PROFILE_DEFAULT), attribute, value)

    return property(read, write, doc=f"The `{attribute}` of requests that name no profile.")


row_factory: RowFactory
for _name, _attribute in (
    ("row_factory", "row_factory"),
    ("default_timeout", "request_timeout"),
    ("default_consistency_level", "consistency_level"),
    ("default_serial_consistency_level", "serial_consistency_level"),
):
    setattr(Session, _name, _of_default_profile(_name, _attribute))


def _encoder() -> Any:
    """Return cassandra-driver's encoder of literals where it is installed; programs change its mapping."""
    try:
        from cassandra.encoder import Encoder
    except ImportError:
        return None
    return Encoder()
