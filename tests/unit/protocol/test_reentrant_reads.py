"""Code of the user's that runs while an answer is decoded: it sends, it reads, it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from aiocql.errors import ConnectionLost, DecodeError, EncodeError
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY, OP_READY, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.row_decoder import RowDecoder
from aiocql.rows.row import row_decoder
from aiocql.testing.server import answers
from aiocql.testing.server.frames import Envelope, compress_body
from aiocql.testing.server.segments import encode_segments

TEXTS = [f"{n} " + "x" * 600 for n in range(20)]
KINDS = ["v4", "v4 lz4", "v5", "v5 lz4", "v5 divided"]


class Wire:
    def __init__(self, kind: str) -> None:
        self.version = int(kind[1])
        self.packed, self.divided = kind.endswith("lz4"), kind.endswith("divided")
        self.core = Core(
            self.version, compression=compressor("lz4") if self.packed else None, wake=lambda full: None
        )
        if self.version >= 5:
            startup = self.ask(opcode=OP_STARTUP)
            self.core.feed(Envelope(5, 0, startup.stream, OP_READY, b"", True).encode())

    def ask(self, factory: Any = None, opcode: int = OP_QUERY, body: bytes = b"q" * 400) -> Request:
        make = None if factory is None else lambda metadata: row_decoder(metadata, None, factory)
        request = Request(opcode, body, asyncio.get_running_loop().create_future(), make_decoder=make)
        self.core.send(request)
        self.core.take_output()
        return request

    def answer(self, request: Request, texts: list[str]) -> bytes:
        rows = answers.Rows([("v", "text")], [(text,) for text in texts])
        body, flags = rows.body(self.version), 0
        if self.packed and self.version < 5:
            body, flags = compress_body(body, "lz4"), 1
        plain = Envelope(self.version, flags, request.stream, rows.code(), body, True).encode()
        if self.version < 5:
            return plain
        return encode_segments(plain, lz4=self.packed, max_payload=1000 if self.divided else 100_000)


def values(request: Request) -> list[Any]:
    return list(request.future.result().rows)


@pytest.mark.parametrize("kind", KINDS)
async def test_row_factory_that_sends_a_request_changes_nothing_of_what_is_read(kind: str) -> None:
    wire = Wire(kind)

    def factory(v: str) -> str:
        wire.ask(body=bytes(100_000))
        return v

    request = wire.ask(factory)
    wire.core.feed(wire.answer(request, TEXTS))
    assert values(request) == TEXTS


@pytest.mark.parametrize("kind", KINDS)
async def test_row_factory_that_reads_from_its_own_connection_changes_nothing_of_what_is_read(
    kind: str,
) -> None:
    wire, inner = Wire(kind), list[Request]()

    def factory(v: str) -> str:
        inner.append(wire.ask("scalar"))
        more = wire.answer(inner[-1], ["inner" * 100] * 6)
        wire.core.feed(more)
        return v

    first, second = wire.ask(factory), wire.ask(factory)
    wire.core.feed(wire.answer(first, TEXTS) + wire.answer(second, TEXTS[::-1]))
    assert values(first) == TEXTS
    assert values(second) == TEXTS[::-1]
    assert [values(request) for request in inner] == [["inner" * 100] * 6] * 40
    assert wire.core.in_flight == 0


class Stop(BaseException):
    pass


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [Stop, asyncio.CancelledError, GeneratorExit, MemoryError])
async def test_row_factory_that_raises_what_is_no_exception_fails_its_request_alone(
    kind: str, error: type[BaseException]
) -> None:
    wire = Wire(kind)

    def factory(v: str) -> str:
        raise error

    first, second = wire.ask(factory), wire.ask("scalar")
    wire.core.feed(wire.answer(first, TEXTS) + wire.answer(second, TEXTS))
    assert isinstance(first.future.exception(), DecodeError | MemoryError)
    assert values(second) == TEXTS
    assert wire.core.in_flight == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_interrupt_in_a_row_factory_ends_the_program_after_every_answer_was_delivered(
    kind: str,
) -> None:
    wire = Wire(kind)

    def factory(v: str) -> str:
        raise KeyboardInterrupt

    first, second = wire.ask(factory), wire.ask("scalar")
    data = wire.answer(first, ["a"]) + wire.answer(second, ["b"])
    wire.core.get_buffer(-1)[: len(data)] = data
    with pytest.raises(KeyboardInterrupt):
        wire.core.received(len(data))
    assert isinstance(first.future.exception(), DecodeError)
    assert values(second) == ["b"]
    third = wire.ask("scalar")
    wire.core.feed(wire.answer(third, ["c"]))
    assert values(third) == ["c"]


async def test_row_shape_whose_signature_raises_fails_its_request_alone() -> None:
    class Hostile:
        @property
        def __signature__(self) -> Any:
            raise RuntimeError

        def __call__(self, *values: Any) -> Any: ...

    wire = Wire("v4")
    first, second = wire.ask(Hostile()), wire.ask("scalar")
    wire.core.feed(wire.answer(first, ["a"]) + wire.answer(second, ["b"]))
    assert first.future.exception() is not None
    assert values(second) == ["b"]


@pytest.mark.parametrize("compression", [None, "lz4"])
async def test_message_longer_than_its_length_can_say_is_refused(compression: str | None) -> None:
    packer = compressor(compression) if compression else None
    core = Core(4, compression=packer, wake=lambda full: None)
    request = Request(OP_QUERY, bytes(2**32 + 20), asyncio.get_running_loop().create_future())
    with pytest.raises(EncodeError, match="4294967316 bytes"):
        core.send(request)
    assert core.in_flight == 0
    assert core.output_size == 0


async def test_interrupt_in_an_owner_of_a_lost_request_leaves_no_other_waiting() -> None:
    class Owner:
        def on_failure(self, request: Request, error: BaseException) -> None:
            request.set_exception(error)
            raise KeyboardInterrupt

    core = Core(4, wake=lambda full: None)
    loop = asyncio.get_running_loop()
    requests = [Request(OP_QUERY, b"", loop.create_future(), owner=Owner()) for _ in range(3)]
    for request in requests:
        core.send(request)
    make: Callable[[bool], BaseException] = lambda maybe_sent: ConnectionLost("lost")  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        core.fail_all(make)
    assert [type(request.future.exception()) for request in requests] == [ConnectionLost] * 3


def test_row_decoder_is_initialized_once() -> None:
    decoder = RowDecoder([], [])
    with pytest.raises(TypeError, match="once"):
        decoder.__init__([], [])  # type: ignore[misc]
