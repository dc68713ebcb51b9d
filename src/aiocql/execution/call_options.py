"""From what a call, its statement and the session say to the options of one execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError, InterfaceError
from aiocql.execution.dispatcher import ResolvedOptions
from aiocql.options.checks import check_seconds, consistency_level, serial_consistency_level
from aiocql.policies.load_balancing import as_policy
from aiocql.protocol.requests import QueryParameters, custom_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.execution.deadline import Deadline
    from aiocql.execution.profiles import Profiles
    from aiocql.execution.timeouts import Timeouts
    from aiocql.nodes.host import Host
    from aiocql.options.profile import ExecutionProfile
    from aiocql.policies.load_balancing import SupportsPlan
    from aiocql.policies.retry import RetryPolicy
    from aiocql.policies.speculative import SpeculativeExecutionPolicy
    from aiocql.rows.factories import RowFactory
    from aiocql.statements.prepared import PreparedStatement

__all__ = ["ExecuteOptions", "OptionResolver"]


class ExecuteOptions(TypedDict, total=False):
    """What `execute` takes besides statement and values.

    The rest comes from the statement, then the execution profile, then the session.
    """

    timeout: float | None
    """Seconds for the whole request, its queueing and retries included; None for no limit."""
    attempt_timeout: float | None
    """Seconds for one attempt of an idempotent statement."""
    consistency_level: ConsistencyLevel | str
    """How many replicas must answer."""
    serial_consistency_level: ConsistencyLevel | str | None
    """SERIAL or LOCAL_SERIAL: the level of a light-weight transaction's own round."""
    page_size: int | None
    """Rows a page; None for no paging."""
    paging_state: bytes | None
    """Where to begin: `Result.paging_state` of the page before."""
    profile: str | None
    """The execution profile that gives what neither call nor statement says; None for the default one."""
    host: Any
    """The one host to ask: a `Host`, an address, `(address, port)` or a host id."""
    idempotent: bool | None
    """Whether it may be sent twice. None: a SELECT may, nothing else."""
    timestamp: int | None
    """Microseconds since the epoch; by default the session's next timestamp. None leaves it to the server.
    It is not negative; ``USING TIMESTAMP ?`` in the statement takes negative ones too."""
    keyspace: str | None
    """For this request alone (protocol v5)."""
    now_in_seconds: int | None
    """What the server takes for the present when it looks at TTLs (protocol v5)."""
    trace: bool
    """Whether the server is to record what it does: `Result.get_trace()`."""
    custom_payload: Mapping[str, bytes | None] | None
    """For a query handler of the server's own (protocol v4)."""
    retry: RetryPolicy
    load_balancing: SupportsPlan
    speculative: SpeculativeExecutionPolicy | None


_KINDS: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("page_size", (int,), "rows of a page; None: no paging"),
    ("paging_state", (bytes,), "what Result.paging_state of the page before was"),
    ("timestamp", (int,), "microseconds since the epoch; None: the server's clock"),
    ("keyspace", (str,), "a keyspace's name"),
    ("now_in_seconds", (int,), "seconds since the epoch"),
    ("idempotent", (bool,), "True, False, or None: a SELECT is"),
)

_KNOWN = frozenset({*ExecuteOptions.__annotations__, "into"})


class OptionResolver:
    """Resolves the options of requests: those of the call, the statement, the profile, the session.

    `version` is the protocol version in use. `find_host` finds the host of ``host=``,
    `row_factory_of` the row factory of ``into=``.
    """

    def __init__(
        self,
        profiles: Profiles,
        timeouts: Timeouts,
        *,
        find_host: Callable[[Any], Host],
        row_factory_of: Callable[[Any], RowFactory],
        version: int,
    ) -> None:
        self.profiles = profiles
        self._usual: ResolvedOptions | None = None
        self._timeouts = timeouts
        self._find_host = find_host
        self.row_factory_of = row_factory_of
        self._version = version

    @property
    def defaults(self) -> dict[str, Any]:
        """The options of requests that say nothing themselves."""
        return self.profiles.default

    def set_profile(self, name: str, profile: ExecutionProfile) -> None:
        """Makes a profile or replaces it."""
        self.profiles.set(name, profile)
        self._usual = None

    def merge(self, statement: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
        """All that is said: by the call, the statement, the profile that one of them names, the session.

        Raises InterfaceError for a profile that there is none of.
        """
        name = call.get("profile") or statement.get("profile")
        base = self.profiles.default if name is None else self.profiles.options_of(name)
        return {**base, **statement, **call}

    def resolve(
        self, statement: Mapping[str, Any], call: Mapping[str, Any], *, skip_metadata: bool
    ) -> ResolvedOptions:
        """The options of an execution: the call's before the statement's, its profile's, the session's."""
        check_known(call)
        return self._build(self.merge(statement, call), skip_metadata)

    def usual(self) -> ResolvedOptions:
        """The options of texts and batches that have none of their own: made once."""
        if self._usual is None:
            self._usual = self.resolve({}, {}, skip_metadata=False)
        return self._usual

    def with_metadata(self, options: ResolvedOptions) -> ResolvedOptions:
        """Return the same options, for responses that bring their columns."""
        return self._build(options.given, False)

    def within(self, options: ResolvedOptions, deadline: Deadline) -> ResolvedOptions:
        """Return the same options with the time that is left; the very same where no time was spent yet.

        A timeout of its own for each request would be a timer of its own.
        """
        if options.timeout is None or deadline.is_untouched:
            return options
        given = {**options.given, "timeout": deadline.left()}
        return self._build(given, options.parameters.skip_metadata)

    def timeout(self, statement: Mapping[str, Any], call: Mapping[str, Any]) -> float | None:
        """Seconds for the whole request. Raises ConfigurationError for options whose values are of another kind."""
        merged = self.merge(statement, call)
        _check_kinds(merged)
        given: float | None = merged["timeout"]
        check_seconds("timeout", given, optional=True)
        return given

    def _build(self, given: Mapping[str, Any], skip_metadata: bool) -> ResolvedOptions:
        _check_kinds(given)
        options = ResolvedOptions()
        options.parameters = self._parameters(given, skip_metadata)
        level = ConsistencyLevel(options.parameters.consistency)
        options.consistency = level
        serial = options.parameters.serial_consistency
        options.serial_consistency = None if serial is None else ConsistencyLevel(serial)
        options.client_timestamps = "timestamp" not in given and given["client_timestamps"]
        options.is_dc_local = level.is_dc_local
        for name in ("timeout", "attempt_timeout"):
            check_seconds(name, given[name], optional=True)
        options.timeout = given["timeout"]
        options.deadlines = self._timeouts.request(options.timeout)
        options.attempt_deadlines = self._timeouts.attempt(given["attempt_timeout"])
        options.policy = as_policy(given["load_balancing"])
        options.retry = _with_method("retry", given["retry"], "decide")
        speculative = given["speculative"]
        if speculative is not None:
            options.speculative = _with_method("speculative", speculative, "next_delay")
        options.host = self._find_host(given["host"]) if given.get("host") is not None else None
        payload = given.get("custom_payload")
        options.custom_payload = _payload(self._version, payload) if payload is not None else None
        options.tracing = bool(given.get("trace"))
        idempotent = given["idempotent"]
        options.idempotent = -1 if idempotent is None else int(bool(idempotent))
        options.into = given.get("into")
        options.row_factory = self.row_factory_of(options.into)
        options.given = given
        return options

    def _parameters(self, given: Mapping[str, Any], skip_metadata: bool) -> QueryParameters:
        return QueryParameters(
            consistency=consistency_level("consistency_level", given["consistency_level"]),
            serial_consistency=serial_consistency_level(given["serial_consistency_level"]),
            page_size=given["page_size"],
            timestamp=given.get("timestamp"),
            keyspace=given.get("keyspace"),
            now_in_seconds=given.get("now_in_seconds"),
            skip_metadata=skip_metadata,
        )


def check_known(given: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for options that there are none of."""
    if not given.keys() <= _KNOWN:
        raise ConfigurationError(
            f"there is no option {', '.join(sorted(map(repr, given.keys() - _KNOWN)))}",
            hint=f"there are {', '.join(sorted(_KNOWN))}",
        )


def check_defaults(defaults: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for what cannot hold for each execution of a statement."""
    check_known(defaults)
    if "paging_state" in defaults:
        raise ConfigurationError(
            "paging_state is of one execution, not of a statement",
            hint="execute(statement, paging_state=...)",
        )


def check_keyspace_option(statement: PreparedStatement[Any], options: Mapping[str, Any]) -> None:
    """Raises InterfaceError for a keyspace that a prepared statement would not be executed in."""
    keyspace = options.get("keyspace")
    if isinstance(keyspace, str) and keyspace != statement.prepared_keyspace:
        raise InterfaceError(
            f"the statement was prepared in keyspace {statement.prepared_keyspace!r} and stays there",
            hint="prepare(..., keyspace=...), or execute its text",
        )


def _check_kinds(given: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for values of a kind that an option never has."""
    for name, kinds, what in _KINDS:
        value = given.get(name)
        if value is not None and (
            not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        ):
            raise ConfigurationError(f"{name}: a {type(value).__name__}", hint=what)


def _payload(version: int, payload: Any) -> bytes:
    good = isinstance(payload, Mapping) and all(
        isinstance(name, str) and (value is None or isinstance(value, bytes))
        for name, value in payload.items()
    )
    if not good:
        raise ConfigurationError("custom_payload: no mapping of str to bytes or None")
    return custom_payload(version, dict(payload))


def _with_method(name: str, policy: Any, method: str) -> Any:
    if isinstance(policy, type) or not callable(getattr(policy, method, None)):
        raise ConfigurationError(f"{name}: {policy!r} is not a policy", hint=f"it needs a method {method}()")
    return policy
