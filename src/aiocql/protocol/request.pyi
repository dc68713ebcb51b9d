from typing import Any, Protocol

from aiocql.errors import Error
from aiocql.nodes.request_counters import RequestCounters
from aiocql.protocol.deadlines import DeadlineList
from aiocql.protocol.row_decoder import RowDecoder

class WaitingLine(Protocol):
    def left(self, request: Any, /) -> None: ...
    def timed_out(self, request: Any, /) -> Error | None: ...

class Request:
    opcode: int
    frame_flags: int
    raw: bool
    to_owner: bool
    body: bytes
    decoder: RowDecoder | None
    make_decoder: Any
    future: Any
    owner: Any
    context: Any
    core: Any
    waiting_in: WaitingLine | None
    state: int
    stream: int
    attempts: int
    started: float
    sent: float
    answered: float
    tally: RequestCounters | None
    permits: Any
    observer: Any
    def __init__(
        self,
        opcode: int,
        body: bytes,
        future: Any,
        *,
        owner: Any = None,
        decoder: RowDecoder | None = None,
        make_decoder: Any = None,
    ) -> None: ...
    @property
    def is_done(self) -> bool: ...
    @property
    def is_queued(self) -> bool: ...
    @property
    def is_sent(self) -> bool: ...
    @property
    def deadline_at(self) -> float | None: ...
    def fail(self, error: BaseException) -> int: ...
    def set_result(self, result: Any) -> int: ...
    def set_exception(self, error: BaseException) -> int: ...
    def finish(self, result: Any, error: BaseException | None) -> int: ...
    def abandon(self) -> int: ...
    def release(self) -> int: ...
    def leave(self, state: int) -> None: ...
    def watch(self, deadlines: DeadlineList, now: float) -> None: ...
    def watch_attempt(self, deadlines: DeadlineList, now: float) -> None: ...
    def enqueue(self, line: WaitingLine) -> None: ...
    def dequeue(self) -> None: ...
