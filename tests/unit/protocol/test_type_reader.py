"""Types of columns: every code, every nesting, and none too deep."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.errors import Error, ProtocolError, TruncatedError
from aiocql.protocol.responses import RowsResult, decode_body
from aiocql.testing.server.cql_types import Type, tuple_of, udt, write_option
from aiocql.testing.server.notation import write_int, write_short, write_string
from aiocql.types.descriptors import CqlType

SCALARS = (
    "ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp "
    "timeuuid tinyint uuid varint"
).split()


def column_head() -> bytes:
    """A result of one column, up to its type."""
    return write_int(2) + write_int(1) + write_int(1) + b"".join(map(write_string, ("ks", "t", "c")))


def read(option: bytes, version: int = 5) -> CqlType:
    """The type of the one column of a result with no rows."""
    result = decode_body(version, 0, 8, column_head() + option + write_int(0))
    assert isinstance(result, RowsResult)
    assert result.metadata is not None
    return result.metadata.columns[0].type


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("name", SCALARS)
def test_scalars(name: str, version: int) -> None:
    """Those that a version has no code for come by class name."""
    assert str(read(write_option(name, version), version)) == name


def test_text_has_two_codes() -> None:
    """0x0A is that of protocol v1 and v2."""
    assert str(read(write_short(0x0A))) == "text"


def test_nestings() -> None:
    """Collections, tuples, user types and vectors in each other."""
    inner = udt("ks", "address", {"street": "text", "numbers": "list<int>"})
    for option, expected in (
        ("map<text, list<set<int>>>", "map<text, list<set<int>>>"),
        (tuple_of("int", "list<text>", inner), "frozen<tuple<int, list<text>, ks.address>>"),
        (inner, "ks.address"),
        ("list<vector<float, 3>>", "list<vector<float, 3>>"),
    ):
        assert str(read(write_option(option, 5))) == expected
    found = read(write_option(inner, 5))
    assert getattr(found, "field_names", None) == ("street", "numbers")


def test_classes_that_are_not_known() -> None:
    """Their values are bytes: the result is not lost."""
    assert str(read(write_short(0) + write_string("com.example.Thing"))) == "'com.example.Thing'"


NESTED = {
    "list": write_short(0x20),
    "set": write_short(0x22),
    "map key": write_short(0x21),
    "map value": write_short(0x21) + write_short(0x09),
    "tuple": write_short(0x31) + write_short(1),
    "user type": write_short(0x30)
    + write_string("ks")
    + write_string("u")
    + write_short(1)
    + write_string("f"),
}


@pytest.mark.parametrize("prefix", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("depth", [65, 66, 1000, 5000])
def test_depth_is_limited(prefix: bytes, depth: int) -> None:
    """No recursion that the peer decides on: compiled code would end with its stack."""
    with pytest.raises(ProtocolError, match="64 deep"):
        read(prefix * depth + write_short(0x09))


def test_64_is_not_too_deep() -> None:
    """The limit is where it says."""
    assert str(read(write_short(0x20) * 64 + write_short(0x09))).count("list<") == 64


@pytest.mark.parametrize("depth", [100, 3000])
def test_depth_of_class_names_is_limited(depth: int) -> None:
    """They nest on their own."""
    base = "org.apache.cassandra.db.marshal."
    name = f"{base}ListType(" * depth + f"{base}Int32Type" + ")" * depth
    with pytest.raises(Error):
        read(write_short(0) + write_string(name[:65535]))


@pytest.mark.fault(13)
@pytest.mark.parametrize("code", [0x16, 0x1F, 0x23, 0x2F, 0x32, 0xFFFF])
def test_unknown_codes(code: int) -> None:
    """A type of a later protocol: its values are bytes, and the columns beside it are what they are."""
    columns = write_short(code) + write_string("d") + write_short(0x20) + write_short(code)
    head = write_int(2) + write_int(1) + write_int(2) + b"".join(map(write_string, ("ks", "t", "c")))
    values = write_int(2) + b"\1\2" + write_int(9) + write_int(1) + write_int(1) + b"\3"
    result = decode_body(5, 0, 8, head + columns + write_int(1) + values)
    assert isinstance(result, RowsResult)
    assert result.rows == [(b"\1\2", [b"\3"])]
    assert [str(column.type) for column in result.decoder.columns] == [
        f"'0x{code:04X}'",
        f"list<'0x{code:04X}'>",
    ]


def test_an_unknown_code_with_parameters_is_an_error() -> None:
    """There is no telling where such a type ends: what follows is not what is expected."""
    with pytest.raises(ProtocolError):
        read(write_short(0x16) + write_short(0x09))


@pytest.mark.parametrize("count", [-1, 1000, 1 << 30, (1 << 31) - 1])
def test_counts_of_columns(count: int) -> None:
    """Believed only as far as there are bytes."""
    with pytest.raises(TruncatedError):
        decode_body(5, 0, 8, struct.pack(">iii", 2, 0, count) + b"\0" * 100)
    with pytest.raises(ProtocolError):
        decode_body(
            5, 0, 8, write_int(4) + b"\0\x01i" + b"\0\x01m" + struct.pack(">iii", 0, count, 0) + b"\0" * 100
        )


@pytest.mark.parametrize("keys", [[2], [0, 5]])
def test_partition_keys_that_are_not_there(keys: list[int]) -> None:
    """A place beyond the columns would be read later on."""
    indexes = b"".join(map(write_short, keys))
    body = write_int(4) + b"\0\x01i" + b"\0\x01m" + struct.pack(">iii", 1, 2, len(keys)) + indexes
    body += write_string("ks") + write_string("t")
    body += (write_string("a") + write_short(9)) * 2 + struct.pack(">ii", 4, 0)
    with pytest.raises(ProtocolError, match="partition key"):
        decode_body(5, 0, 8, body)


types = st.recursive(
    st.sampled_from(SCALARS).map(Type),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "set"]), inner).map(lambda pair: Type(pair[0], (pair[1],))),
        st.tuples(inner, inner).map(lambda pair: Type("map", pair)),
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: tuple_of(*parts)),
        st.dictionaries(st.text(min_size=1, max_size=5), inner, min_size=1, max_size=3).map(
            lambda fields: udt("ks", "u", fields)
        ),
        st.tuples(inner, st.integers(1, 9)).map(lambda pair: Type("vector", (pair[0],), dimension=pair[1])),
    ),
    max_leaves=8,
)


@given(types, st.sampled_from([3, 4, 5]), st.data())
def test_any_type(option: Type, version: int, data: st.DataObject) -> None:
    """Read whole; cut anywhere it is an error; the same type again is equal and hashes alike."""
    wire = write_option(option, version)
    found = read(wire, version)
    assert found == read(wire, version)
    assert hash(found) == hash(read(wire, version))
    cut = wire[: data.draw(st.integers(0, len(wire) - 1))]
    with pytest.raises(TruncatedError):
        decode_body(version, 0, 8, column_head() + cut)
