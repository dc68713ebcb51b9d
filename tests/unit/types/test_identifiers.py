"""uuid, timeuuid, inet."""

from __future__ import annotations

import copy
import ipaddress
import pickle
import uuid
from typing import Any

import pytest
from tests.unit.types.cql_values import REGISTRY

from aiocql.errors import EncodeError
from aiocql.types.descriptors import SCALARS

UUID = REGISTRY.codec(SCALARS["uuid"])
TIMEUUID = REGISTRY.codec(SCALARS["timeuuid"])
INET = REGISTRY.codec(SCALARS["inet"])
SAMPLE = uuid.UUID("12345678-9abc-4def-8123-456789abcdef")


@pytest.mark.parametrize("value", [SAMPLE, uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)])
def test_a_uuid_is_the_standard_librarys_in_every_respect(value: uuid.UUID) -> None:
    made = UUID.from_bytes(value.bytes)
    assert type(made) is uuid.UUID
    assert made == value
    assert hash(made) == hash(value)
    assert str(made) == str(value)
    assert made.is_safe is uuid.SafeUUID.unknown
    assert pickle.loads(pickle.dumps(made)) == value
    assert copy.deepcopy(made) == value
    assert UUID.to_bytes(made) == value.bytes


@pytest.mark.parametrize("text", [str(SAMPLE), SAMPLE.hex, str(SAMPLE).upper()])
def test_a_uuid_is_taken_from_text(text: str) -> None:
    assert UUID.to_bytes(text) == SAMPLE.bytes


@pytest.mark.parametrize(
    "text", ["", "canary", str(SAMPLE)[:-1], f"{{{SAMPLE}}}", SAMPLE.hex[:-1] + "g", "\u0661" * 32, "_" * 32]
)
def test_other_text_is_no_uuid(text: str) -> None:
    with pytest.raises(EncodeError, match="not a UUID") as caught:
        UUID.to_bytes(text)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("value", [SAMPLE.bytes, SAMPLE.int, True])
def test_a_uuid_takes_no_other_type(value: Any) -> None:
    with pytest.raises(EncodeError, match=r"uuid takes a uuid\.UUID"):
        UUID.to_bytes(value)


def test_a_uuid_with_a_number_out_of_range_is_refused() -> None:
    for number in (-1, 1 << 128, "x"):
        broken = uuid.UUID(int=1)
        object.__setattr__(broken, "int", number)
        with pytest.raises(EncodeError, match="128 bits"):
            UUID.to_bytes(broken)


def test_a_timeuuid_is_of_version_1() -> None:
    value = uuid.uuid1()
    assert TIMEUUID.from_bytes(TIMEUUID.to_bytes(value)) == value
    with pytest.raises(EncodeError, match="version 4"):
        TIMEUUID.to_bytes(SAMPLE)


@pytest.mark.parametrize(
    "text", ["1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "::ffff:1.2.3.4"]
)
def test_an_inet_is_an_address_of_4_or_16_bytes(text: str) -> None:
    address = ipaddress.ip_address(text)
    data = INET.to_bytes(address)
    assert data == address.packed
    assert INET.to_bytes(text) == data
    decoded = INET.from_bytes(data)
    assert decoded == address
    assert type(decoded) is type(address)


def test_a_scope_id_has_no_place_in_an_inet() -> None:
    for value in (ipaddress.ip_address("fe80::1%eth0"), "fe80::1%eth0"):
        with pytest.raises(EncodeError, match="scope id"):
            INET.to_bytes(value)


@pytest.mark.parametrize("value", ["canary.example", "1.2.3", "1.2.3.4/8", "01.2.3.4", ""])
def test_other_text_is_no_address(value: str) -> None:
    with pytest.raises(EncodeError, match="not an IPv4 or IPv6 address") as caught:
        INET.to_bytes(value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "value", [ipaddress.ip_interface("1.2.3.4/8"), ipaddress.ip_network("1.0.0.0/8"), 1, b"\1\2\3\4"]
)
def test_an_inet_takes_no_other_type(value: Any) -> None:
    with pytest.raises(EncodeError, match="inet takes an IPv4Address"):
        INET.to_bytes(value)
