"""One direction of a proxied connection: applies its faults to the bytes, in order, by their offsets."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Callable
from typing import Literal, TypeVar

from aiocql.testing.proxy.faults import BlackHole, Cut, Delay, Drip, Fault, Flip, Reset, Stall, Truncate
from aiocql.testing.proxy.side import Side

__all__ = ["Direction"]

_QUEUE_LIMIT = 1024 * 1024
_F = TypeVar("_F", bound=Fault)

Action = Literal["end", "cut", "reset"]


class Direction:
    """Bytes from `source` to `sink`. `passed` counts what came from the source, `delivered` what the sink was given.

    `finish` is called to cut or reset the whole connection.
    """

    def __init__(self, finish: Callable[[Literal["cut", "reset"]], None]) -> None:
        self._finish = finish
        self.passed = 0
        self.delivered = 0
        self.source_over = False
        self._faults: list[tuple[Fault, Fault]] = []  # as it was given, and with its offset known
        self._source: Side | None = None
        self._sink: Side | None = None
        self._pending = bytearray()
        self._pending_end: Action | None = None
        self._queue: collections.deque[tuple[float, bytes | Action]] = collections.deque()
        self._queued = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sink_full = False
        self._stopped = False

    # --- faults ---

    def add(self, fault: Fault) -> None:
        """Let a fault act."""
        at = self.passed if fault.at is None else fault.at
        if at < self.passed and isinstance(fault, Cut | Reset):
            return
        self._faults.append((fault, dataclasses.replace(fault, at=at)))
        self._process()

    def remove(self, fault: Fault) -> None:
        """Let a fault act no more."""
        self._faults = [pair for pair in self._faults if pair[0] is not fault]
        self._process()

    def _active(self, kind: type[_F]) -> _F | None:
        for _, fault in self._faults:
            if isinstance(fault, kind) and (fault.at or 0) <= self.passed:
                return fault
        return None

    def _to_next_offset(self) -> int:
        """How many bytes may be treated alike."""
        offsets = [fault.at or 0 for _, fault in self._faults]
        offsets += [(f.at or 0) + f.count for _, f in self._faults if isinstance(f, Truncate)]
        offsets += [(f.at or 0) + 1 for _, f in self._faults if isinstance(f, Flip)]
        return min((at - self.passed for at in offsets if at > self.passed), default=len(self._pending))

    # --- bytes in ---

    def start(self, source: Side, sink: Side) -> None:
        """Both sides are there."""
        self._source, self._sink = source, sink
        self._process()

    def feed(self, data: bytes) -> None:
        """Bytes came from the source."""
        self._pending += data
        self._process()

    def feed_end(self, action: Action) -> None:
        """The source's side ended, or was reset."""
        self._pending_end = action
        self._process()

    def sink_full(self, full: bool) -> None:
        """The sink takes no more for now, or again."""
        self._sink_full = full
        self._update_reading()

    def stop(self) -> None:
        """Nothing passes any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _process(self) -> None:
        if self._sink is None:
            return
        while not self._stopped and not self._ends_here() and self._active(Stall) is None and self._pending:
            size = min(len(self._pending), self._to_next_offset())
            chunk = bytes(self._pending[:size])
            del self._pending[:size]
            changed = self._changed(chunk)
            if changed:
                self._emit(changed)
            self.passed += size
        if self._pending_end is not None and not self._pending and self._active(Stall) is None:
            self._end()
        self._update_reading()

    def _ends_here(self) -> bool:
        for _, fault in self._faults:
            if isinstance(fault, Cut | Reset) and fault.at == self.passed:
                self._put("cut" if isinstance(fault, Cut) else "reset")
                return True
        return False

    def _changed(self, chunk: bytes) -> bytes:
        """What becomes of bytes that stand between two offsets of faults."""
        if self._active(BlackHole) is not None:
            return b""
        for _, fault in self._faults:
            start = fault.at or 0
            if isinstance(fault, Truncate) and start <= self.passed < start + fault.count:
                return b""
            if isinstance(fault, Flip) and start == self.passed:
                chunk = bytes([chunk[0] ^ fault.mask]) + chunk[1:]
        return chunk

    def _end(self) -> None:
        action, self._pending_end = self._pending_end, None
        self.source_over = True
        if action is not None and self._active(BlackHole) is None:
            self._put(action)

    # --- bytes out ---

    def _emit(self, chunk: bytes) -> None:
        drip = self._active(Drip)
        if drip is None:
            self._put(chunk)
            return
        for start in range(0, len(chunk), drip.size):
            self._put(chunk[start : start + drip.size], drip.interval)

    def _put(self, item: bytes | Action, interval: float = 0.0) -> None:
        delay = self._active(Delay)
        now = asyncio.get_running_loop().time()
        last = self._queue[-1][0] if self._queue else now
        due = max(last + interval, now + (delay.seconds if delay is not None else 0.0))
        self._queue.append((due, item))
        self._queued += len(item)
        if self._timer is None:
            self._pump()

    def _pump(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._queue and not self._stopped:
            due, item = self._queue[0]
            if due > loop.time():
                self._timer = loop.call_at(due, self._pump)
                break
            self._queue.popleft()
            self._queued -= len(item)
            self._deliver(item)
        self._update_reading()

    def _deliver(self, item: bytes | Action) -> None:
        assert self._sink is not None
        if isinstance(item, bytes):
            self.delivered += len(item)
            self._sink.write(item)
        elif item == "end":
            self._sink.write_end()
        else:
            self._finish(item)

    def _update_reading(self) -> None:
        if self._source is not None:
            held = self._sink_full or self._queued > _QUEUE_LIMIT or self._active(Stall) is not None
            self._source.set_reading(not held and not self._stopped)
