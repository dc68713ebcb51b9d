# Written by tools/sync_stubs.py from the asynchronous classes. Do not edit.

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, Unpack, overload
from uuid import UUID

from typing_extensions import TypeVar

from aiocql.bulk.insert import InsertResult
from aiocql.cluster.events import ClusterEvent
from aiocql.columns.batch import RecordBatch
from aiocql.columns.table import Table
from aiocql.errors import Attempt
from aiocql.execution.call_options import ExecuteOptions
from aiocql.execution.throttle_stats import ThrottleStats
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.monitoring.health import Health, HealthCheck
from aiocql.monitoring.stats import SessionStats
from aiocql.monitoring.tracing import QueryTrace
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance
from aiocql.nodes.table import Hosts
from aiocql.options.keywords import SharedKeywords
from aiocql.options.profile import ExecutionProfile
from aiocql.protocol.metadata import Column
from aiocql.rows.row import Row
from aiocql.session.batch import BatchEntry, BatchKind
from aiocql.session.warm_up import WarmUp
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.template_strings import Template
from aiocql.types.arrow import ArrowTypes
from aiocql.types.registry import CodecRegistry

T = TypeVar("T")
RowT = TypeVar("RowT", default=Row)

class Result(Generic[RowT]):
    rows: list[RowT]
    def one(self) -> RowT | None: ...
    def all(self) -> list[RowT]: ...
    def __iter__(self) -> Iterator[RowT]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> RowT: ...
    def __bool__(self) -> bool: ...
    @property
    def paging_state(self) -> bytes | None: ...
    @property
    def has_more_pages(self) -> bool: ...
    def fetch_next_page(self) -> Result[RowT]: ...
    @property
    def columns(self) -> Sequence[Column]: ...
    @property
    def was_applied(self) -> bool: ...
    @property
    def warnings(self) -> Sequence[str]: ...
    @property
    def custom_payload(self) -> dict[str, bytes | None] | None: ...
    @property
    def trace_id(self) -> UUID | None: ...
    def get_trace(self, *, timeout: float = 10.0) -> QueryTrace: ...
    @property
    def coordinator(self) -> Host: ...
    @property
    def attempts(self) -> Sequence[Attempt]: ...

class Session(Generic[RowT]):
    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...
    @property
    def codecs(self) -> CodecRegistry: ...
    def set_keyspace(self, keyspace: str) -> None: ...
    @property
    def profiles(self) -> Mapping[str, ExecutionProfile]: ...
    def set_profile(self, name: str, profile: ExecutionProfile | Mapping[str, Any]) -> None: ...
    def warm_up(self, connections: int | None = None, *, statements: Iterable[str] = ...) -> WarmUp: ...
    def stats(self) -> SessionStats: ...
    def inspect(self) -> dict[str, Any]: ...
    def report(self, path: str | Path) -> Path: ...
    def log_slow_queries(self, threshold: float | None) -> None: ...
    def health(self) -> Health: ...
    def check_health(self, *, every_connection: bool = False, timeout: float = 5.0) -> HealthCheck: ...
    def throttle(
        self, max_concurrent: int | None, requests_per_second: float | None, max_queue: int
    ) -> None: ...
    def set_core_connections_per_host(self, distance: HostDistance, connections: int) -> None: ...
    def set_max_connections_per_host(self, distance: HostDistance, connections: int) -> None: ...
    @property
    def is_closed(self) -> bool: ...
    def close(self, *, drain_timeout: float = ...) -> None: ...
    @property
    def hosts(self) -> Hosts: ...
    @property
    def metadata(self) -> ClusterSnapshot: ...
    def events(self) -> EventStream: ...
    def listen(self, listener: Callable[[ClusterEvent], object]) -> Callable[[], None]: ...
    def refresh_topology(self) -> None: ...
    def refresh_schema(self, keyspace: str | None = None, table: str | None = None) -> None: ...
    def wait_for_schema_agreement(self, timeout: float | None = None) -> bool: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[dict[str, Any]]: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[T]: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[Any]: ...
    @overload
    def stream(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[T]: ...
    @overload
    def stream(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[RowT]: ...
    def table(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Table: ...
    def batches(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        rows: int = 65536,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Batches: ...
    def scan(
        self,
        table: str,
        *,
        columns: Iterable[str] | None = None,
        where: str | None = None,
        parameters: Iterable[Any] = ...,
        concurrency: int = 32,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Scan: ...
    def insert_table(
        self,
        table: str,
        data: Any,
        *,
        nulls: Literal["unset", "null"] = "unset",
        on_error: Literal["raise", "collect"] = "raise",
        concurrency: int = 100,
        ttl: int | None = None,
        if_not_exists: bool = False,
        **options: Unpack[ExecuteOptions],
    ) -> InsertResult: ...
    def batch(
        self,
        statements: Iterable[BatchEntry],
        *,
        batch_type: BatchKind = "logged",
        **options: Unpack[ExecuteOptions],
    ) -> Result[Row]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[T]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[Any]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: PreparedStatement[T],
        parameters: Iterable[Any],
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[T]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: str | Iterable[Any],
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[RowT]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[Any] | Exception]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[T]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[Any]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: PreparedStatement[T],
        parameters: Iterable[Any],
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[T]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: str | Iterable[Any],
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[RowT]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[Any] | Exception]: ...
    @property
    def keyspace(self) -> str | None: ...
    def find_host(self, wanted: Any) -> Host: ...
    @property
    def protocol_version(self) -> int: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Result[dict[str, Any]]: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Result[T]: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Result[Any]: ...
    @overload
    def execute(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[T]: ...
    @overload
    def execute(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[RowT]: ...
    @overload
    def prepare(
        self, query: str, *, into: type[dict[Any, Any]], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[dict[str, Any]]: ...
    @overload
    def prepare(
        self, query: str, *, into: type[T] | Callable[..., T], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[T]: ...
    @overload
    def prepare(
        self, query: str, *, into: Literal["scalar"], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[Any]: ...
    @overload
    def prepare(self, query: str, **defaults: Unpack[ExecuteOptions]) -> PreparedStatement[RowT]: ...
    def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace: ...

class RateLimitedSession(Generic[RowT]):
    session: Session[RowT]
    def __getattr__(self, name: str) -> Any: ...
    @property
    def limits(self) -> ThrottleStats: ...
    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]: ...
    @property
    def codecs(self) -> CodecRegistry: ...
    def set_keyspace(self, keyspace: str) -> None: ...
    @property
    def profiles(self) -> Mapping[str, ExecutionProfile]: ...
    def set_profile(self, name: str, profile: ExecutionProfile | Mapping[str, Any]) -> None: ...
    def warm_up(self, connections: int | None = None, *, statements: Iterable[str] = ...) -> WarmUp: ...
    def stats(self) -> SessionStats: ...
    def inspect(self) -> dict[str, Any]: ...
    def report(self, path: str | Path) -> Path: ...
    def log_slow_queries(self, threshold: float | None) -> None: ...
    def health(self) -> Health: ...
    def check_health(self, *, every_connection: bool = False, timeout: float = 5.0) -> HealthCheck: ...
    def throttle(
        self, max_concurrent: int | None, requests_per_second: float | None, max_queue: int
    ) -> None: ...
    def set_core_connections_per_host(self, distance: HostDistance, connections: int) -> None: ...
    def set_max_connections_per_host(self, distance: HostDistance, connections: int) -> None: ...
    @property
    def is_closed(self) -> bool: ...
    def close(self, *, drain_timeout: float = ...) -> None: ...
    @property
    def hosts(self) -> Hosts: ...
    @property
    def metadata(self) -> ClusterSnapshot: ...
    def events(self) -> EventStream: ...
    def listen(self, listener: Callable[[ClusterEvent], object]) -> Callable[[], None]: ...
    def refresh_topology(self) -> None: ...
    def refresh_schema(self, keyspace: str | None = None, table: str | None = None) -> None: ...
    def wait_for_schema_agreement(self, timeout: float | None = None) -> bool: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[dict[str, Any]]: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[T]: ...
    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[Any]: ...
    @overload
    def stream(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[T]: ...
    @overload
    def stream(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[RowT]: ...
    def table(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Table: ...
    def batches(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        rows: int = 65536,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Batches: ...
    def scan(
        self,
        table: str,
        *,
        columns: Iterable[str] | None = None,
        where: str | None = None,
        parameters: Iterable[Any] = ...,
        concurrency: int = 32,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Scan: ...
    def insert_table(
        self,
        table: str,
        data: Any,
        *,
        nulls: Literal["unset", "null"] = "unset",
        on_error: Literal["raise", "collect"] = "raise",
        concurrency: int = 100,
        ttl: int | None = None,
        if_not_exists: bool = False,
        **options: Unpack[ExecuteOptions],
    ) -> InsertResult: ...
    def batch(
        self,
        statements: Iterable[BatchEntry],
        *,
        batch_type: BatchKind = "logged",
        **options: Unpack[ExecuteOptions],
    ) -> Result[Row]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[T]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[Any]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: PreparedStatement[T],
        parameters: Iterable[Any],
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[T]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: str | Iterable[Any],
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[RowT]]: ...
    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> list[Result[Any] | Exception]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[T]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[Any]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: PreparedStatement[T],
        parameters: Iterable[Any],
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[T]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: str | Iterable[Any],
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[RowT]]: ...
    @overload
    def iter_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> Iterator[Result[Any] | Exception]: ...
    @property
    def keyspace(self) -> str | None: ...
    def find_host(self, wanted: Any) -> Host: ...
    @property
    def protocol_version(self) -> int: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Result[dict[str, Any]]: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Result[T]: ...
    @overload
    def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Result[Any]: ...
    @overload
    def execute(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[T]: ...
    @overload
    def execute(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[RowT]: ...
    @overload
    def prepare(
        self, query: str, *, into: type[dict[Any, Any]], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[dict[str, Any]]: ...
    @overload
    def prepare(
        self, query: str, *, into: type[T] | Callable[..., T], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[T]: ...
    @overload
    def prepare(
        self, query: str, *, into: Literal["scalar"], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[Any]: ...
    @overload
    def prepare(self, query: str, **defaults: Unpack[ExecuteOptions]) -> PreparedStatement[RowT]: ...
    def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace: ...

class EventStream(Iterator[ClusterEvent]):
    dropped: int
    def __iter__(self) -> Self: ...
    def __next__(self) -> ClusterEvent: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

class Stream(Iterator[RowT]):
    def pages(self) -> Pages[RowT]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> RowT: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

class Batches(Iterator[RecordBatch]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> RecordBatch: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

class Scan(Iterator[RecordBatch]):
    @property
    def progress(self) -> tuple[int, int]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> RecordBatch: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

class Pages(Iterator[Result[RowT]]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> Result[RowT]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

@overload
def connect(
    *contact_points: Any, into: type[dict[Any, Any]], **options: Unpack[SharedKeywords]
) -> Session[dict[str, Any]]: ...
@overload
def connect(
    *contact_points: Any, into: type[T] | Callable[..., T], **options: Unpack[SharedKeywords]
) -> Session[T]: ...
@overload
def connect(
    *contact_points: Any, into: Literal["scalar"], **options: Unpack[SharedKeywords]
) -> Session[Any]: ...
@overload
def connect(*contact_points: Any, **options: Unpack[SharedKeywords]) -> Session[Row]: ...
