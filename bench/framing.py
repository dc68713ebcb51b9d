"""Steps that `bench.micro` times: requests and answers through one `Core`, in every framing, without a socket."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_EXECUTE, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters, execute_body, header
from aiocql.protocol.segments import seal_envelopes
from aiocql.rows.row import row_decoder
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry
from bench.clients.works import VALUE

__all__ = ["BATCH", "FRAMINGS", "PAGE_ROWS", "exchanges", "pages"]

FRAMINGS: list[tuple[int, str | None]] = [(4, None), (5, None), (4, "lz4"), (5, "lz4"), (4, "snappy")]
BATCH = 100
"""Requests in flight: written at once, answered at once."""

PAGE_ROWS = 5000
KINDS = ("int", "text", "double", "int")
ROW = [7, "item number 7", 1.75, 7]


class Link:
    """A core that is connected to nothing."""

    def __init__(self, version: int, compression: str | None, decoder: Any) -> None:
        self.core = Core(version, limit=BATCH, owner=self, wake=lambda full: None)
        self.decoder = decoder
        self.last: deque[Any] = deque(maxlen=1)
        self.set_result = self.last.append
        if compression is not None:
            self.core.compression = compressor(compression)
        if version >= 5:
            self.core.send(Request(OP_STARTUP, b"", self))
            self.core.take_output()
            self.core.feed(bytes([0x85, 0, 0, 0, 2, 0, 0, 0, 0]))

    def set_exception(self, error: BaseException) -> None:
        raise error

    def done(self) -> bool:
        return False


def _cells(kinds: tuple[str, ...], values: list[Any]) -> bytes:
    out = b""
    for kind, value in zip(kinds, values, strict=True):
        data = default_registry().codec(parse_cql_type(kind)).to_bytes(value)
        out += len(data or b"").to_bytes(4) + (data or b"")
    return out


def _columns(kinds: tuple[str, ...]) -> ResultMetadata:
    return ResultMetadata(
        Column("bench", "t", f"c{place}", parse_cql_type(kind)) for place, kind in enumerate(kinds)
    )


def _rows_body(kinds: tuple[str, ...], values: list[Any], rows: int) -> bytes:
    head = b"\0\0\0\2" + b"\0\0\0\4" + len(kinds).to_bytes(4)
    return head + rows.to_bytes(4) + _cells(kinds, values) * rows


def exchanges() -> Iterator[tuple[str, Callable[[], object], int]]:
    """A request of two values and an answer of one row of two, `BATCH` at a time."""
    kinds = ("int", "text")
    for version, compression in FRAMINGS:
        for in_a_segment in (BATCH, 1) if version >= 5 else (BATCH,):
            link = Link(version, compression, row_decoder(_columns(kinds)))
            values = _cells(kinds, [1_000_000, VALUE])
            body = execute_body(version, bytes(16), bytes(16), QueryParameters(), 2, values)
            # The ids go round: as many sets of answers as there are until the first id is the first again.
            rounds = _rounds(link, _rows_body(kinds, [1_000_000, VALUE], 1), in_a_segment)
            name = f"request and answer, v{version} {compression or 'plain'}"
            if version >= 5:
                name += f", {in_a_segment} a segment"
            yield name, _exchange(link, body, rounds), BATCH


def _rounds(link: Link, body: bytes, in_a_segment: int) -> Iterator[bytes]:
    total, at = BATCH + 16, 1 if link.core.version >= 5 else 0
    made = {}
    while True:
        data = made.get(at)
        if data is None:
            data = made[at] = _answers_from(link, body, at, total, in_a_segment)
        yield data
        at = (at + BATCH) % total


def _answers_from(link: Link, body: bytes, at: int, total: int, in_a_segment: int) -> bytes:
    core, flags = link.core, 0
    if core.version < 5 and core.compression is not None:
        body, flags = core.compression.pack(body), 1
    envelopes = []
    for place in range(BATCH):
        head = header(core.version, flags, (at + place) % total, 8, len(body))
        envelopes.append(bytes([0x80 | core.version]) + head[1:] + body)
    if core.version < 5:
        return b"".join(envelopes)
    groups = (envelopes[place : place + in_a_segment] for place in range(0, BATCH, in_a_segment))
    return b"".join(seal_envelopes(b"".join(group), core.compression is not None) for group in groups)


def _exchange(link: Link, body: bytes, rounds: Iterator[bytes]) -> Callable[[], object]:
    core, decoder = link.core, link.decoder

    def run() -> None:
        for _ in range(BATCH):
            core.send(Request(OP_EXECUTE, body, link, decoder=decoder))
        core.take_output()
        core.feed(next(rounds))

    return run


def pages() -> Iterator[tuple[str, Callable[[], object], int]]:
    """A page of rows: four columns, about 200 KB."""
    for version, compression in FRAMINGS:
        link = Link(version, compression, row_decoder(_columns(KINDS)))
        step = _page(link, _rows_body(KINDS, ROW, PAGE_ROWS))
        yield f"page of {PAGE_ROWS} rows, v{version} {compression or 'plain'}", step, PAGE_ROWS


def _page(link: Link, body: bytes) -> Callable[[], object]:
    """One request and its page; the answers on all stream ids are made beforehand."""
    first, total = 1 if link.core.version >= 5 else 0, BATCH + 16
    order = [*range(first, total), *range(first)]
    answers = itertools.cycle([_one_answer(link, body, stream) for stream in order])

    def run() -> None:
        link.core.send(Request(OP_EXECUTE, b"", link, decoder=link.decoder))
        link.core.take_output()
        link.core.feed(next(answers))

    return run


def _one_answer(link: Link, body: bytes, stream: int) -> bytes:
    core, flags = link.core, 0
    if core.version < 5 and core.compression is not None:
        body, flags = core.compression.pack(body), 1
    envelope = bytes([0x80 | core.version]) + header(core.version, flags, stream, 8, len(body))[1:] + body
    return envelope if core.version < 5 else seal_envelopes(envelope, core.compression is not None)
