"""Lengths of the protocol are signed numbers of 32 bits: what is larger is refused before it is copied.

The values are zeros that no memory page stands for until somebody reads or copies them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from tests.golden.promise import Promise

from aiocql.errors import EncodeError
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters, execute_body, query_body
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry

TOO_LARGE = 2**31


@cache
def zeros() -> bytes:
    return bytes(TOO_LARGE)


@pytest.mark.parametrize(
    ("cql", "value"),
    [
        ("blob", lambda zeros: zeros),
        ("blob", memoryview),
        ("tuple<int, blob>", lambda zeros: (1, zeros)),
        ("list<blob>", lambda zeros: [b"", zeros]),
        ("map<int, blob>", lambda zeros: {1: zeros}),
        ("vector<blob, 1>", lambda zeros: [zeros]),
    ],
)
def test_value_is_refused(cql: str, value: Callable[[bytes], Any]) -> None:
    with pytest.raises(EncodeError, match="2147483648 more"):
        default_registry().codec(parse_cql_type(cql)).to_bytes(value(zeros()))


@pytest.mark.parametrize("version", [3, 4, 5])
def test_paging_state_is_refused(version: int) -> None:
    parameters = QueryParameters(paging_state=zeros())
    with pytest.raises(EncodeError):
        query_body(version, "SELECT * FROM t", parameters)
    with pytest.raises(EncodeError):
        execute_body(version, b"id", b"id" if version == 5 else None, parameters)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_body_is_refused(version: int, compression: str | None) -> None:
    core = Core(version, wake=lambda full: None)
    core.compression = compressor(compression) if compression and version < 5 else None
    promise = Promise()
    with pytest.raises(EncodeError):
        core.send(Request(OP_QUERY, zeros(), promise))
    assert core.in_flight == 0
    assert core.output_size == 0


@pytest.mark.parametrize("size", [0x7E000001, TOO_LARGE])
def test_lz4_is_given_no_more_than_it_takes(size: int) -> None:
    with pytest.raises(EncodeError, match=f"{size} bytes where LZ4 takes 2113929216"):
        compressor("lz4").pack(bytes(size))
