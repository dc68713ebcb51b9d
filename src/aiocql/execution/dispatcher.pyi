import asyncio
from collections.abc import Callable, Generator
from typing import Any

from aiocql.enums import ConsistencyLevel
from aiocql.errors import Error
from aiocql.metadata.snapshot import CurrentSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.request_counters import RequestCounters
from aiocql.policies.load_balancing import LoadBalancingPolicy
from aiocql.policies.retry import RetryPolicy
from aiocql.policies.speculative import SpeculativeExecutionPolicy
from aiocql.protocol.core import Core
from aiocql.protocol.deadlines import DeadlineList
from aiocql.protocol.metadata import Column
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters
from aiocql.protocol.responses import Response
from aiocql.protocol.row_decoder import RowDecoder
from aiocql.statements.batch import BatchStatement
from aiocql.statements.prepared import PreparedStatement

class ResolvedOptions:
    parameters: QueryParameters
    deadlines: DeadlineList | None
    attempt_deadlines: DeadlineList | None
    policy: LoadBalancingPolicy
    retry: RetryPolicy
    speculative: SpeculativeExecutionPolicy | None
    consistency: ConsistencyLevel
    serial_consistency: ConsistencyLevel | None
    host: Host | None
    custom_payload: bytes | None
    row_factory: Any
    into: Any
    given: Any
    timeout: float | None
    idempotent: int
    is_dc_local: bool
    tracing: bool
    client_timestamps: bool

class Execution(Request):
    def __await__(self) -> Generator[Any, None, Response]: ...

    statement: Any
    options: ResolvedOptions
    plan: Any
    host: Any
    tried: list[Any] | None
    routing_keyspace: str | None
    speculation: Any
    token: int
    has_token: bool
    is_lwt: bool
    idempotent: bool
    retries: int
    reprepared: dict[bytes, int] | None
    renewed: set[bytes] | None
    parameters: Any
    bound: tuple[Column, ...] | None

class Dispatcher:
    is_closed: bool
    is_closing: bool
    throttle: Any
    observer: Any
    parent_context: Any
    sample_rate: float
    @property
    def version(self) -> int: ...
    @property
    def identity(self) -> object: ...
    @property
    def tally(self) -> RequestCounters: ...
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        arm: Callable[[DeadlineList], None],
        current: CurrentSnapshot,
        version: int,
        identity: object,
    ) -> None: ...
    def no_host(self, execution: Execution) -> Error: ...
    def verify(self) -> None: ...
    def verify_place(self) -> None: ...
    def next_timestamp(self) -> int: ...
    def start(
        self,
        statement: PreparedStatement,
        parameters: Any,
        options: ResolvedOptions,
        paging_state: bytes | None = None,
        throttle: Any = None,
    ) -> Execution: ...
    def start_as_prepared(
        self, statement: PreparedStatement, parameters: Any, throttle: Any = None
    ) -> Execution: ...
    def start_batch(
        self, batch: BatchStatement, options: ResolvedOptions, keyspace: str | None, throttle: Any = None
    ) -> Execution: ...
    def start_body(
        self,
        statement: Any,
        opcode: int,
        body: bytes,
        options: ResolvedOptions,
        idempotent: bool,
        keyspace: str | None = None,
        token: int | None = None,
        decoder: RowDecoder | None = None,
        throttle: Any = None,
    ) -> Execution: ...
    def send_next(self, execution: Execution, now: float) -> None: ...
    def send_to(self, execution: Execution, host: Host, core: Core, now: float) -> None: ...
    def send_bound(self, execution: Execution, host: Host, core: Core, now: float) -> None: ...
