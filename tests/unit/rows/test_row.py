"""`Row`: a tuple with names, safe for every name that a server can send."""

import copy
import keyword
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import Row, row_class, row_decoder
from aiocql.testing.server.notation import write_bytes
from aiocql.types.descriptors import SCALARS

NAMES = ("id", "name", "price")


def make(names: tuple[str, ...], *values: str | None) -> Row:
    """A row as it comes from bytes: text columns with these names."""
    metadata = ResultMetadata(Column("ks", "t", name, SCALARS["text"]) for name in names)
    data = b"".join(write_bytes(None if value is None else value.encode()) for value in values)
    (row,) = decode_rows(row_decoder(metadata), data, 1)
    assert isinstance(row, Row)
    return row


def test_every_way_to_a_value() -> None:
    """Attribute, name, place, slice, unpacking, iteration, pattern."""
    row = make(NAMES, "1", "one", None)
    assert (row.id, row.name, row.price) == ("1", "one", None)
    assert (row["id"], row["name"], row["price"]) == ("1", "one", None)
    assert (row[0], row[-1], row[True]) == ("1", None, "one")
    assert row[:2] == ("1", "one")
    first, second, third = row
    assert (first, second, third) == tuple(row)
    assert row._asdict() == {"id": "1", "name": "one", "price": None}
    assert row._fields == NAMES
    assert len(row) == 3
    match row:
        case Row(id=found, price=None):
            assert found == "1"
        case _:
            pytest.fail("no match")


def test_it_is_a_tuple() -> None:
    """Equal to one, ordered and hashed like one, and as small."""
    row = make(NAMES, "1", "one", "x")
    assert isinstance(row, tuple)
    assert row == ("1", "one", "x")
    assert hash(row) == hash(("1", "one", "x"))
    assert row < ("2",)
    assert row in {("1", "one", "x")}
    assert (*row, "y") == ("1", "one", "x", "y")
    assert not hasattr(row, "__dict__")
    with pytest.raises(AttributeError):
        row.id = "2"  # type: ignore[misc]
    with pytest.raises(TypeError):
        row[0] = "2"  # type: ignore[index]


def test_names_that_are_not_there() -> None:
    """Each in its own way; the columns are named."""
    row = make(NAMES, "1", "one", "x")
    with pytest.raises(KeyError, match="'nam' is none of the columns id, name, price"):
        row["nam"]
    with pytest.raises(AttributeError, match="nam"):
        _ = row.nam
    with pytest.raises(IndexError):
        row[3]
    with pytest.raises(TypeError):
        row[1.0]  # type: ignore[call-overload]


def test_repr() -> None:
    """As it would be written."""
    assert repr(make(NAMES, "1", "o'ne", None)) == """Row(id='1', name="o'ne", price=None)"""
    assert repr(make(("count", "a b", "class"), "1", "2", "3")) == "Row(count='1', class='3', **{'a b': '2'})"


def test_columns_called_like_methods_of_tuples() -> None:
    """SELECT count(*) gives one: the column is meant."""
    row = make(("count", "index"), "7", "8")
    assert (row.count, row.index) == ("7", "8")
    assert make(("id",), "1").count("1") == 1


def test_two_columns_with_one_name() -> None:
    """The name means the first; both are there."""
    row = make(("a", "b", "a"), "1", "2", "3")
    assert (row.a, row["a"], tuple(row)) == ("1", "1", ("1", "2", "3"))
    assert row._asdict() == {"a": "1", "b": "2"}
    assert row._fields == ("a", "b", "a")


OWN = (
    "_fields",
    "_asdict",
    "_places",
    "__class__",
    "__len__",
    "__getitem__",
    "__slots__",
    "__reduce__",
    "__init__",
)
ODD = (
    *OWN,
    "__new__",
    "__init_subclass__",
    "__dict__",
    "__module__",
    "__doc__",
    "__match_args__",
    "mro",
    "_x",
    "",
    "\0",
)


@pytest.mark.parametrize("name", [*ODD, *keyword.kwlist, "system.count(*)", "1st", "é", "a" * 40000])
def test_no_name_replaces_what_makes_a_row(name: str) -> None:
    """Reached by its name in brackets, and all else works."""
    row = make(("first", name), "1", "2")
    assert row[name] == "2"
    assert row._asdict() == {"first": "1", name: "2"}
    assert row._fields == ("first", name)
    assert type(row).__name__ == "Row"
    assert len(row) == 2
    assert row == ("1", "2")
    assert pickle.loads(pickle.dumps(row)) == row
    assert repr(row).startswith("Row(first='1'")
    if name.isidentifier() and name not in OWN and not name.startswith("__"):
        assert getattr(row, name) == "2"


@given(st.lists(st.text(max_size=8), max_size=12).map(tuple))
def test_any_names(names: tuple[str, ...]) -> None:
    """Generated ones, duplicates among them."""
    kind = row_class(names)
    row = kind(str(i) for i in range(len(names)))
    for place, name in enumerate(names):
        assert row[place] == str(place)
        assert row[name] == str(names.index(name))
    assert list(row._asdict()) == list(dict.fromkeys(names))


def test_pickles_and_copies() -> None:
    """They stay rows of the same class."""
    row = make(NAMES, "1", "one", None)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(row, protocol))
        assert again == row
        assert type(again) is type(row)
        assert again.name == "one"
    assert copy.copy(row) == row
    assert copy.deepcopy(row).name == "one"


def test_one_class_for_each_set_of_names() -> None:
    """Statements with the same columns share it; there is a bound on how many are kept."""
    assert type(make(NAMES, "1", "2", "3")) is type(make(NAMES, "4", "5", "6"))
    assert row_class(("a",)) is not row_class(("b",))
    assert row_class.cache_info().maxsize == 1024  # type: ignore[attr-defined]


def test_fields_of_another_class() -> None:
    """A descriptor that is asked of a shorter tuple does not read beyond it."""
    field = row_class(("a", "b")).__dict__["b"]
    with pytest.raises(AttributeError):
        field.__get__((1,), tuple)
    with pytest.raises(AttributeError):
        field.__get__([1, 2], list)
    assert field.__get__((1, 2), tuple) == 2
    short = row_class(("a", "b"))((1,))
    with pytest.raises(IndexError):
        short["b"]
