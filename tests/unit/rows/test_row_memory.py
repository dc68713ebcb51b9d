"""The memory of rows that are gone is used again: no value, no class and no cycle is lost or mixed up by it."""

import gc
import os
import sys
import weakref
from collections.abc import Iterator

import pytest

from aiocql.errors import DecodeError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import Row, row_class, row_decoder
from aiocql.testing.server.notation import write_bytes
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry

KEPT_BYTES = 1 << 20
WIDEST = 20


class Mark:
    """Can be watched."""


@pytest.fixture(autouse=True)
def quiet_collector() -> Iterator[None]:
    """Only the test collects."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def decoder(width: int, kind: str = "text", registry: CodecRegistry | None = None) -> object:
    """Of rows with so many columns of one type, called c0, c1 and so on."""
    cql_type = parse_cql_type(kind)
    return row_decoder(ResultMetadata(Column("ks", "t", f"c{i}", cql_type) for i in range(width)), registry)


def page(width: int, rows: int, mark: str) -> list[Row]:
    """Rows whose values all differ."""
    data = b"".join(write_bytes(f"{mark} {i}".encode()) for i in range(rows * width))
    return decode_rows(decoder(width), data, rows)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("width", [0, 1, 2, WIDEST - 1, WIDEST, WIDEST + 1, 200])
def test_rows_made_after_others_are_gone(width: int) -> None:
    """Every value is the new row's; rows that are still held keep theirs."""
    held = page(width, 50, "held")
    for mark in ("first", "second", "third"):
        rows = page(width, 300, mark)
        assert [value for row in rows for value in row] == [f"{mark} {i}" for i in range(300 * width)]
        assert all(type(row) is row_class(tuple(f"c{i}" for i in range(width))) for row in rows)
        del rows
    assert [value for row in held for value in row] == [f"held {i}" for i in range(50 * width)]


def test_rows_of_different_classes_share_it() -> None:
    """Of as many columns; what a row's class is, is said by its own."""
    other = ResultMetadata(Column("ks", "u", name, parse_cql_type("int")) for name in ("a", "b"))
    for _ in range(3):
        texts = page(2, 10, "text")
        assert (texts[3].c0, texts[3]["c1"]) == ("text 6", "text 7")
        del texts
        numbers = decode_rows(row_decoder(other), write_bytes(b"\0\0\1\0") * 20, 10)
        assert [(row.a, row["b"]) for row in numbers] == [(256, 256)] * 10
        assert not hasattr(numbers[0], "c0")
        del numbers


def test_a_class_is_held_by_its_living_rows_only() -> None:
    """Memory that is kept holds no class."""
    own = row_class(("c0", "c1"))
    before = sys.getrefcount(own)
    rows = page(2, 1000, "x")
    assert sys.getrefcount(own) - before in (0, 1000)  # a free-threaded Python counts elsewhere
    del rows
    assert sys.getrefcount(own) == before


@pytest.mark.parametrize("width", [1, 4, WIDEST])
def test_no_more_than_a_megabyte_is_kept(width: int) -> None:
    """Whatever was held at once."""
    size = (width + 5) * 8
    before = sys.getallocatedblocks()
    rows = page(width, 3 * KEPT_BYTES // size, "x")
    del rows
    gc.collect()
    assert sys.getallocatedblocks() - before <= KEPT_BYTES // size + 200


def addresses(width: int, rows: int) -> set[int]:
    """Where so many rows of a page were, which are gone."""
    return {id(row) for row in page(width, rows, "x")}


keeps = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)() or bool(os.environ.get("ASAN_OPTIONS")),
    reason="nothing is kept without a global lock, or where memory is watched",
)


@keeps
def test_a_page_is_made_where_the_one_before_it_was() -> None:
    """By another class of as many columns too."""
    before = addresses(3, 500)
    other = ResultMetadata(Column("ks", "u", name, parse_cql_type("int")) for name in "abc")
    rows = decode_rows(row_decoder(other), write_bytes(b"\0\0\1\0") * 1500, 500)
    assert {id(row) for row in rows} == before


@keeps
def test_rows_of_another_width_make_room() -> None:
    """A page so large that it fills what is kept is not all that is kept from then on."""
    addresses(3, KEPT_BYTES // 50)
    before = addresses(5, 1000)
    assert addresses(5, 1000) == before


def test_values_are_let_go_with_their_row() -> None:
    """Not when the next row takes its memory."""

    class Value(str):
        """Can be watched."""

    registry = CodecRegistry()
    registry.register("text", (str, Value))
    rows = decode_rows(decoder(3, registry=registry), write_bytes(b"x") * 9, 3)  # type: ignore[arg-type]
    seen = [weakref.ref(value) for row in rows for value in row]
    del rows
    assert [ref() for ref in seen] == [None] * 9


def test_a_value_whose_end_makes_rows() -> None:
    """Of the very shape of the row that goes: the two do not meet."""
    made = []

    class Value(str):
        def __del__(self) -> None:
            made.extend(page(2, 2, str(self)))

    registry = CodecRegistry()
    registry.register("text", (str, Value))
    data = b"".join(map(write_bytes, (b"a", b"b", b"c", b"d")))
    rows = decode_rows(decoder(2, registry=registry), data, 2)  # type: ignore[arg-type]
    del rows
    assert sorted(made) == sorted((f"{mark} {i}", f"{mark} {i + 1}") for mark in "abcd" for i in (0, 2))


def test_a_row_within_its_own_list_is_collected() -> None:
    """A cycle through a row ends as any other."""
    (row,) = decode_rows(decoder(1, "list<int>"), write_bytes(b"\0\0\0\1" + write_bytes(b"\0\0\0\1")), 1)  # type: ignore[arg-type]
    mark = Mark()
    seen = weakref.ref(mark)
    row[0].extend([row, mark])
    del row, mark
    assert seen() is not None
    gc.collect()
    assert seen() is None


def test_a_long_chain_of_rows_ends() -> None:
    """Rows in rows in rows, as only a program can make them: no recursion without end in C."""
    own = row_class(("c0",))
    row = None
    for _ in range(200_000):
        row = tuple.__new__(own, (row,))
    del row
    assert page(1, 1, "after")[0].c0 == "after 0"


def test_a_class_derived_from_a_row() -> None:
    """Its instances are larger: they go as those of any class."""

    class Mine(row_class(("c0", "c1"))):  # type: ignore[misc]
        """With a dict of its own."""

    before = sys.getrefcount(Mine)
    for _ in range(200):
        mine = Mine(("1", "2"))
        mine.more = Mark()
        seen = weakref.ref(mine.more)
        assert (mine.c0, mine["c1"]) == ("1", "2")
        del mine
        assert seen() is None
    assert sys.getrefcount(Mine) == before
    assert page(2, 1, "x") == [("x 0", "x 1")]


def test_rows_made_by_hand() -> None:
    """With more or fewer values than columns: each is what it was made of."""
    own = row_class(("c0", "c1"))
    for values in ((), ("1",), ("1", "2", "3"), tuple("x" * 40)):
        for _ in range(100):
            assert tuple.__new__(own, values) == values
    assert page(2, 2, "x") == [("x 0", "x 1"), ("x 2", "x 3")]


def test_after_a_page_that_cannot_be_read() -> None:
    """A row that is only begun goes too."""
    for _ in range(100):
        with pytest.raises(DecodeError):
            decode_rows(decoder(3, "ascii"), write_bytes(b"x") * 2 + write_bytes(b"\xff") * 4, 2)  # type: ignore[arg-type]
    assert page(3, 1, "x") == [("x 0", "x 1", "x 2")]
