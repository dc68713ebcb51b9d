"""Lengths of 2^31 bytes and more are refused before anything is copied.

The objects are zeros that the operating system provides when they are read, and nothing reads them: these tests use
address space, not memory.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.golden.promise import Promise

from aiocql.errors import EncodeError
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_EXECUTE
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import (
    QueryParameters,
    auth_response_body,
    batch_body,
    custom_payload,
    execute_body,
    header,
)
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry

ENOUGH = 2**31 - 1
LZ4_ENOUGH = 0x7E000000


@pytest.fixture(scope="module")
def too_long() -> bytes:
    return bytes(2**31)


@pytest.fixture(scope="module")
def longest() -> bytes:
    return bytes(ENOUGH)


WRITERS: dict[str, Callable[[bytes], object]] = {
    "value": default_registry().codec(parse_cql_type("blob")).to_bytes,
    "view of a value": lambda data: (
        default_registry().codec(parse_cql_type("blob")).to_bytes(memoryview(data))
    ),
    "element": lambda data: default_registry().codec(parse_cql_type("list<blob>")).to_bytes([data]),
    "custom payload": lambda data: custom_payload(4, {"name": data}),
    "token of an authenticator": auth_response_body,
    "paging state": lambda data: execute_body(4, b"id", None, QueryParameters(paging_state=data)),
    "bound values": lambda data: execute_body(4, b"id", None, QueryParameters(), 1, data),
    "values of a batch": lambda data: batch_body(4, 0, [(b"id", 1, data)], QueryParameters()),
}


@pytest.mark.parametrize("what", WRITERS)
def test_length_beyond_32_bits_is_refused(what: str, too_long: bytes) -> None:
    with pytest.raises(EncodeError):
        WRITERS[what](too_long)


@pytest.mark.parametrize("what", sorted(set(WRITERS) - {"value", "view of a value"}))
def test_longest_value_does_not_fit_a_message_with_anything_else(what: str, longest: bytes) -> None:
    with pytest.raises(EncodeError, match="divide it over several requests"):
        WRITERS[what](longest)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_body_beyond_32_bits_is_not_sent(version: int, compression: str | None, too_long: bytes) -> None:
    core = Core(version, wake=lambda full: None)
    core.compression = compressor(compression) if compression else None
    with pytest.raises(EncodeError, match="2\\^31 - 1"):
        core.send(Request(OP_EXECUTE, too_long, Promise()))
    assert core.output_size == core.in_flight == 0


def test_body_longer_than_lz4_takes_is_not_sent() -> None:
    core = Core(4, compression=compressor("lz4"), wake=lambda full: None)
    with pytest.raises(EncodeError, match="LZ4"):
        core.send(Request(OP_EXECUTE, bytes(LZ4_ENOUGH + 1), Promise()))
    assert core.output_size == core.in_flight == 0


def test_header_of_a_longer_body_is_refused() -> None:
    with pytest.raises(EncodeError):
        header(4, 0, 1, OP_EXECUTE, 2**32 + 20)
