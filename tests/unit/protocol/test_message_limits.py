"""Lengths of 2^31 bytes and more are refused before anything is copied.

The objects are zeros that the operating system provides when they are read, and nothing reads them: these tests use
address space, not memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

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
    query_body,
)
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry

ENOUGH = 2**31 - 1
TOO_LONG = 2**31
LZ4_ENOUGH = 0x7E000000


@cache
def zeros(size: int) -> bytes:
    """Called within the tests: pytest shows the arguments of one that fails, 2 GB of them."""
    return bytes(size)


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
def test_length_beyond_32_bits_is_refused(what: str) -> None:
    with pytest.raises(EncodeError):
        WRITERS[what](zeros(TOO_LONG))


@pytest.mark.parametrize(
    ("cql", "value"),
    [
        ("blob", lambda data: data),
        ("blob", memoryview),
        ("tuple<int, blob>", lambda data: (1, data)),
        ("list<blob>", lambda data: [b"", data]),
        ("map<int, blob>", lambda data: {1: data}),
        ("vector<blob, 1>", lambda data: [data]),
    ],
)
def test_value_within_any_type_is_refused_by_its_size(cql: str, value: Callable[[bytes], Any]) -> None:
    with pytest.raises(EncodeError, match="2147483648 more"):
        default_registry().codec(parse_cql_type(cql)).to_bytes(value(zeros(TOO_LONG)))


@pytest.mark.parametrize("version", [3, 4, 5])
def test_paging_state_is_refused_in_each_version(version: int) -> None:
    parameters = QueryParameters(paging_state=zeros(TOO_LONG))
    with pytest.raises(EncodeError):
        query_body(version, "SELECT * FROM t", parameters)
    with pytest.raises(EncodeError):
        execute_body(version, b"id", b"id" if version == 5 else None, parameters)


@pytest.mark.parametrize("what", sorted(set(WRITERS) - {"value", "view of a value"}))
def test_longest_value_does_not_fit_a_message_with_anything_else(what: str) -> None:
    with pytest.raises(EncodeError, match="divide it over several requests"):
        WRITERS[what](zeros(ENOUGH))


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_body_beyond_32_bits_is_not_sent(version: int, compression: str | None) -> None:
    core = Core(version, wake=lambda full: None)
    core.compression = compressor(compression) if compression else None
    with pytest.raises(EncodeError, match="2\\^31 - 1"):
        core.send(Request(OP_EXECUTE, zeros(TOO_LONG), Promise()))
    assert core.output_size == core.in_flight == 0


def test_body_longer_than_lz4_takes_is_not_sent() -> None:
    core = Core(4, compression=compressor("lz4"), wake=lambda full: None)
    with pytest.raises(EncodeError, match="LZ4"):
        core.send(Request(OP_EXECUTE, bytes(LZ4_ENOUGH + 1), Promise()))
    assert core.output_size == core.in_flight == 0


@pytest.mark.parametrize("size", [LZ4_ENOUGH + 1, TOO_LONG])
def test_lz4_is_given_no_more_than_it_takes(size: int) -> None:
    with pytest.raises(EncodeError, match=f"{size} bytes where LZ4 takes 2113929216"):
        compressor("lz4").pack(bytes(size))


def test_header_of_a_longer_body_is_refused() -> None:
    with pytest.raises(EncodeError):
        header(4, 0, 1, OP_EXECUTE, 2**32 + 20)
