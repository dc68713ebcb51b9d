"""Which codec serves what: the driver's, the user's for a type, a column, a user type, a session."""

from __future__ import annotations

import enum
import json
import pickle
import struct
from collections.abc import Callable
from typing import Any

import pytest

from aiocql.errors import ConfigurationError, DecodeError, EncodeError
from aiocql.sentinels import EMPTY, UNSET
from aiocql.types import registry as registry_module
from aiocql.types.codec import Codec, UserCodec
from aiocql.types.composite import ListCodec, TupleCodec, UserTypeCodec
from aiocql.types.containers import CqlSet
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    CustomType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    VectorType,
)
from aiocql.types.registry import CodecRegistry, ValueCodec, default_registry

INT, TEXT = SCALARS["int"], SCALARS["text"]


class Colour(enum.Enum):
    RED = "red"


class ColourCodec(ValueCodec):
    hashable = True

    def encode(self, value: Any) -> Any:
        return value.value

    def decode(self, value: Any) -> Any:
        return Colour(value)


def as_json() -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    return json.dumps, json.loads


def test_codecs_are_kept() -> None:
    registry = CodecRegistry()
    assert registry.codec(ListType(INT)) is registry.codec(ListType(INT))
    assert registry.codec(ListType(INT)) is not CodecRegistry().codec(ListType(INT))
    assert repr(registry.codec(ListType(INT))) == "<ListCodec list<int>>"
    assert registry.codec(INT).cql_type == INT


def test_the_kept_codecs_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_MAX_CACHED", 10)
    registry = CodecRegistry()
    for n in range(100):
        assert registry.codec(CustomType(f"c{n}")).from_bytes(b"x") == b"x"
    assert len(registry._cache) <= 10


def test_an_unknown_scalar_is_bytes() -> None:
    assert CodecRegistry().codec(ScalarType("point")).from_bytes(b"x") == b"x"


def test_a_codec_of_a_type_serves_it_everywhere() -> None:
    registry = CodecRegistry()
    assert registry.codec(TEXT).from_bytes(b"red") == "red"
    registry.register("text", ColourCodec())
    for cql_type, value in (
        (TEXT, Colour.RED),
        (ListType(TEXT), [Colour.RED]),
        (SetType(TEXT), {Colour.RED}),
        (MapType(TEXT, INT), {Colour.RED: 1}),
        (TupleType([TEXT]), (Colour.RED,)),
        (VectorType(TEXT, 1), [Colour.RED]),
    ):
        codec = registry.codec(cql_type)
        assert codec.from_bytes(codec.to_bytes(value)) == value
    assert registry.codec(SCALARS["ascii"]).from_bytes(b"red") == "red"


@pytest.mark.parametrize("nothing", [None])
def test_null_and_empty_pass_by_a_users_codec(nothing: None) -> None:
    registry = CodecRegistry()
    registry.register(INT, (lambda value: value + 1, lambda value: value - 1))
    codec = registry.codec(INT)
    assert codec.from_bytes(nothing) is None
    assert codec.to_bytes(nothing) is None
    assert codec.from_bytes(b"") is EMPTY
    assert codec.to_bytes(EMPTY) == b""
    assert codec.from_bytes(codec.to_bytes(5)) == 5
    assert codec.to_bytes(5) == struct.pack(">i", 6)


def test_a_pair_gives_values_that_need_not_be_hashable() -> None:
    registry = CodecRegistry()
    registry.register("text", as_json())
    codec = registry.codec(SetType(TEXT))
    value = codec.from_bytes(codec.to_bytes([{"a": 1}, [2]]))
    assert type(value) is CqlSet
    assert list(value) == [{"a": 1}, [2]]


def test_frozen_or_not_is_one_type_to_a_users_codec() -> None:
    registry = CodecRegistry()
    registry.register("list<int>", (list, tuple))
    data = struct.pack(">iii", 1, 4, 7)
    assert registry.codec(ListType(INT)).from_bytes(data) == (7,)
    assert registry.codec(ListType(INT, frozen=True)).from_bytes(data) == (7,)
    assert registry.codec(ListType(SCALARS["float"])).from_bytes(data) != (7,)


def test_a_codec_of_a_column_comes_before_its_types() -> None:
    registry = CodecRegistry()
    registry.register("text", (str.lower, str.upper))
    registry.register_column("ks", "t", "doc", as_json())
    assert registry.column_codec("ks", "t", "doc", TEXT).from_bytes(b'{"a": 1}') == {"a": 1}
    assert registry.column_codec("ks", "t", "other", TEXT).from_bytes(b"a") == "A"
    assert registry.column_codec("ks", "u", "doc", TEXT).from_bytes(b"a") == "A"
    assert isinstance(registry.column_codec("ks", "t", "doc", TEXT), UserCodec)


def test_a_registration_after_use_holds_from_then_on() -> None:
    registry = CodecRegistry()
    before = registry.codec(TEXT)
    registry.register(TEXT, ColourCodec())
    assert registry.codec(TEXT) is not before
    assert before.from_bytes(b"red") == "red"


def test_a_session_has_its_own() -> None:
    registry = CodecRegistry(temporal="cassandra", float_vectors="array")
    registry.register("text", ColourCodec())
    registry.register_column("ks", "t", "doc", as_json())
    registry.register_user_type("ks", "u", dict)
    copied = registry.copy()
    assert copied.codec(TEXT).from_bytes(b"red") is Colour.RED
    assert copied.column_codec("ks", "t", "doc", TEXT).from_bytes(b"1") == 1
    assert type(copied.codec(SCALARS["date"]).from_bytes(b"\0" * 4)).__name__ == "Date"
    copied.register("text", (str.lower, str.upper))
    assert registry.codec(TEXT).from_bytes(b"red") is Colour.RED
    assert copied.codec(TEXT).from_bytes(b"red") == "RED"


def test_there_is_one_default() -> None:
    assert default_registry() is default_registry()


@pytest.mark.parametrize("codec", [None, (), (str,), (str, 5), str, Colour, ColourCodec])
def test_what_is_no_codec_is_refused(codec: Any) -> None:
    with pytest.raises(ConfigurationError, match="a ValueCodec or a pair"):
        CodecRegistry().register("text", codec)
    with pytest.raises(ConfigurationError, match="a ValueCodec or a pair"):
        CodecRegistry().register_column("ks", "t", "c", codec)


def test_options_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="temporal"):
        CodecRegistry(temporal="java")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="not a CQL type"):
        CodecRegistry().register("list<", ColourCodec())


def test_errors_of_a_users_codec_are_the_drivers_with_theirs_as_cause() -> None:
    registry = CodecRegistry()
    registry.register("text", ColourCodec())
    codec = registry.codec(TEXT)
    with pytest.raises(
        EncodeError, match="registered for text raised AttributeError for a value of type str"
    ) as encoding:
        codec.to_bytes("canary")
    assert isinstance(encoding.value.__cause__, AttributeError)
    with pytest.raises(DecodeError, match="registered for text raised ValueError") as decoding:
        codec.from_bytes(b"canary")
    assert isinstance(decoding.value.__cause__, ValueError)
    for caught in (encoding, decoding):
        assert "canary" not in str(caught.value)


def test_errors_of_the_driver_pass_a_users_codec() -> None:
    registry = CodecRegistry()

    def refuse(value: Any) -> Any:
        raise EncodeError("mine")

    def unread(value: Any) -> Any:
        raise DecodeError("mine")

    registry.register("int", (refuse, unread))
    with pytest.raises(EncodeError, match=r"^mine$"):
        registry.codec(INT).to_bytes(1)
    with pytest.raises(DecodeError, match=r"^mine$"):
        registry.codec(INT).from_bytes(b"\0\0\0\0")


@pytest.mark.parametrize("nothing", [None, UNSET, EMPTY])
def test_a_users_codec_gives_a_value(nothing: Any) -> None:
    registry = CodecRegistry()
    registry.register("int", (lambda value: nothing, lambda value: value))
    with pytest.raises(EncodeError, match="bound as such"):
        registry.codec(INT).to_bytes(1)


def test_values_of_a_users_codec_are_checked_by_the_drivers() -> None:
    registry = CodecRegistry()
    registry.register("int", (str, str))
    with pytest.raises(EncodeError, match="int takes an int, not str"):
        registry.codec(INT).to_bytes(1)


def test_codecs_are_made_whole_or_not_at_all() -> None:
    """A codec without its parts would crash where one is used: there is no way to make one."""
    made: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (ListCodec, (ListType(INT), None)),
        (TupleCodec, (TupleType([INT]), [None])),
        (TupleCodec, (TupleType([INT]), ["int"])),
        (UserTypeCodec, (INT, ["a"], [], tuple)),
        (UserTypeCodec, (INT, [], [], object)),
        (UserCodec, (INT, None, str, str)),
        (ListCodec.__new__, (ListCodec,)),
        (Codec, ()),
        (pickle.dumps, (CodecRegistry().codec(INT),)),
    ]
    for make, arguments in made:
        with pytest.raises(TypeError):
            make(*arguments)


def test_a_codec_of_the_base_class_refuses_everything() -> None:
    with pytest.raises(EncodeError, match="no codec for int"):
        Codec(INT).to_bytes(1)
    with pytest.raises(DecodeError, match="no codec for int"):
        Codec(INT).from_bytes(b"1")


def test_types_made_by_users_are_bytes() -> None:
    class Own(CqlType):
        __slots__ = ()

    assert CodecRegistry().codec(Own()).from_bytes(b"x") == b"x"


def test_a_list_behind_in_takes_nulls() -> None:
    registry = CodecRegistry()
    plain = registry.column_codec("ks", "t", "v", ListType(INT))
    behind_in = registry.column_codec("ks", "t", "in(v)", ListType(INT))
    assert behind_in.to_bytes([1, None]) == bytes.fromhex("00000002 00000004 00000001 ffffffff")
    assert behind_in.to_bytes((1, 2)) == plain.to_bytes([1, 2])
    with pytest.raises(EncodeError, match="None inside a list<int>"):
        plain.to_bytes([1, None])
    with pytest.raises(EncodeError):
        behind_in.to_bytes(5)
    assert registry.column_codec("ks", "t", "in(v)", INT) is registry.codec(INT)
