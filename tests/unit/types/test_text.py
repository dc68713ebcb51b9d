"""text, ascii, blob, empty; and null, unset and empty beside values."""

from __future__ import annotations

import array
import enum
from typing import Any

import numpy
import pytest
from tests.unit.types.cql_values import REGISTRY

from aiocql.errors import DecodeError, EncodeError
from aiocql.sentinels import EMPTY, UNSET
from aiocql.types.descriptors import SCALARS, CustomType

TEXT = REGISTRY.codec(SCALARS["text"])
ASCII = REGISTRY.codec(SCALARS["ascii"])
BLOB = REGISTRY.codec(SCALARS["blob"])


class Shade(enum.StrEnum):
    DARK = "dark"


@pytest.mark.parametrize("value", ["", "a", "\0", "héllo", "日本", "🙂" * 1000])
def test_text_is_utf8(value: str) -> None:
    assert TEXT.to_bytes(value) == value.encode()
    assert TEXT.from_bytes(value.encode()) == value


def test_text_takes_what_is_a_str() -> None:
    assert TEXT.to_bytes(Shade.DARK) == b"dark"


@pytest.mark.parametrize("codec", [TEXT, ASCII], ids=str)
def test_a_lone_surrogate_is_refused_without_showing_the_text(codec: Any) -> None:
    with pytest.raises(EncodeError, match="lone surrogate") as caught:
        codec.to_bytes("canary\ud800")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [b"bytes", 1, ["a"], bytearray()])
def test_text_takes_no_other_type(value: Any) -> None:
    with pytest.raises(EncodeError, match=f"text takes a str, not {type(value).__name__}"):
        TEXT.to_bytes(value)


def test_ascii_is_of_seven_bits() -> None:
    assert ASCII.to_bytes("abc\x7f") == b"abc\x7f"
    with pytest.raises(EncodeError, match="not ASCII"):
        ASCII.to_bytes("é")


@pytest.mark.parametrize(
    "value",
    [b"\0\1", bytearray(b"\0\1"), memoryview(b"\0\1"), memoryview(b"x\0\1y")[1:3], array.array("B", [0, 1])],
    ids=["bytes", "bytearray", "memoryview", "part of a memoryview", "array"],
)
def test_a_blob_takes_any_contiguous_buffer(value: Any) -> None:
    assert BLOB.to_bytes(value) == b"\0\1"


def test_a_blob_takes_numpy_as_its_bytes() -> None:
    assert BLOB.to_bytes(numpy.array([1, 2], dtype=">i2")) == b"\0\1\0\2"


def test_a_blob_refuses_text_and_what_is_not_contiguous() -> None:
    with pytest.raises(EncodeError, match=r"\.encode\(\)"):
        BLOB.to_bytes("text")
    with pytest.raises(EncodeError, match="not contiguous"):
        BLOB.to_bytes(memoryview(b"abcd")[::2])
    with pytest.raises(EncodeError, match="bytes or another buffer"):
        BLOB.to_bytes(3)


def test_a_blob_is_a_copy() -> None:
    source = bytearray(b"abc")
    value = BLOB.from_bytes(source)
    source[0] = 0
    assert value == b"abc"
    assert type(value) is bytes


def test_an_unknown_class_is_bytes() -> None:
    codec = REGISTRY.codec(CustomType("com.example.Thing"))
    assert codec.from_bytes(b"\1") == b"\1"
    assert codec.to_bytes(b"\1") == b"\1"


def test_empty_is_not_null() -> None:
    """No bytes are a value of text and blob, EMPTY of other types, and never None."""
    assert TEXT.from_bytes(b"") == ""
    assert BLOB.from_bytes(b"") == b""
    for name in (
        "int",
        "timestamp",
        "uuid",
        "double",
        "varint",
        "decimal",
        "inet",
        "date",
        "boolean",
        "empty",
    ):
        codec = REGISTRY.codec(SCALARS[name])
        assert codec.from_bytes(b"") is EMPTY
        assert codec.from_bytes(None) is None
        assert codec.to_bytes(EMPTY) == b""
        assert codec.to_bytes(None) is None


def test_the_empty_type_has_no_values() -> None:
    with pytest.raises(EncodeError, match="None or EMPTY"):
        REGISTRY.codec(SCALARS["empty"]).to_bytes(b"x")


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_unset_has_no_bytes_of_its_own(name: str) -> None:
    with pytest.raises(EncodeError):
        REGISTRY.codec(SCALARS[name]).to_bytes(UNSET)


@pytest.mark.parametrize("size", range(41))
def test_one_byte_that_is_not_ascii_is_seen_wherever_it_is(size: int) -> None:
    """Text is looked at in words: their edges hide nothing. As Python decodes the same bytes, strictly."""
    plain = bytes(32 + i % 90 for i in range(size))
    assert TEXT.from_bytes(plain) == plain.decode()
    for at in range(size):
        for other in (b"\x80", b"\xff", b"\xc3\xa9", "🙂".encode()):
            data = plain[:at] + other + plain[at + len(other) :]
            try:
                expected = data.decode()
            except UnicodeDecodeError:
                with pytest.raises(DecodeError):
                    TEXT.from_bytes(data)
            else:
                assert TEXT.from_bytes(data) == expected
