"""From what a call, its statement and the session say to the options of one execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError
from aiocql.options.checks import consistency_level
from aiocql.session.dispatcher import Options
from aiocql.wire.requests import QueryParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiocql.connection.timeouts import Timeouts
    from aiocql.policies.load_balancing import LoadBalancingPolicy
    from aiocql.policies.retry import RetryPolicy

__all__ = ["ExecuteOptions", "OptionResolver"]


class ExecuteOptions(TypedDict, total=False):
    """What `execute` takes besides statement and values. The rest comes from the statement, then the session."""

    timeout: float | None
    """Seconds for the whole request, its queueing and retries included; None for no limit."""
    attempt_timeout: float | None
    """Seconds for one attempt of an idempotent statement."""
    consistency_level: ConsistencyLevel
    serial_consistency_level: ConsistencyLevel | None
    page_size: int | None
    """Rows a page; None for no paging."""
    paging_state: bytes | None
    """Where to begin: `Result.paging_state` of the page before."""
    host: Any
    """The one host to ask: a `Host`, an address, `(address, port)` or a host id."""
    idempotent: bool | None
    timestamp: int | None
    """Microseconds since the epoch; by default the session's next timestamp. None leaves it to the server."""
    keyspace: str | None
    """For this request alone (protocol v5)."""
    now_in_seconds: int | None
    """What the server takes for the present when it looks at TTLs (protocol v5)."""
    trace: bool
    custom_payload: Mapping[str, bytes | None] | None
    retry: RetryPolicy
    load_balancing: LoadBalancingPolicy
    into: Any
    """What rows are made into: a class, `tuple`, `dict`, or ``"scalar"``."""


_KNOWN = frozenset(ExecuteOptions.__annotations__)


class OptionResolver:
    """Resolves options against the session's own."""

    def __init__(self, defaults: dict[str, Any], timeouts: Timeouts, find_host: Any, shape_of: Any) -> None:
        self._defaults = defaults
        self._timeouts = timeouts
        self._find_host = find_host
        self._shape_of = shape_of

    def resolve(
        self, statement: Mapping[str, Any], call: Mapping[str, Any], *, skip_metadata: bool
    ) -> Options:
        """The options of an execution: the call's before the statement's before the session's."""
        unknown = call.keys() - _KNOWN
        if unknown:
            raise ConfigurationError(
                f"execute() has no option {', '.join(sorted(map(repr, unknown)))}",
                hint=f"there are {', '.join(sorted(_KNOWN))}",
            )
        given = {**self._defaults, **statement, **call}
        return self._build(given, skip_metadata)

    def _build(self, given: Mapping[str, Any], skip_metadata: bool) -> Options:
        options = Options()
        level = consistency_level("consistency_level", given["consistency_level"])
        serial = given["serial_consistency_level"]
        timestamp = given.get("timestamp", _GENERATED)
        options.parameters = QueryParameters(
            consistency=level,
            serial_consistency=None
            if serial is None
            else consistency_level("serial_consistency_level", serial),
            page_size=given["page_size"],
            timestamp=None if timestamp is _GENERATED else timestamp,
            keyspace=given.get("keyspace"),
            now_in_seconds=given.get("now_in_seconds"),
            skip_metadata=skip_metadata,
        )
        options.consistency = level
        options.client_timestamps = timestamp is _GENERATED and given["client_timestamps"]
        options.is_dc_local = level.is_dc_local
        options.deadlines = self._timeouts.request(given["timeout"])
        options.attempt_deadlines = self._timeouts.attempt(given["attempt_timeout"])
        options.policy = given["load_balancing"]
        options.retry = given["retry"]
        options.speculative = given["speculative"]
        options.host = self._find_host(given["host"]) if given.get("host") is not None else None
        options.custom_payload = given.get("custom_payload")
        options.tracing = bool(given.get("trace"))
        idempotent = given["idempotent"]
        options.idempotent = -1 if idempotent is None else int(idempotent)
        options.row_shape = self._shape_of(given.get("into"))
        options.into = given.get("into")
        options.given = given
        return options


_GENERATED = object()
