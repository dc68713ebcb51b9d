"""boolean, the integers, varint, float, double, decimal."""

from __future__ import annotations

import enum
import math
import struct
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy
import pytest
from tests.unit.types.cql_values import REGISTRY

from aiocql.errors import EncodeError
from aiocql.types.descriptors import SCALARS


def encode(name: str, value: Any) -> str:
    data = REGISTRY.codec(SCALARS[name]).to_bytes(value)
    assert data is not None
    return data.hex()


def decode(name: str, data: str) -> Any:
    return REGISTRY.codec(SCALARS[name]).from_bytes(bytes.fromhex(data))


def refusal(name: str, value: Any) -> str:
    with pytest.raises(EncodeError) as caught:
        encode(name, value)
    return str(caught.value)


class Colour(enum.IntEnum):
    RED = 3


class Index:
    def __index__(self) -> int:
        return 5


@pytest.mark.parametrize(("data", "value"), [("00", False), ("01", True), ("02", True), ("ff", True)])
def test_any_byte_but_zero_is_true(data: str, value: bool) -> None:
    assert decode("boolean", data) is value


@pytest.mark.parametrize("value", [1, 0, "true", 1.0, None.__class__, numpy.int8(1)])
def test_a_boolean_takes_bools_only(value: Any) -> None:
    assert "boolean takes a bool, not" in refusal("boolean", value)


def test_a_boolean_takes_numpys() -> None:
    assert encode("boolean", numpy.bool_(True)) == "01"
    assert encode("boolean", numpy.bool_(False)) == "00"


@pytest.mark.parametrize(
    ("name", "bits"), [("tinyint", 8), ("smallint", 16), ("int", 32), ("bigint", 64), ("counter", 64)]
)
def test_integers_are_checked_against_their_range(name: str, bits: int) -> None:
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    for value in (low, high, 0, -1):
        assert decode(name, encode(name, value)) == value
        assert len(encode(name, value)) == bits // 4
    for value in (low - 1, high + 1, 1 << 80):
        text = refusal(name, value)
        assert f"it holds {low} to {high}" in text
        assert "int" in text


@pytest.mark.parametrize("name", ["tinyint", "smallint", "int", "bigint", "counter", "varint"])
def test_no_bool_float_or_str_is_taken_for_an_int(name: str) -> None:
    for value in (True, 1.0, "1", b"1", None.__class__, Decimal(1)):
        assert f"{name} takes an int, not" in refusal(name, value)
    assert "int(value)" in refusal("int", True)


@pytest.mark.parametrize("name", ["tinyint", "smallint", "int", "bigint", "varint"])
def test_what_is_an_integer_is_taken(name: str) -> None:
    assert decode(name, encode(name, Colour.RED)) == 3
    assert decode(name, encode(name, Index())) == 5
    assert decode(name, encode(name, numpy.int16(-7))) == -7


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (1, "01"),
        (-1, "ff"),
        (127, "7f"),
        (128, "0080"),
        (-128, "80"),
        (-129, "ff7f"),
        (2**63 - 1, "7fffffffffffffff"),
        (2**63, "008000000000000000"),
        (-(2**63), "8000000000000000"),
        (-(2**63) - 1, "ff7fffffffffffffff"),
    ],
)
def test_a_varint_is_as_short_as_it_can_be(value: int, data: str) -> None:
    assert encode("varint", value) == data
    assert decode("varint", data) == value


@pytest.mark.parametrize(
    ("data", "value"), [("000001", 1), ("ffffffff", -1), ("00" * 20, 0), ("ff" * 9 + "7f", -129)]
)
def test_a_longer_varint_than_needed_is_read(data: str, value: int) -> None:
    assert decode("varint", data) == value


@pytest.mark.parametrize("name", ["float", "double"])
def test_floats_keep_nan_infinity_and_the_sign_of_zero(name: str) -> None:
    assert math.isnan(decode(name, encode(name, math.nan)))
    assert decode(name, encode(name, -math.inf)) == -math.inf
    assert math.copysign(1, decode(name, encode(name, -0.0))) == -1


@pytest.mark.parametrize("value", [3.5e38, -1e300, 2**200])
def test_a_float_beyond_32_bits_is_an_error_not_infinity(value: float) -> None:
    text = refusal("float", value)
    assert "does not fit float" in text
    assert "double" in text
    assert encode("float", 3.4028234663852886e38) == "7f7fffff"


def test_floats_take_numbers_of_other_kinds() -> None:
    for value in (2, numpy.float32(2), Fraction(4, 2), Decimal(2), Colour(3) - 1):
        assert decode("double", encode("double", value)) == 2.0
        assert decode("float", encode("float", value)) == 2.0


@pytest.mark.parametrize("name", ["float", "double"])
def test_floats_take_neither_bools_nor_text(name: str) -> None:
    for value in (True, "1.5", b"1", [1.0]):
        assert f"{name} takes a float, not" in refusal(name, value)


def test_an_int_beyond_a_double_is_an_error() -> None:
    assert "does not fit double" in refusal("double", 10**400)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("1E+3", "fffffffd01"),
        ("1.0", "000000010a"),
        ("1.00", "0000000264"),
        ("-1.29", "00000002ff7f"),
        ("0E-5", "0000000500"),
        ("0", "0000000000"),
        ("123456789012345678901234567890.5", "00000001"),
    ],
)
def test_a_decimal_keeps_its_scale(text: str, data: str) -> None:
    assert encode("decimal", Decimal(text)).startswith(data)
    assert repr(decode("decimal", encode("decimal", Decimal(text)))) == repr(Decimal(text))


def test_no_context_rounds_a_decimal() -> None:
    value = Decimal("3." + "14159" * 20)
    with localcontext() as context:
        context.prec = 3
        context.Emax = 2
        context.Emin = -2
        assert repr(decode("decimal", encode("decimal", value))) == repr(value)


@pytest.mark.parametrize("digits", [1, 17, 18, 19, 20, 40])
@pytest.mark.parametrize("exponent", [-(2**31) + 1, -30, -18, -1, 0, 1, 30, 2**31])
def test_short_and_long_decimals_are_encoded_alike(digits: int, exponent: int) -> None:
    for sign in (0, 1):
        value = Decimal((sign, (9,) * digits, exponent))
        unscaled = (10**digits - 1) * (-1 if sign else 1)
        with localcontext(capitals=sign):  # changes how a Decimal is printed
            assert encode("decimal", value) == (-exponent).to_bytes(4, "big", signed=True).hex() + encode(
                "varint", unscaled
            )


def test_a_negative_zero_decimal_loses_its_sign() -> None:
    assert encode("decimal", Decimal("-0.0")) == "0000000100"


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_holds_neither_nan_nor_infinity(text: str) -> None:
    assert "neither NaN nor infinity" in refusal("decimal", Decimal(text))


@pytest.mark.parametrize("text", ["1E+2147483649", "1E-2147483648"])
def test_the_scale_of_a_decimal_has_32_bits(text: str) -> None:
    assert "exponent" in refusal("decimal", Decimal(text))


def test_a_decimal_takes_ints_but_no_floats() -> None:
    assert encode("decimal", 128) == "000000000080"
    assert encode("decimal", 10**30) == "00000000" + encode("varint", 10**30)
    for value in (1.5, "1.5", True, Fraction(1, 2)):
        assert "decimal takes a Decimal or an int, not" in refusal("decimal", value)


def test_errors_name_types_and_never_the_value() -> None:
    for name, value in (
        ("int", 123456789012),
        ("float", 1.2345e300),
        ("decimal", "12345"),
        ("boolean", 12345),
    ):
        text = refusal(name, value)
        assert "12345" not in text
        assert type(value).__name__ in text
        assert name in text


def test_a_double_is_what_struct_says() -> None:
    for value in (1.5, -2.25e-308, 5e-324):
        assert encode("double", value) == struct.pack(">d", value).hex()


def test_a_decimal_takes_what_has_an_index() -> None:
    """NumPy's integers and an IntEnum, as the columns of integers do."""
    for value in (numpy.int64(-5), numpy.uint8(7), enum.IntEnum("Kind", {"A": 3}).A):
        assert REGISTRY.codec(SCALARS["decimal"]).from_bytes(
            REGISTRY.codec(SCALARS["decimal"]).to_bytes(value)
        ) == int(value)
