"""What else rows can be made into: tuples, dicts, single values, and classes of every kind."""

import collections
import dataclasses
from typing import Any, NamedTuple, TypedDict

import attrs
import pytest

from aiocql.errors import DecodeError, InterfaceError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.factories import RowFactories
from aiocql.rows.row import Row, row_decoder
from aiocql.testing.server.notation import write_bytes
from aiocql.types.descriptors import SCALARS
from aiocql.types.registry import default_registry

DATA = b"".join(map(write_bytes, (b"\0\0\0\x07", b"seven", b"\0\0\0\x08", None)))


def metadata(*names: str) -> ResultMetadata:
    """An int column and a text column with these names."""
    return ResultMetadata(
        Column("ks", "t", name, SCALARS["int" if i % 2 == 0 else "text"]) for i, name in enumerate(names)
    )


def made(shape: Any, *names: str) -> list[Any]:
    """Two rows of this shape."""
    return decode_rows(row_decoder(metadata(*(names or ("id", "name"))), None, shape), DATA, 2)


def test_builtin_shapes() -> None:
    """Row where nothing is said."""
    assert [type(row) for row in made(tuple)] == [tuple, tuple]
    assert made(tuple) == [(7, "seven"), (8, None)]
    assert made(dict) == [{"id": 7, "name": "seven"}, {"id": 8, "name": None}]
    assert made(Row) == made(None) == [(7, "seven"), (8, None)]
    assert made(Row)[0].name == "seven"
    assert made(dict, "a", "a") == [{"a": 7}, {"a": 8}]


def test_single_values() -> None:
    """Of one column; more columns are an error before anything is sent."""
    data = b"".join(map(write_bytes, (b"\0\0\0\x07", None)))
    assert decode_rows(row_decoder(metadata("id"), None, "scalar"), data, 2) == [7, None]
    with pytest.raises(InterfaceError, match="2 columns: id, name"):
        made("scalar")


@dataclasses.dataclass
class Data:
    id: int
    name: str | None
    extra: int = 3


@dataclasses.dataclass(kw_only=True, frozen=True, slots=True)
class KeywordData:
    name: str | None
    id: int


class Named(NamedTuple):
    id: int
    name: str | None = None


Plain = collections.namedtuple("Plain", "id name")


@attrs.define
class Attrs:
    id: int
    name: str | None


class Handmade:
    def __init__(self, name: str | None, *, id: int) -> None:
        self.name = name
        self.id = id


class Anything:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Model:
    """Like pydantic's: keywords only, the signature made by a metaclass or by hand."""

    def __init__(self, /, *, id: int, name: str | None = None) -> None:
        self.id = int(id)
        self.name = name


def function(id: int, name: str | None) -> Data:
    return Data(id, name)


@pytest.mark.parametrize(
    "shape", [Data, KeywordData, Named, Plain, Attrs, Handmade, Anything, Model, function]
)
@pytest.mark.parametrize("turned", [False, True])
def test_classes(shape: Any, turned: bool) -> None:
    """By place or by name, whichever fits: the order of the columns does not matter."""
    if turned:
        kinds = metadata("id", "name").columns
        data = b"".join(map(write_bytes, (b"seven", b"\0\0\0\x07")))
        (row,) = decode_rows(row_decoder(ResultMetadata(kinds[::-1]), None, shape), data, 1)
    else:
        row = made(shape)[0]
    assert (row.id, row.name) == (7, "seven")


class Positional:
    def __init__(self, id: int, name: str | None, /) -> None:
        self.values = (id, name)


def test_positional_only() -> None:
    """It can only go by place."""
    assert made(Positional)[0].values == (7, "seven")
    with pytest.raises(InterfaceError):
        made(Positional, "name", "id")


@pytest.mark.parametrize(
    ("shape", "names", "message"),
    [
        (Data, ("id", "nmae"), "no place for nmae"),
        (Data, ("id", "extra"), "needs also name"),
        (KeywordData, ("id", "id"), "gets twice id|needs also name"),
        (Anything, ("a", "a"), "gets twice a"),
        (Named, ("id", "other"), "no place for other"),
        (int.__add__, ("id", "name"), "."),
    ],
)
def test_columns_that_do_not_fit(shape: Any, names: tuple[str, ...], message: str) -> None:
    """Said when the decoder is made, with the columns and what to do."""
    with pytest.raises(InterfaceError, match=message) as caught:
        made(shape, *names)
    assert shape is int.__add__ or "AS field" in str(caught.value)


class Picky:
    def __init__(self, id: int, name: str | None) -> None:
        if name is None:
            raise ValueError(f"no name for {id} and this secret")


def test_a_class_that_refuses() -> None:
    """It is that row's error; the class's own text stays in the cause."""
    with pytest.raises(DecodeError, match=r"row 1 .*ValueError") as caught:
        made(Picky)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)


def test_function_with_args_takes_columns_by_place() -> None:
    assert made(lambda *args: args) == [(7, "seven"), (8, None)]
    assert made(lambda id, *rest: (id, rest)) == [(7, ("seven",)), (8, (None,))]
    assert made(lambda *args, **named: (args, named))[0] == ((), {"id": 7, "name": "seven"})
    for function in (lambda key, *rest: key, lambda *rest, key: key, lambda id, name, more, *rest: id):
        with pytest.raises(InterfaceError, match=r"needs also|has no place for"):
            made(function)


class Typed(TypedDict):
    id: int
    name: str | None


def test_typed_dict_makes_dicts() -> None:
    factory = RowFactories(default_registry())(Typed)
    assert decode_rows(factory(metadata("id", "name")), DATA, 2) == made(dict)
