"""Values that cannot be read: an error names row and column, and never the value."""

from __future__ import annotations

import struct

import pytest
from tests.unit.columns.pages import batch_of, decode, metadata_of, raw_page

from aiocql.errors import ConfigurationError, DecodeError, InterfaceError, TruncatedError
from aiocql.types.arrow import ArrowTypes

WIDE = b"\x01" + b"\x00" * 16

DAMAGED = [
    ("int", b"123", None),
    ("bigint", b"1234", None),
    ("smallint", b"1", None),
    ("tinyint", b"12", None),
    ("boolean", b"12", None),
    ("double", b"1234567", None),
    ("uuid", b"12345", None),
    ("uuid", b"12345", ArrowTypes(uuid="text")),
    ("inet", b"123456", None),
    ("inet", b"123456", ArrowTypes(inet="binary")),
    ("date", b"12", None),
    ("time", b"12", None),
    ("time", struct.pack(">q", 86_400 * 10**9), None),
    ("time", struct.pack(">q", -1), None),
    ("timestamp", b"12", None),
    ("timestamp", struct.pack(">q", 2**62), ArrowTypes(timestamp="us")),
    ("text", b"\xff\xfe", None),
    ("text", b"\xed\xa0\x80", None),
    ("text", b"a long enough text with \xc0\xaf", None),
    ("text", b"\xff\xfe", ArrowTypes(text="utf8_view")),
    ("text", b"\xff\xfe", ArrowTypes(text="dictionary")),
    ("text", b"\xff\xfe", ArrowTypes(text="large_utf8")),
    ("ascii", b"\x80", None),
    ("ascii", b"\x80", ArrowTypes(text="utf8_view")),
    ("decimal", b"\0\0\0\1", None),
    ("decimal", struct.pack(">i", 19) + b"\x01", None),
    ("decimal", struct.pack(">i", -21) + b"\x01", None),
    ("decimal", struct.pack(">i", 2**31 - 1) + b"\x01", None),
    ("decimal", struct.pack(">i", -(2**31)) + b"\x01", None),
    ("decimal", struct.pack(">i", 0) + WIDE, None),
    ("decimal", struct.pack(">i", 0) + b"\x64", ArrowTypes(decimal=(2, 0))),
    ("decimal", struct.pack(">i", -400) + b"\x64", ArrowTypes(decimal="float64")),
    ("varint", WIDE, None),
    ("varint", (10**38).to_bytes(16, "big"), None),
    ("varint", (2**63).to_bytes(9, "big"), ArrowTypes(varint="int64")),
    ("varint", b"\x7f" * 4000, ArrowTypes(varint="text")),
    ("duration", b"\x02", None),
    ("duration", b"\x02\x01\x02", None),
    ("duration", b"\x02\x02\x02\x02", ArrowTypes(duration="interval")),
    ("list<int>", b"\0\0", None),
    ("list<int>", b"\0\0\0\2\0\0\0\4\0\0\0\1", None),
    ("list<int>", b"\xff\xff\xff\xff", None),
    ("list<int>", b"\x7f\xff\xff\xff", None),
    ("list<int>", b"\0\0\0\1\0\0\0\4\0\0\0\1x", None),
    ("list<int>", b"\0\0\0\1\0\0\0\3abc", None),
    ("map<int, int>", b"\0\0\0\1\xff\xff\xff\xff\0\0\0\4\0\0\0\1", None),
    ("map<int, int>", b"\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\1", None),
    ("map<int, int>", b"\0\0\0\1\0\0\0\4\0\0\0\1", None),
    ("tuple<int, text>", b"\0\0\0\4\0\0\0\1\0\0\0\1ax", None),
    ("tuple<int, text>", b"\0\0\0\4\0\0", None),
    ("vector<float, 2>", b"1234567", None),
    ("vector<text, 2>", b"\x01a\x05b", None),
    ("vector<text, 2>", b"\x01a\x01bc", None),
    ("vector<text, 2>", b"a", None),
]


@pytest.mark.parametrize(("cql", "value", "types"), DAMAGED)
def test_error_names_row_and_column(cql: str, value: bytes, types: ArrowTypes | None) -> None:
    metadata = metadata_of({"first": "int", "hurt": cql})
    page = raw_page([[b"\0\0\0\1", None], [b"\0\0\0\2", value], [None, None]])
    with pytest.raises(DecodeError, match=r"column ks\.t\.hurt .* of row 1 cannot be read: ") as caught:
        decode(metadata, page, 3, types)
    assert len(value) < 4 or repr(value)[2:-1] not in str(caught.value)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_page_that_is_cut_short(cut: int) -> None:
    metadata = metadata_of({"a": "int", "b": "text"})
    page = raw_page([[b"\0\0\0\1", b"some text"]] * 3)
    with pytest.raises(TruncatedError):
        decode(metadata, page[:-cut], 3)


def test_more_rows_announced_than_there_are() -> None:
    with pytest.raises(TruncatedError):
        decode(metadata_of({"a": "int"}), raw_page([[None]]), 2**31 - 1)


def test_user_type_that_has_grown_since_is_read_as_far_as_it_is_known() -> None:
    from aiocql.protocol.metadata import Column, ResultMetadata
    from aiocql.types.descriptors import SCALARS, UserType

    kind = UserType("ks", "address", ["street", "number"], [SCALARS["text"], SCALARS["int"]])
    metadata = ResultMetadata([Column("ks", "t", "a", kind)])
    whole = b"\0\0\0\1s\0\0\0\4\0\0\0\7"
    batch = decode(metadata, raw_page([[whole], [whole + b"\0\0\0\1x"], [whole[:5]], [None]]), 4)
    assert batch.column("a").to_pylist() == [
        {"street": "s", "number": 7},
        {"street": "s", "number": 7},
        {"street": "s", "number": None},
        None,
    ]


@pytest.mark.parametrize(
    "cql", ["int", "bigint", "boolean", "double", "uuid", "inet", "date", "timestamp", "list<int>", "decimal"]
)
def test_empty_values_become_nulls_and_are_counted(cql: str) -> None:
    batch = decode(metadata_of({"v": cql}), raw_page([[b""], [None], [b""]]), 3)
    assert batch.to_pylist() == [{"v": None}] * 3
    assert (batch.empty_values, batch.column("v").null_count) == (2, 3)


def test_empty_values_inside_others_are_counted() -> None:
    batch = decode(metadata_of({"v": "list<int>"}), raw_page([[b"\0\0\0\1\0\0\0\0"]]), 1)
    assert batch.to_pylist() == [{"v": [None]}]
    assert batch.empty_values == 1


def test_empty_text_is_a_value() -> None:
    batch = batch_of("text", ["", None])
    assert (batch.to_pylist(), batch.empty_values) == ([{"v": ""}, {"v": None}], 0)


def test_null_vectors_that_would_take_gigabytes() -> None:
    metadata = metadata_of({"v": "vector<tinyint, 65536>"})
    with pytest.raises(DecodeError, match="smaller pages"):
        decode(metadata, raw_page([[None]] * 5000), 5000)


def test_types_that_no_array_holds() -> None:
    with pytest.raises(InterfaceError, match="dimensions"):
        decode(metadata_of({"v": "vector<float, 70000>"}), b"", 0)


def test_rows_without_columns() -> None:
    batch = decode(metadata_of({}), b"", 3)
    assert (len(batch), batch.to_pylist()) == (3, [{}] * 3)


@pytest.mark.parametrize(
    "given",
    [
        {"text": "str"},
        {"decimal": (39, 2)},
        {"decimal": (5, 6)},
        {"decimal": "money"},
        {"decimal": (True, 0)},
        {"timestamp": "s"},
    ],
)
def test_options_that_are_none_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(given))):
        ArrowTypes(**given)  # type: ignore[arg-type]
