"""Vectors of any element, and the fast way for floats."""

from __future__ import annotations

import array
import math
import struct
from typing import Any

import numpy
import pytest
from tests.unit.types.cql_values import REGISTRY

from aiocql.errors import ConfigurationError, EncodeError
from aiocql.sentinels import EMPTY, UNSET
from aiocql.types.descriptors import SCALARS, CqlType, ListType, ScalarType, VectorType
from aiocql.types.registry import CodecRegistry
from aiocql.types.vector import FloatVectorCodec

pytestmark = pytest.mark.fault(40)

FLOATS = [1.5, -0.0, math.inf]
FLOAT3 = VectorType(SCALARS["float"], 3)
DOUBLE3 = VectorType(SCALARS["double"], 3)


def encode(cql_type: CqlType, value: Any, registry: CodecRegistry = REGISTRY) -> bytes:
    data = registry.codec(cql_type).to_bytes(value)
    assert data is not None
    return data


FIXED = {
    "boolean": 1,
    "int": 4,
    "float": 4,
    "bigint": 8,
    "double": 8,
    "timestamp": 8,
    "uuid": 16,
    "timeuuid": 16,
}


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_which_elements_have_a_fixed_size(name: str) -> None:
    """As Cassandra's TypeValueLengthTest has it: tinyint, smallint, date and time are variable."""
    expected = FIXED.get(name, 8 if name == "counter" else 0)
    assert REGISTRY.codec(ScalarType(name)).fixed_size == expected


def test_a_vector_of_fixed_vectors_is_fixed() -> None:
    inner = VectorType(SCALARS["int"], 3)
    assert REGISTRY.codec(VectorType(inner, 2)).fixed_size == 24
    assert REGISTRY.codec(VectorType(VectorType(SCALARS["text"], 3), 2)).fixed_size == 0


@pytest.mark.parametrize(
    ("element", "value", "data"),
    [
        (SCALARS["int"], [1, 2], "00000001 00000002"),
        (SCALARS["tinyint"], [1, -1], "0101 01ff"),
        (SCALARS["smallint"], [1, -1], "020001 02ffff"),
        (SCALARS["text"], ["", "abc"], "00 03616263"),
        (SCALARS["boolean"], [True, False], "0100"),
        (ListType(SCALARS["int"]), [[], [1]], "0400000000 0c000000010000000400000001"),
        (VectorType(SCALARS["text"], 1), [["a"], ["bc"]], "020161 03026263"),
    ],
)
def test_the_bytes_of_a_vector(element: CqlType, value: list[Any], data: str) -> None:
    vector = VectorType(element, 2)
    assert encode(vector, value) == bytes.fromhex(data)
    assert REGISTRY.codec(vector).from_bytes(bytes.fromhex(data)) == value


def test_an_element_longer_than_127_bytes_has_a_longer_length() -> None:
    vector = VectorType(SCALARS["text"], 1)
    for n in (127, 128, 16_383, 16_384, 300_000):
        data = encode(vector, ["x" * n])
        assert REGISTRY.codec(vector).from_bytes(data) == ["x" * n]
    assert encode(vector, ["x" * 128])[:2] == b"\x80\x80"


@pytest.mark.parametrize(
    "cql_type", [FLOAT3, VectorType(SCALARS["int"], 3), VectorType(SCALARS["text"], 3)], ids=str
)
def test_a_vector_has_exactly_its_dimensions(cql_type: CqlType) -> None:
    for value in ([], [1] * 2, [1] * 4):
        with pytest.raises(EncodeError, match=f"it has {len(value)} elements, the type 3"):
            encode(cql_type, value)


@pytest.mark.parametrize("nothing", [None, UNSET, EMPTY])
@pytest.mark.parametrize("name", ["float", "int", "text"])
def test_a_vector_holds_no_nulls(name: str, nothing: Any) -> None:
    with pytest.raises(EncodeError):
        encode(VectorType(SCALARS[name], 1), [nothing])


@pytest.mark.parametrize("value", ["abc", b"abc", bytearray(12), {1: 2}, 5, memoryview(b"abc")])
def test_a_vector_takes_sequences_of_numbers(value: Any) -> None:
    with pytest.raises(EncodeError):
        encode(FLOAT3, value)


@pytest.mark.parametrize(
    "value",
    [
        FLOATS,
        tuple(FLOATS),
        array.array("f", FLOATS),
        array.array("d", FLOATS),
        numpy.array(FLOATS, "f4"),
        numpy.array(FLOATS, "f8"),
        numpy.array(FLOATS, ">f4"),
        numpy.array(FLOATS, ">f8"),
        numpy.array(FLOATS, "f2"),
        numpy.array([[x, 0] for x in FLOATS], "f4")[:, 0],
        memoryview(array.array("f", FLOATS)),
        (x for x in FLOATS),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'dtype', getattr(value, 'typecode', ''))}",
)
def test_floats_are_taken_from_any_sequence_or_buffer(value: Any) -> None:
    encoded = encode(FLOAT3, value)
    assert encoded == struct.pack(">3f", *FLOATS)


@pytest.mark.parametrize(
    "value", [array.array("f", FLOATS), array.array("d", FLOATS), numpy.array(FLOATS, "f4"), FLOATS]
)
def test_doubles_too(value: Any) -> None:
    assert encode(DOUBLE3, value) == struct.pack(">3d", *FLOATS)


def test_numpys_integers_are_taken_for_floats() -> None:
    assert encode(FLOAT3, numpy.array([1, 2, 3])) == struct.pack(">3f", 1, 2, 3)
    assert encode(FLOAT3, array.array("b", [1, 2, 3])) == struct.pack(">3f", 1, 2, 3)


@pytest.mark.parametrize(
    "value", [[1.0, 1e39, 0.0], array.array("d", [1.0, 1e39, 0.0]), numpy.array([1.0, 1e39, 0.0])]
)
def test_a_double_beyond_32_bits_is_an_error(value: Any) -> None:
    with pytest.raises(EncodeError, match="does not fit"):
        encode(FLOAT3, value)


def test_a_buffer_of_other_dimensions_is_an_error() -> None:
    for value in (array.array("f", [1.0]), numpy.zeros((3, 1), "f4"), numpy.zeros((1, 3), "f4")):
        with pytest.raises(EncodeError):
            encode(FLOAT3, value)


def test_floats_come_as_a_list_an_array_or_numpy() -> None:
    for element, code in (("float", "f"), ("double", "d")):
        data = struct.pack(f">3{code}", *FLOATS)
        vector = VectorType(SCALARS[element], 3)
        as_list = REGISTRY.codec(vector).from_bytes(data)
        assert (type(as_list), as_list) == (list, FLOATS)
        as_array = CodecRegistry(float_vectors="array").codec(vector).from_bytes(data)
        assert as_array == array.array(code, FLOATS)
        assert as_array.typecode == code
        as_numpy = CodecRegistry(float_vectors="numpy").codec(vector).from_bytes(data)
        assert type(as_numpy) is numpy.ndarray
        assert as_numpy.dtype == numpy.dtype(code)
        assert as_numpy.tolist() == FLOATS
        as_numpy[0] = 7.0
        assert as_list[0] == 1.5


def test_every_shape_is_taken_back() -> None:
    data = struct.pack(">3f", *FLOATS)
    for shape in ("list", "array", "numpy"):
        registry = CodecRegistry(float_vectors=shape)  # type: ignore[arg-type]
        assert encode(FLOAT3, registry.codec(FLOAT3).from_bytes(data), registry) == data


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        CodecRegistry(float_vectors="tensor")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="as"):
        FloatVectorCodec(FLOAT3, REGISTRY.codec(SCALARS["float"]), 3, "tensor")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="vector of float or double"):
        FloatVectorCodec(FLOAT3, REGISTRY.codec(SCALARS["int"]), 3)
    with pytest.raises(ValueError, match="at least one dimension"):
        REGISTRY.codec(VectorType(SCALARS["int"], 0))
