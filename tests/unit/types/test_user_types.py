"""User-defined types: as named tuples, as the user's classes, with any field name."""

from __future__ import annotations

import copy
import pickle
import struct
from collections import namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from aiocql.errors import ConfigurationError, DecodeError, EncodeError
from aiocql.sentinels import UNSET
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.descriptors import SCALARS, ListType, SetType, UserType
from aiocql.types.registry import CodecRegistry
from aiocql.types.user_types import UserTypeValue, user_type_class

INT, TEXT = SCALARS["int"], SCALARS["text"]
ADDRESS = UserType("shop", "address", ["street", "number"], [TEXT, INT])
MAIN_5 = struct.pack(">i", 4) + b"Main" + struct.pack(">ii", 4, 5)


def value_of(cql_type: UserType, data: bytes) -> Any:
    return CodecRegistry().codec(cql_type).from_bytes(data)


def test_a_value_is_a_tuple_with_named_fields() -> None:
    value: Any = value_of(ADDRESS, MAIN_5)
    assert value == ("Main", 5)
    assert (value.street, value.number) == ("Main", 5)
    assert (value["street"], value[1], value[-1], value[0:1]) == ("Main", 5, 5, ("Main",))
    street, number = value
    assert (street, number) == ("Main", 5)
    assert repr(value) == "address(street='Main', number=5)"
    assert dict(value) == value._asdict() == {"street": "Main", "number": 5}
    assert (value.get("street"), value.get("no", 1)) == ("Main", 1)
    assert hash(value) == hash(("Main", 5))
    assert type(value) is user_type_class(ADDRESS)
    assert issubclass(type(value), UserTypeValue)
    with pytest.raises(KeyError, match="no"):
        value["no"]
    with pytest.raises(AttributeError):
        value.no  # noqa: B018
    with pytest.raises(AttributeError):
        value.street = "x"


def test_a_value_is_pickled_and_copied() -> None:
    value = value_of(ADDRESS, MAIN_5)
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert again == value
        assert type(again) is type(value)


NAMES = [
    "class",
    "a b",
    "1st",
    "_private",
    "__class__",
    "__dict__",
    "__init__",
    "__getitem__",
    "count",
    "index",
    "get",
    "keys",
    "_fields",
    "_asdict",
    "_places",
    "self",
    "é",
    "",
    "a'b\"; import os",
    "CamelCase",
    "a",
    "a",
]


def test_any_field_name_is_safe() -> None:
    cql_type = UserType("ks", "odd type; x", NAMES, [INT] * len(NAMES))
    data = b"".join(struct.pack(">ii", 4, place) for place in range(len(NAMES)))
    value = value_of(cql_type, data)
    assert value == tuple(range(len(NAMES)))
    for place, name in enumerate(NAMES[:-1]):
        assert value[name] == place
    assert (value.count, value.index, value.self, value.CamelCase, value._private) == (8, 9, 15, 19, 3)
    assert (value.get, value.keys) == (10, 11)
    assert value._fields == tuple(NAMES)
    assert value.__class__ is user_type_class(cql_type)
    assert not hasattr(value, "__dict__")
    assert pickle.loads(pickle.dumps(value)) == value
    assert repr(value)


def test_fields_added_since_are_none_and_unknown_ones_are_ignored() -> None:
    assert value_of(ADDRESS, MAIN_5[:8]) == ("Main", None)
    assert value_of(ADDRESS, b"") == (None, None)
    assert value_of(ADDRESS, MAIN_5 + struct.pack(">ii", 4, 9)) == ("Main", 5)
    assert value_of(ADDRESS, struct.pack(">ii", -1, -1)) == (None, None)


class Plain:
    street = "Main"
    number = 5


@dataclass
class Address:
    street: str | None
    number: int | None = None
    note: str = "none"
    made: bool = field(default=True, init=False)


class AddressTuple(NamedTuple):
    number: int | None
    street: str | None


Reordered = namedtuple("Reordered", ["number", "street"])


@pytest.mark.parametrize(
    "value",
    [
        ("Main", 5),
        ["Main", 5],
        {"street": "Main", "number": 5},
        {"number": 5, "street": "Main"},
        Address("Main", 5),
        AddressTuple(5, "Main"),
        Reordered(5, "Main"),
        Plain(),
        SimpleNamespace(street="Main", number=5),
        value_of(ADDRESS, MAIN_5),
        value_of(UserType("other", "x", ["number", "street"], [INT, TEXT]), MAIN_5[8:] + MAIN_5[:8]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_taken_for_a_user_type(value: Any) -> None:
    assert CodecRegistry().codec(ADDRESS).to_bytes(value) == MAIN_5


@pytest.mark.parametrize("value", [("Main",), ["Main"], {"street": "Main"}, SimpleNamespace(street="Main")])
def test_what_is_missing_is_null(value: Any) -> None:
    assert CodecRegistry().codec(ADDRESS).to_bytes(value) == MAIN_5[:8] + struct.pack(">i", -1)


class Faulty:
    street = "Main"

    @property
    def number(self) -> int:
        return self.nothing_such  # type: ignore[attr-defined, no-any-return]


class EntirelyFaulty(Faulty):
    street = property(Faulty.number.fget)  # type: ignore[assignment, arg-type]


class Delegating(Faulty):
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@pytest.mark.parametrize("cls", [Faulty, EntirelyFaulty, Delegating])
def test_property_that_raises_attribute_error_is_no_null(cls: type[Any]) -> None:
    with pytest.raises(
        EncodeError, match=f"attribute '.*' of a {cls.__name__} .* raised AttributeError"
    ) as caught:
        CodecRegistry().codec(ADDRESS).to_bytes(cls())
    assert isinstance(caught.value.__cause__, AttributeError)


class Slotted:
    __slots__ = ("number", "street")


def test_slot_without_a_value_is_null() -> None:
    value = Slotted()
    value.street = "Main"
    assert CodecRegistry().codec(ADDRESS).to_bytes(value) == MAIN_5[:8] + struct.pack(">i", -1)


def test_what_is_no_field_is_an_error() -> None:
    codec = CodecRegistry().codec(ADDRESS)
    with pytest.raises(EncodeError, match="key that is no field") as caught:
        codec.to_bytes({"street": "Main", "canary": 5})
    assert "street, number" in str(caught.value)
    assert "canary" not in str(caught.value)
    with pytest.raises(EncodeError, match="3 items, the type 2 fields"):
        codec.to_bytes(("Main", 5, 6))
    with pytest.raises(EncodeError, match="a mapping, a tuple, or an object"):
        codec.to_bytes(5)
    with pytest.raises(EncodeError, match="UNSET inside"):
        codec.to_bytes({"street": UNSET})
    with pytest.raises(EncodeError, match="int takes an int"):
        codec.to_bytes({"number": "5"})


def registered(cls: type[Any], cql_type: UserType = ADDRESS) -> Any:
    registry = CodecRegistry()
    registry.register_user_type(cql_type.keyspace, cql_type.name, cls)
    return registry.codec(cql_type)


class Keywords:
    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keywords) and vars(self) == vars(other)


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (dict, {"street": "Main", "number": 5}),
        (Address, Address("Main", 5)),
        (AddressTuple, AddressTuple(5, "Main")),
        (Reordered, Reordered(5, "Main")),
        (Keywords, Keywords(street="Main", number=5)),
    ],
)
def test_values_come_as_the_registered_class(cls: type[Any], expected: Any) -> None:
    codec = registered(cls)
    value = codec.from_bytes(MAIN_5)
    assert value == expected
    assert type(value) is cls
    assert codec.to_bytes(value) == MAIN_5


def test_a_class_older_or_newer_than_the_type_still_serves() -> None:
    grown = UserType("shop", "address", ["street", "number", "town"], [TEXT, INT, TEXT])
    assert registered(Address, grown).from_bytes(MAIN_5) == Address("Main", 5)
    shrunk = UserType("shop", "address", ["number"], [INT])
    assert registered(Address, shrunk).from_bytes(MAIN_5[8:]) == Address(None, 5)


def test_a_class_without_the_fields_is_refused_when_it_is_needed() -> None:
    class Other:
        def __init__(self, town: str) -> None:
            self.town = town

    with pytest.raises(ConfigurationError, match="has none of the fields street, number"):
        registered(Other)
    with pytest.raises(ConfigurationError, match="registered with a class"):
        CodecRegistry().register_user_type("shop", "address", "Address")  # type: ignore[arg-type]


def test_a_class_that_raises_fails_the_value_only() -> None:
    class Strict:
        def __init__(self, street: str, number: int) -> None:
            raise RuntimeError(f"canary {street}")

    with pytest.raises(
        DecodeError, match=r"the class registered for shop\.address raised RuntimeError"
    ) as caught:
        registered(Strict).from_bytes(MAIN_5)
    assert "canary" not in str(caught.value)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_user_types_in_collections() -> None:
    registry = CodecRegistry()
    addresses = registry.codec(SetType(ADDRESS))
    data = struct.pack(">ii", 1, len(MAIN_5)) + MAIN_5
    assert addresses.from_bytes(data) == {("Main", 5)}
    registry.register_user_type("shop", "address", dict)
    found = registry.codec(SetType(ADDRESS)).from_bytes(data)
    assert type(found) is CqlSet
    assert list(found) == [{"street": "Main", "number": 5}]
    assert registry.codec(ListType(ADDRESS)).from_bytes(data) == [{"street": "Main", "number": 5}]


@pytest.mark.parametrize("key", [5, (1, [2]), [1], None])
def test_a_mapping_with_other_keys_than_names_is_refused(key: Any) -> None:
    codec = CodecRegistry().codec(ADDRESS)
    with pytest.raises(EncodeError, match="a key that is no field"):
        codec.to_bytes(CqlMap([(key, "Main")]))


ODD = ["first name", "class", "count", "street"]


def test_a_value_keeps_its_odd_fields_where_the_type_is_another() -> None:
    """Read before ALTER TYPE, or from another keyspace: fields that are no attributes are bound all the same."""
    before = UserType("ks", "odd", ODD, [TEXT] * 4)
    value = value_of(before, b"".join(struct.pack(">i", 1) + each for each in (b"a", b"b", b"c", b"d")))
    copy = UserType("copies", "odd", [*reversed(ODD), "added"], [TEXT] * 5)
    assert tuple(value_of(copy, CodecRegistry().codec(copy).to_bytes(value))) == ("d", "c", "b", "a", None)


def test_a_named_tuple_is_taken_by_its_fields_alone() -> None:
    """`count` and `index` are methods of every tuple."""
    cql_type = UserType("ks", "odd", ODD, [TEXT] * 4)
    codec = CodecRegistry().codec(cql_type)
    street = namedtuple("street", ["street"])
    assert tuple(codec.from_bytes(codec.to_bytes(street("Main")))) == (None, None, None, "Main")
    with pytest.raises(EncodeError, match="its fields are first name, class, count, street"):
        codec.to_bytes(namedtuple("other", ["other"])("x"))
