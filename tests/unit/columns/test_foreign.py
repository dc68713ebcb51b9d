"""Arrays of other libraries: every layout is read as its library reads it, and what is inconsistent is refused."""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
from decimal import Decimal
from typing import Any

import pyarrow
import pytest

from aiocql.columns.foreign import ForeignStream, read_array
from aiocql.columns.foreign_values import values_of
from aiocql.errors import InterfaceError
from aiocql.types.values import Date, Duration, Time, Timestamp

TEXTS = ["x", None, "", "a text of more than twelve bytes", "é"]
LISTS = [[1, 2], None, [], [3, None], [4]]
PAIRS = [[1.0, 2.0], None, [3.0, 4.0], [5.0, None], [6.0, 7.0]]
PLAIN: dict[str, Any] = {
    **{
        str(kind): pyarrow.array([1, None, 3, 4, 5], kind)
        for width in (8, 16, 32, 64)
        for kind in (getattr(pyarrow, f"int{width}")(), getattr(pyarrow, f"uint{width}")())
    },
    "half": pyarrow.array([1.5, None, 2.5, 3.5, 4.5], pyarrow.float32()).cast(pyarrow.float16()),
    "float": pyarrow.array([1.5, None, 2.5, 3.5, 4.5], pyarrow.float32()),
    "double": pyarrow.array([1.5, None, 2.5, 3.5, 4.5]),
    "bool": pyarrow.array([True, None, False, True, True]),
    "null": pyarrow.nulls(5),
    "text": pyarrow.array(TEXTS),
    "large_text": pyarrow.array(TEXTS, pyarrow.large_string()),
    "view": pyarrow.array(TEXTS, pyarrow.string_view()),
    "binary": pyarrow.array(TEXTS).cast(pyarrow.binary()),
    "fixed": pyarrow.array([b"abc", None, b"def", b"ghi", b"jkl"], pyarrow.binary(3)),
    "dictionary": pyarrow.array(TEXTS).dictionary_encode(),
    "list": pyarrow.array(LISTS),
    "large_list": pyarrow.array(LISTS, pyarrow.large_list(pyarrow.int64())),
    "fixed_list": pyarrow.array(PAIRS, pyarrow.list_(pyarrow.float32(), 2)),
    "struct": pyarrow.array(
        [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}, {"a": 2, "b": None}, {"a": 3, "b": ""}]
    ),
    "map": pyarrow.array(
        [[("a", 1)], None, [], [("b", None)], [("c", 3)]], pyarrow.map_(pyarrow.string(), pyarrow.int32())
    ),
    "decimal": pyarrow.array(
        [Decimal("1.50"), None, Decimal("-2.25"), Decimal(0), Decimal(9)], pyarrow.decimal128(9, 2)
    ),
    "wide": pyarrow.array(
        [Decimal(10**50), None, Decimal(-1), Decimal(0), Decimal(9)], pyarrow.decimal256(60, 1)
    ),
}


def read(array: Any) -> list[Any]:
    """The values of a column, through a stream."""
    (part,) = ForeignStream(pyarrow.table({"c": array}).__arrow_c_stream__())
    return values_of(part.children[0])


@pytest.mark.parametrize("kind", PLAIN)
def test_each_layout_and_each_slice_of_it_is_read(kind: str) -> None:
    array = PLAIN[kind]
    for begin in range(6):
        for size in range(1, 6 - begin):
            part = array.slice(begin, size)
            assert read(part) == part.to_pylist()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_timestamps_of_each_unit_and_zone_are_milliseconds(unit: str, zone: str | None) -> None:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    array = pyarrow.array([-per_second, None], pyarrow.int64()).cast(pyarrow.timestamp(unit, zone))
    assert read(array) == [Timestamp(-1000), None]


def test_dates_times_and_durations_are_those_of_cql() -> None:
    day = dt.date(1970, 1, 3)
    assert read(pyarrow.array([day, None])) == [Date(2), None]
    assert read(pyarrow.array([day, None], pyarrow.date64())) == [Date(2), None]
    assert read(pyarrow.array([3], pyarrow.time32("ms"))) == [Time(3_000_000)]
    assert read(pyarrow.array([3], pyarrow.time64("us"))) == [Time(3_000)]
    assert read(pyarrow.array([-2], pyarrow.duration("us"))) == [Duration(0, 0, -2000)]
    interval = pyarrow.array([pyarrow.MonthDayNano([1, 2, 3])])
    assert read(interval) == [Duration(1, 2, 3)]


def test_garbage_below_a_null_is_not_read() -> None:
    times = pyarrow.array([-1, 5], pyarrow.int64()).view(pyarrow.time64("ns"))
    data = pyarrow.StructArray.from_arrays([times], ["t"], mask=pyarrow.array([True, False]))
    assert read(data) == [None, {"t": Time(5)}]


def buffers(array: Any, offsets: list[int], kind: Any = None) -> Any:
    """The same text array with other offsets, which pyarrow takes unseen."""
    wrong = pyarrow.array(offsets, pyarrow.int32()).buffers()[1]
    return pyarrow.Array.from_buffers(
        kind or array.type, len(offsets) - 1, [None, wrong, array.buffers()[-1]], null_count=0
    )


@pytest.mark.parametrize("offsets", [[0, 3, 1, 3], [0, 2, 1, 2]])
def test_offsets_that_go_backwards_are_refused(offsets: list[int]) -> None:
    with pytest.raises(InterfaceError, match="offset"):
        read(buffers(pyarrow.array(["abc"]), offsets))


@pytest.mark.parametrize("index", [-1, 2, 2**31 - 1])
def test_an_index_outside_its_dictionary_is_refused(index: int) -> None:
    array = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([index], pyarrow.int32()), pyarrow.array(["a", "b"]), safe=False
    )
    with pytest.raises(InterfaceError, match="dictionary"):
        read(array)


FIELDS = {"length": 0, "null_count": 1, "offset": 2, "n_buffers": 3, "buffers": 5}


def spoil(capsule: object, field: str, value: int) -> None:
    """Change a number of the first column of a batch's C structure."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    batch = (ctypes.c_int64 * 10).from_address(pointer(capsule, b"arrow_array"))
    column = ctypes.c_int64.from_address(batch[6]).value
    (ctypes.c_int64 * 10).from_address(column)[FIELDS[field]] = value


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("length", -1, "length"),
        ("length", 2, "shorter"),
        ("null_count", 1, "not marked"),
        ("offset", -1, "length"),
        ("offset", 2**63 - 1, "length"),
        ("n_buffers", 1, "buffers"),
        ("n_buffers", 3, "buffers"),
        ("buffers", 0, "no buffers"),
    ],
)
def test_an_inconsistent_array_is_refused(field: str, value: int, text: str) -> None:
    schema, array = pyarrow.record_batch({"c": [1, 2, 3]}).__arrow_c_array__()
    spoil(array, field, value)
    with pytest.raises(InterfaceError, match=text):
        read_array(schema, array)


def test_an_error_of_the_stream_is_raised() -> None:
    def fail() -> Any:
        yield pyarrow.record_batch({"c": [1]})
        raise ValueError("the file ends early")

    reader = pyarrow.RecordBatchReader.from_batches(pyarrow.schema({"c": pyarrow.int64()}), fail())
    with pytest.raises(InterfaceError, match="the file ends early"):
        list(ForeignStream(reader.__arrow_c_stream__()))


def test_a_capsule_is_read_once() -> None:
    capsules = pyarrow.record_batch({"c": [1]}).__arrow_c_array__()
    assert read_array(*capsules).length == 1
    with pytest.raises(InterfaceError, match="used up"):
        read_array(*capsules)


def test_a_union_is_refused() -> None:
    union = pyarrow.UnionArray.from_sparse(pyarrow.array([0], pyarrow.int8()), [pyarrow.array([1])])
    with pytest.raises(InterfaceError, match="cannot be inserted"):
        read(union)


def test_thousands_of_imports_leave_no_memory() -> None:
    table = pyarrow.table(PLAIN)
    gc.collect()
    before = pyarrow.total_allocated_bytes()
    for _ in range(2000):
        copy = pyarrow.table({"c": pyarrow.array(range(100))})
        list(ForeignStream(copy.__arrow_c_stream__()))
        stream = ForeignStream(table.__arrow_c_stream__())
        next(stream)
    del copy, stream
    gc.collect()
    assert pyarrow.total_allocated_bytes() == before
