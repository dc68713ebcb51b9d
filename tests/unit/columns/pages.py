"""Pages for the tests of columns: encoded by the codecs of rows, decoded into columns or rows."""

from __future__ import annotations

import datetime
import ipaddress
import struct
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from aiocql.columns.batch import RecordBatch
from aiocql.columns.decoder import ColumnShape
from aiocql.columns.table import Table
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import row_decoder
from aiocql.sentinels import EMPTY
from aiocql.types.arrow import ArrowTypes
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry
from aiocql.types.values import Date, Duration, Time, Timestamp

REGISTRY = CodecRegistry()
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

U1, U2 = uuid.UUID(int=1 << 100), uuid.UUID("ffffffff-0000-1111-8000-00000000beef")
T1 = uuid.UUID("3d1d9c30-0f2c-11ef-8000-000000000001")
SAMPLES: dict[str, list[Any]] = {
    "ascii": ["a", "", "plain ASCII that is longer than a view holds"],
    "bigint": [1, -(2**63), 2**62 + 1],
    "blob": [b"", b"\x00\xff", b"x" * 100],
    "boolean": [True, False, True],
    "counter": [0, 5, -7],
    "date": ["2024-02-29", "1969-12-31", "0001-01-01"],
    "decimal": [Decimal("1.5"), Decimal("-0.000000000000000001"), Decimal("1E+5")],
    "double": [1.5, -0.0, 1e300],
    "duration": ["1mo2d3h", "-5d", "1ns"],
    "float": [1.5, -2.25, 0.0],
    "inet": ["192.0.2.1", "2001:db8::1", "::"],
    "int": [1, -(2**31), 2**31 - 1],
    "smallint": [1, -(2**15), 2**15 - 1],
    "text": ["", "grüß", "a text that is longer than twelve bytes: 日本語"],
    "time": ["12:30:00.000001", "00:00:00", "23:59:59"],
    "timestamp": [datetime.datetime(2024, 2, 29, 12, 30, 1, 5000), datetime.datetime(1900, 1, 1), 0],
    "timeuuid": [T1, T1, T1],
    "tinyint": [1, -128, 127],
    "uuid": [U1, U2, U1],
    "varint": [0, -(10**37), 10**38 - 1],
    "list<int>": [[1, 2], [], [3]],
    "set<text>": [{"a"}, set(), {"b", "c"}],
    "map<text, int>": [{"a": 1, "b": 2}, {}, {"": 3}],
    "map<int, list<text>>": [{1: ["x", "y"]}, {2: []}, {3: ["z"], 4: ["q"]}],
    "tuple<int, text>": [(1, "a"), (None, "b"), (None, None)],
    "list<tuple<uuid, boolean>>": [[(U1, True), (U2, None)], [], [(None, False)]],
    "vector<float, 3>": [[1, 2, 3], [-1, 0.5, 0], [4, 5, 6]],
    "vector<text, 2>": [["a", "bb"], ["", "c"], ["d", "e"]],
    "vector<vector<int, 2>, 2>": [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[0, 0], [9, 9]]],
    "list<vector<smallint, 2>>": [[[1, 2]], [], [[3, 4], [5, 6]]],
}
"""Values of every CQL type, and of types in types."""


def metadata_of(types: Mapping[str, str]) -> ResultMetadata:
    """Columns by name and CQL type."""
    return ResultMetadata([Column("ks", "t", name, parse_cql_type(cql)) for name, cql in types.items()])


def raw_page(rows: Iterable[Sequence[bytes | None]]) -> bytes:
    """A page of values that are bytes already."""
    out = bytearray()
    for row in rows:
        for value in row:
            out += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
    return bytes(out)


def encoded(metadata: ResultMetadata, rows: Iterable[Sequence[Any]]) -> bytes:
    """A page of values, as the codecs write them."""
    codecs = metadata.codecs(REGISTRY)
    return raw_page([codec.to_bytes(value) for codec, value in zip(codecs, row, strict=True)] for row in rows)


def decode(metadata: ResultMetadata, page: bytes, count: int, types: ArrowTypes | None = None) -> RecordBatch:
    """A page as columns."""
    decoder = ColumnShape(types or ArrowTypes()).row_decoder(metadata, REGISTRY)
    (batch,) = decode_rows(decoder, page, count)
    assert isinstance(batch, RecordBatch)
    return batch


def batch_of(cql: str, values: Sequence[Any], types: ArrowTypes | None = None) -> RecordBatch:
    """One column ``v`` with these values."""
    metadata = metadata_of({"v": cql})
    return decode(metadata, encoded(metadata, [[value] for value in values]), len(values), types)


def as_rows(cql: str, values: Sequence[Any]) -> list[Any]:
    """The same values on the way of rows."""
    metadata = metadata_of({"v": cql})
    decoder = row_decoder(metadata, REGISTRY, "scalar")
    return decode_rows(decoder, encoded(metadata, [[value] for value in values]), len(values))


def table_of(batch: RecordBatch) -> Table:
    """The batch, its middle and the batch again: chunks with and without an offset."""
    return Table.from_batches(batch.schema, [batch, batch[1:3], batch])


def plain(value: Any) -> Any:
    """A value in the one form that the outputs of all consumers are compared in."""
    if isinstance(value, float | int | bool | str) or value is None:
        return value
    return (
        _plain_scalar(value)
        if not isinstance(value, list | tuple | set | frozenset | Mapping)
        else _nested(value)
    )


def _plain_scalar(value: Any) -> Any:
    match value:
        case uuid.UUID():
            return value.bytes
        case bytes() | bytearray() | memoryview():
            return bytes(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else str(value.normalize())
        case datetime.datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
            return (aware - EPOCH) // datetime.timedelta(milliseconds=1)
        case datetime.date():
            return (value - EPOCH.date()).days
        case datetime.time():
            return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000
        case Timestamp():
            return value.milliseconds
        case Date():
            return value.days
        case Time():
            return value.nanoseconds
        case Duration():
            return [value.months, value.days, value.nanoseconds]
        case ipaddress.IPv4Address() | ipaddress.IPv6Address():
            return str(value)
    if value is EMPTY:
        return None
    if hasattr(value, "to_list"):  # a Series inside a frame
        return plain(value.to_list())
    if hasattr(value, "tolist"):  # an array of NumPy, or one of its numbers
        return plain(value.tolist())
    if hasattr(value, "items") or hasattr(value, "__iter__"):  # CqlMap, CqlSet, Row
        return plain(dict(value.items()) if hasattr(value, "items") else list(value))
    raise TypeError(type(value).__name__)


def _nested(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=repr)
    if isinstance(value, Mapping):
        keys = list(value)
        if keys == ["months", "days", "nanoseconds"] or all(
            isinstance(k, str) and k[:1] == "f" for k in keys
        ):
            return [plain(each) for each in value.values()]  # a struct: a duration, a tuple
        if keys == ["key", "value"]:
            return [plain(value["key"]), plain(value["value"])]
        return sorted(([plain(key), plain(each)] for key, each in value.items()), key=repr)
    return [plain(each) for each in value]
