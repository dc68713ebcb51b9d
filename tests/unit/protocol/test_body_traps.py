"""Traps in the bodies of messages: what peers are known to have read wrongly."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from tests.unit.protocol.test_received_bytes import Peer

from aiocql.errors import FrameTooLarge, ProtocolError, TruncatedError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.responses import decode_body
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import row_decoder
from aiocql.sentinels import EMPTY
from aiocql.testing.server import answers
from aiocql.testing.server.segments import encode_segments
from aiocql.types.descriptors import SCALARS
from aiocql.types.registry import default_registry


def int_rows(*cells: bytes) -> list[Any]:
    decoder = row_decoder(ResultMetadata([Column("ks", "t", "a", SCALARS["int"])]), shape="scalar")
    return decode_rows(decoder, b"".join(cells), len(cells))


@pytest.mark.parametrize("length", [-1, -2, -3, -(2**31)])
def test_any_negative_length_in_an_answer_is_a_null(length: int) -> None:
    assert int_rows(length.to_bytes(4, signed=True), b"\0\0\0\4\0\0\0\5") == [None, 5]


def test_a_length_of_zero_is_empty_not_null() -> None:
    assert int_rows(b"\0\0\0\0") == [EMPTY]


def test_a_counter_has_eight_bytes_and_may_be_null() -> None:
    codec = default_registry().codec(SCALARS["counter"])
    assert codec.from_bytes(b"\xff" * 8) == -1
    assert codec.from_bytes(None) is None


def test_the_paging_state_stands_before_the_id_of_new_metadata() -> None:
    body = b"\0\0\0\2\0\0\0\x0a\0\0\0\1\0\0\0\5state\0\3new"
    body += b"\0\2ks\0\1t\0\1a\0\x09\0\0\0\0"
    result: Any = decode_body(5, 0, 8, body)
    assert (result.paging_state, result.new_metadata_id) == (b"state", b"new")


def test_tracing_id_warnings_and_payload_stand_in_this_order() -> None:
    body = bytes(range(16)) + b"\0\1\0\4warn" + b"\0\1\0\3key\0\0\0\1x" + b"\0\0\0\1"
    result: Any = decode_body(4, 0x02 | 0x04 | 0x08, 8, body)
    assert result.tracing_id == bytes(range(16))
    assert result.warnings == ["warn"]
    assert result.custom_payload == {"key": b"x"}


def test_v3_says_nothing_of_the_partition_key() -> None:
    metadata = b"\0\0\0\1\0\0\0\1\0\2ks\0\1t\0\1a\0\x09"
    nothing = b"\0\0\0\4\0\0\0\0"
    three: Any = decode_body(3, 0, 8, b"\0\0\0\4\0\2id" + metadata + nothing)
    four: Any = decode_body(
        4, 0, 8, b"\0\0\0\4\0\2id" + metadata[:8] + b"\0\0\0\1\0\0" + metadata[8:] + nothing
    )
    assert (three.pk_indexes, four.pk_indexes) == ((), (0,))
    assert three.bind_columns == four.bind_columns


# --- names that are no names (threat T12) ------------------------------------------------------------------------


def metadata_named(name: bytes) -> bytes:
    text = len(name).to_bytes(2) + name
    return b"\0\0\0\2\0\0\0\1\0\0\0\1" + b"\0\2ks\0\1t" + text + b"\0\x09" + b"\0\0\0\1\0\0\0\4\0\0\0\7"


@pytest.mark.parametrize("name", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"a\xfe"])
def test_a_name_that_is_not_utf8_is_a_typed_error(name: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_body(5, 0, 8, metadata_named(name))


@pytest.mark.parametrize(
    "name", [b"\0", b"a\0b", b"", b"class", b"__init__", b"a b", "Ü".encode(), b"_fields"]
)
def test_a_name_of_any_characters_is_reached_as_an_item(name: bytes) -> None:
    result: Any = decode_body(5, 0, 8, metadata_named(name), make_decoder=row_decoder)
    assert result.rows[0][name.decode()] == 7
    assert result.rows[0] == (7,)


# --- memory (threats T2 and T3) ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [4, 5])
def test_a_message_of_256_mib_that_never_comes_takes_no_memory(version: int) -> None:
    peer = Peer(version)
    peer.start()
    request, _ = peer.ask()
    head = bytes([0x80 | version, 0, 0, request.stream, 8]) + (256 << 20).to_bytes(4)
    data = head + bytes(10_000)
    if version >= 5:
        from tests.unit.protocol.test_received_bytes import not_self_contained

        data = not_self_contained(encode_segments(data))
    tracemalloc.start()
    try:
        peer.core.feed(data)
        peer.core.get_buffer(-1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_the_limit_on_messages_is_the_users() -> None:
    peer = Peer(4, max_frame=1024)
    peer.start()
    request, _ = peer.ask()
    large = answers.Rows([("a", "blob")], [(bytes(1024),)])
    with pytest.raises(FrameTooLarge, match="1024 allowed"):
        peer.core.feed(peer.envelope(large, request.stream))


@pytest.mark.parametrize("count", [3, 1000, 2**31 - 1])
def test_rows_that_are_not_there_are_not_allocated(count: int) -> None:
    decoder = row_decoder(ResultMetadata([Column("ks", "t", "a", SCALARS["int"])]))
    with pytest.raises(TruncatedError):
        decode_rows(decoder, b"\0\0\0\4\0\0\0\5" * 2, count)
