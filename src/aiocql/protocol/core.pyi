from collections.abc import Callable
from typing import Any

from aiocql.nodes.node_counters import NodeCounters
from aiocql.protocol.compression import Compressor
from aiocql.protocol.request import Request
from aiocql.protocol.wakeups import Wakeups

DEFAULT_MAX_FRAME: int

class Core:
    version: int
    compression: Compressor | None
    limit: int
    in_flight: int
    orphans: int
    closed: bool
    draining: bool
    writable: bool
    reading_paused: bool
    notify_at: int
    max_orphans: int
    owner: Any
    host: Any
    wake: Any
    wakeups: Wakeups | None
    load: NodeCounters
    framed: bool
    requests: int
    responses: int
    bytes_received: int
    bytes_sent: int
    last_read: float
    max_frame: int
    def __init__(
        self,
        version: int,
        *,
        limit: int = 1024,
        max_frame: int = ...,
        compression: Compressor | None = None,
        load: NodeCounters | None = None,
        owner: Any = None,
        host: Any = None,
        wake: Callable[[bool], object] | None = None,
    ) -> None: ...
    @property
    def output_size(self) -> int: ...
    @property
    def read_buffer(self) -> int: ...
    @property
    def pending(self) -> int: ...
    def send(self, request: Request, now: float = 0.0) -> None: ...
    def take_output(self) -> bytes: ...
    def orphan(self, request: Request) -> None: ...
    def get_buffer(self, hint: int) -> memoryview: ...
    def received(self, n: int, now: float = 0.0) -> None: ...
    def resume_waiters(self) -> bool: ...
    def feed(self, data: bytes, now: float = 0.0) -> None: ...
    def fail_all(self, make_error: Callable[[bool], BaseException]) -> None: ...
