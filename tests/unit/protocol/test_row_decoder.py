"""Rows from bytes: counts that are believed only as far as there are bytes, and values that cannot be read."""

import gc
import struct
from typing import Any

import pytest

from aiocql.errors import DecodeError, ProtocolError, TruncatedError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import RowDecoder, decode_rows
from aiocql.rows.row import Row, row_decoder
from aiocql.testing.server.notation import write_bytes
from aiocql.types.codec import Codec
from aiocql.types.descriptors import SCALARS, ListType
from aiocql.types.registry import CodecRegistry, ValueCodec

COLUMNS = [
    Column("ks", "t", "id", SCALARS["int"]),
    Column("ks", "t", "name", SCALARS["text"]),
    Column("ks", "t", "tags", ListType(SCALARS["int"])),
]
METADATA = ResultMetadata(COLUMNS)
SHAPES = [Row, tuple, dict]


def cells(*values: bytes | None) -> bytes:
    """One row."""
    return b"".join(map(write_bytes, values))


GOOD = cells(b"\0\0\0\x01", b"one", struct.pack(">iii", 1, 4, 7))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (cells(b"\0\0\1", b"x", None), r"ks\.t\.id \(int\)"),
        (cells(b"\0\0\0\1", b"\xff\xfe", None), r"ks\.t\.name \(text\)"),
        (cells(None, None, b"\0\0\0\x05"), r"ks\.t\.tags \(list<int>\)"),
        (cells(None, None, b"\xff\xff\xff\xff"), r"ks\.t\.tags \(list<int>\)"),
        (cells(None, None, b"\0\0\0\1\0\0\0\3abc"), r"ks\.t\.tags \(list<int>\)"),
        (cells(None, None, b"\0\0\0\1\0\0\0\4"), r"ks\.t\.tags \(list<int>\)"),
    ],
)
def test_a_value_that_cannot_be_read(shape: Any, bad: bytes, column: str) -> None:
    """Names its column and its row, whatever the codec raised; it is not the connection's fault."""
    decoder = row_decoder(METADATA, None, shape)
    for before in (0, 1, 3):
        with pytest.raises(DecodeError, match=rf"column {column} of row {before} cannot be read") as caught:
            decode_rows(decoder, GOOD * before + bad + GOOD, before + 2)
        assert caught.value.__cause__ is not None


class Failing(ValueCodec):
    """A user's codec with a mistake in it."""

    def decode(self, value: Any) -> Any:
        raise ZeroDivisionError("secret value")


def test_a_codec_of_the_users_that_fails() -> None:
    """Named like any other; its text may hold values and stays in the cause."""
    registry = CodecRegistry()
    registry.register_column("ks", "t", "name", Failing())
    with pytest.raises(DecodeError, match=r"ks\.t\.name") as caught:
        decode_rows(row_decoder(METADATA, registry), GOOD, 1)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ZeroDivisionError | DecodeError)


@pytest.mark.fault(10)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_that_ends_early(shape: Any) -> None:
    """At every byte: the message is broken, not a value."""
    decoder = row_decoder(METADATA, None, shape)
    data = GOOD * 2
    for size in range(len(data)):
        with pytest.raises(TruncatedError):
            decode_rows(decoder, data[:size], 2)
    assert len(decode_rows(decoder, data + b"more", 2)) == 2


@pytest.mark.fault(11)
@pytest.mark.parametrize("count", [-1, -(1 << 31)])
def test_negative_counts(count: int) -> None:
    """There is no such number of rows."""
    with pytest.raises(ProtocolError):
        decode_rows(row_decoder(METADATA), GOOD, count)


@pytest.mark.fault(11)
@pytest.mark.parametrize("count", [3, 1 << 20, (1 << 31) - 1])
def test_more_rows_than_bytes(count: int) -> None:
    """Nothing is built for what cannot be there."""
    with pytest.raises(TruncatedError, match=f"{count} rows of 3 columns"):
        decode_rows(row_decoder(METADATA), GOOD, count)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_without_columns(shape: Any) -> None:
    """They cost no bytes: a limit of their own."""
    decoder = row_decoder(ResultMetadata(), None, shape)
    assert [len(row) for row in decode_rows(decoder, b"", 3)] == [0, 0, 0]
    with pytest.raises(ProtocolError, match="rows without columns"):
        decode_rows(decoder, b"", (1 << 31) - 1)


def test_decoders_are_made_of_codecs() -> None:
    """One for each column."""
    codecs = METADATA.codecs(CodecRegistry())
    assert all(isinstance(codec, Codec) for codec in codecs)
    with pytest.raises(ValueError, match="2 codecs for 3 columns"):
        RowDecoder(COLUMNS, codecs[:2])
    with pytest.raises(TypeError):
        RowDecoder(COLUMNS, [*codecs[:2], "codec"])
    decoder = RowDecoder(COLUMNS, codecs)
    assert decoder.names == ("id", "name", "tags")
    assert "id, name, tags" in repr(decoder)


@pytest.mark.parametrize("shape", [Row, tuple])
def test_only_rows_that_can_be_in_a_cycle_are_the_collectors(shape: Any) -> None:
    """Rows of numbers and texts are left out, those with lists are not."""
    decoder = row_decoder(METADATA, None, shape)
    atoms, with_list = decode_rows(decoder, cells(b"\0\0\0\1", b"x", None) + GOOD, 2)
    assert not gc.is_tracked(atoms)
    assert gc.is_tracked(with_list)
    with_list[2].append(with_list)
    del with_list
    gc.collect()


def test_columns_and_metadata_are_values() -> None:
    """Equal by what they say."""
    again = [Column(c.keyspace, c.table, c.name, c.type) for c in COLUMNS]
    assert again == COLUMNS
    assert ResultMetadata(again) == METADATA
    assert hash(ResultMetadata(again)) == hash(METADATA)
    assert ResultMetadata(COLUMNS[:2]) != METADATA
    assert COLUMNS[0] != COLUMNS[1]
    assert METADATA != "something else"
    assert COLUMNS[0] != "something else"
    assert (len(METADATA), METADATA.names, list(METADATA)) == (3, ("id", "name", "tags"), COLUMNS)
    assert repr(COLUMNS[0]) == "<Column ks.t.id int>"
    assert repr(ResultMetadata(COLUMNS[:2])) == "<ResultMetadata id int, name text>"
    assert str(Column("", "", "count", SCALARS["bigint"])) == "count"
