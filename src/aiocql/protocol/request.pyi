from typing import Any

from aiocql.nodes.request_counters import Tally
from aiocql.protocol.deadlines import DeadlineList
from aiocql.protocol.row_decoder import RowDecoder

class Request:
    opcode: int
    frame_flags: int
    raw: bool
    body: bytes
    decoder: RowDecoder | None
    make_decoder: Any
    future: Any
    owner: Any
    context: Any
    core: Any
    state: int
    stream: int
    attempts: int
    started: float
    sent: float
    answered: float
    tally: Tally | None
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
    def enqueue(self, queue: Any) -> None: ...
    def dequeue(self) -> None: ...
