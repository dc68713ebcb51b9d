"""Bodies of requests: as cassandra-driver writes them, as the scripted server reads them, and what cannot go."""

import io
import itertools
from typing import Any

import pytest
from cassandra import protocol as official
from cassandra.query import BatchType
from hypothesis import given
from hypothesis import strategies as st

from aiocql.errors import EncodeError, Error, InterfaceError
from aiocql.protocol import constants, requests
from aiocql.protocol.requests import QueryParameters
from aiocql.testing.server import requests as scripted
from aiocql.testing.server.frames import Envelope

VERSIONS = [3, 4, 5]
VALUES = [b"\0\0\0\x07", b"text", None, b""]
ENCODED = b"\0\0\0\x04\0\0\0\x07\0\0\0\x04text\xff\xff\xff\xff\0\0\0\0"
UNSET = b"\xff\xff\xff\xfe"


def theirs(message: Any, version: int) -> bytes:
    """What cassandra-driver writes."""
    out = io.BytesIO()
    message.send_body(out, version)
    return out.getvalue()


def read(version: int, opcode: int, body: bytes) -> scripted.ReceivedRequest:
    """What the scripted server reads; it refuses bytes that are left over."""
    return scripted.read_request(Envelope(version, 0, 1, opcode, body), 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_small_bodies(version: int) -> None:
    """STARTUP, REGISTER, AUTH_RESPONSE, PREPARE."""
    options = {"COMPRESSION": "lz4", "CQL_VERSION": "3.0.0"}
    assert requests.startup_body(options) == theirs(
        official.StartupMessage("3.0.0", {"COMPRESSION": "lz4"}), version
    )
    events = ["TOPOLOGY_CHANGE", "STATUS_CHANGE"]
    assert requests.register_body(events) == theirs(official.RegisterMessage(events), version)
    token = b"\0user\0secret"
    assert requests.auth_response_body(token) == theirs(official.AuthResponseMessage(token), version)
    assert requests.auth_response_body(None) == b"\xff\xff\xff\xff"
    prepare = official.PrepareMessage("SELECT é")
    assert requests.prepare_body(version, "SELECT é") == theirs(prepare, version)


def test_prepare_in_a_keyspace() -> None:
    """v5 only."""
    assert requests.prepare_body(5, "q", "ks") == theirs(official.PrepareMessage("q", keyspace="ks"), 5)
    with pytest.raises(InterfaceError, match="protocol v5"):
        requests.prepare_body(4, "q", "ks")


def parameters(version: int) -> list[tuple[QueryParameters, dict[str, Any]]]:
    """Every combination of what a version can carry, for us and for cassandra-driver."""
    choices: list[tuple[str, str, Any]] = [
        ("serial_consistency", "serial_consistency_level", 8),
        ("page_size", "fetch_size", 5000),
        ("paging_state", "paging_state", b"\x01\x02state"),
        ("timestamp", "timestamp", 1_700_000_000_000_000),
    ]
    if version >= 5:
        choices.append(("keyspace", "keyspace", "ks"))
    out = []
    for chosen in itertools.product([False, True], repeat=len(choices)):
        ours, other = {}, {}
        for (name, their_name, value), use in zip(choices, chosen, strict=True):
            if use:
                ours[name] = value
                other[their_name] = value
        out.append((QueryParameters(consistency=6, **ours), other))
    return out


@pytest.mark.parametrize("version", VERSIONS)
def test_query(version: int) -> None:
    """With and without values, all options."""
    for ours, other in parameters(version):
        for values, encoded in ((None, b""), (VALUES, ENCODED)):
            message = official.QueryMessage("SELECT 1", 6, **other)
            message.query_params = values
            body = requests.query_body(version, "SELECT 1", ours, len(values or ()), encoded)
            assert body == theirs(message, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_execute(version: int) -> None:
    """The id, on v5 the metadata's id, then as QUERY."""
    for ours, other in parameters(version):
        keyspace = other.pop("keyspace", None)
        message = official.ExecuteMessage(b"id" * 8, VALUES, 6, result_metadata_id=b"meta", **other)
        message.keyspace = keyspace
        body = requests.execute_body(version, b"id" * 8, b"meta", ours, len(VALUES), ENCODED)
        assert body == theirs(message, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_batch(version: int) -> None:
    """Texts and prepared ids with their values; no pages, no skipping."""
    for ours, other in parameters(version):
        if {"fetch_size", "paging_state"} & set(other):
            continue
        statements = [(False, "INSERT 1", VALUES), (True, b"id" * 8, VALUES[:1]), (True, b"x", [])]
        message = official.BatchMessage(BatchType.UNLOGGED, statements, 6, **other)
        ours_too = [("INSERT 1", 4, ENCODED), (b"id" * 8, 1, ENCODED[:8]), (b"x", 0, b"")]
        assert requests.batch_body(version, 1, ours_too, ours) == theirs(message, version)


def test_now_in_seconds_is_the_last() -> None:
    """v5; cassandra-driver has no such option, the scripted server reads it."""
    ours = QueryParameters(consistency=1, timestamp=5, keyspace="ks", now_in_seconds=-3)
    for opcode, body in (
        (constants.OP_QUERY, requests.query_body(5, "q", ours)),
        (constants.OP_EXECUTE, requests.execute_body(5, b"i", b"m", ours)),
        (constants.OP_BATCH, requests.batch_body(5, 0, [("q", 0, b"")], ours)),
    ):
        assert body.endswith(b"\0\x02ks\xff\xff\xff\xfd")
        assert read(5, opcode, body).options.now_in_seconds == -3


@pytest.mark.parametrize("version", VERSIONS)
def test_skipping_metadata(version: int) -> None:
    """cassandra-driver never writes this flag; the scripted server reads it."""
    body = requests.execute_body(version, b"i", b"m", QueryParameters(skip_metadata=True, page_size=7))
    options = read(version, constants.OP_EXECUTE, body).options
    assert options.skip_metadata
    assert options.page_size == 7


@pytest.mark.parametrize("version", VERSIONS)
def test_named_values(version: int) -> None:
    """Each name stands before its value."""
    body = requests.query_body(version, "q", QueryParameters(), 4, ENCODED, ["a", "b", "c", "d"])
    request = read(version, constants.OP_QUERY, body)
    assert request.options.names == ["a", "b", "c", "d"]
    assert request.options.values == VALUES


@pytest.mark.parametrize("version", [4, 5])
def test_unset_values(version: int) -> None:
    """v4 and later."""
    body = requests.execute_body(version, b"i", b"m", QueryParameters(), 2, UNSET + b"\0\0\0\x01x")
    values = read(version, constants.OP_EXECUTE, body).options.values
    assert [repr(value) for value in values] == ["UNSET", "b'x'"]


SOME = {"keyspace": "ks", "now_in_seconds": 1}


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", SOME)
def test_options_that_a_version_has_not(version: int, name: str) -> None:
    """They would change what the statement means: an error that says so."""
    chosen = QueryParameters(**{name: SOME[name]})
    for body in (
        lambda: requests.query_body(version, "q", chosen),
        lambda: requests.execute_body(version, b"i", None, chosen),
        lambda: requests.batch_body(version, 0, [], chosen),
    ):
        with pytest.raises(InterfaceError, match=f"needs protocol v5; this connection speaks v{version}"):
            body()


def test_unset_on_v3() -> None:
    """Wherever it stands, named or not, in a batch too."""
    values = b"\0\0\0\x01x" + UNSET
    for body in (
        lambda: requests.query_body(3, "q", QueryParameters(), 2, values),
        lambda: requests.query_body(3, "q", QueryParameters(), 2, values, ["a", "b"]),
        lambda: requests.execute_body(3, b"i", None, QueryParameters(), 2, values),
        lambda: requests.batch_body(3, 0, [("q", 2, values)], QueryParameters()),
    ):
        with pytest.raises(EncodeError, match="unset"):
            body()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: requests.execute_body(5, b"i", None, QueryParameters()),
        lambda: requests.execute_body(4, b"i" * 65536, None, QueryParameters()),
        lambda: requests.query_body(4, "q", QueryParameters(), 65536, b"\xff" * 4 * 65536),
        lambda: requests.query_body(4, "q", QueryParameters(), 2, b"\xff" * 8, ["a"]),
        lambda: requests.query_body(4, "q", QueryParameters(), 1, b"\xff" * 4, ["a" * 65536]),
        lambda: requests.batch_body(4, 0, [("q", 0, b"")] * 65536, QueryParameters()),
        lambda: requests.startup_body({"a": "b" * 65536}),
        lambda: requests.custom_payload(3, {"a": b"b"}),
        lambda: requests.custom_payload(4, {str(i): b"" for i in range(65536)}),
        lambda: QueryParameters(page_size=0),
        lambda: QueryParameters(page_size=1 << 31),
        lambda: QueryParameters(timestamp=-1),
        lambda: QueryParameters(now_in_seconds=1 << 31),
        lambda: QueryParameters(consistency=-1),
        lambda: QueryParameters(consistency=65536),
        lambda: QueryParameters(serial_consistency=-5),
    ],
)
def test_what_does_not_fit(attempt: Any) -> None:
    """Before anything is sent, under aiocql.errors."""
    with pytest.raises(Error):
        attempt()


def test_custom_payload() -> None:
    """A map of bytes; null is a value of it."""
    assert requests.custom_payload(4, {"a": b"xy", "b": None}) == (
        b"\0\x02\0\x01a\0\0\0\x02xy\0\x01b\xff\xff\xff\xff"
    )


@given(
    st.sampled_from(VERSIONS),
    st.integers(0, 31),
    st.integers(0, 32767),
    st.integers(0, 16),
    st.integers(0, 2**31 - 1),
)
def test_header(version: int, flags: int, stream: int, opcode: int, size: int) -> None:
    """Nine bytes."""
    expected = bytes([version, flags]) + stream.to_bytes(2, "big") + bytes([opcode]) + size.to_bytes(4, "big")
    assert requests.header(version, flags, stream, opcode, size) == expected


def test_a_body_too_large_for_a_header() -> None:
    """2^31 bytes and more."""
    with pytest.raises(EncodeError):
        requests.header(5, 0, 0, 7, 1 << 31)


def test_parameters_are_values() -> None:
    """Equal by what they say, replaced in part, and silent about the paging state."""
    one = QueryParameters(consistency=4, serial_consistency=9, page_size=10, paging_state=b"secret")
    assert one == QueryParameters(consistency=4, serial_consistency=9, page_size=10, paging_state=b"secret")
    assert hash(one) == hash(one.replace())
    other = one.replace(paging_state=None, timestamp=0)
    assert (other.paging_state, other.timestamp, other.page_size, other.serial_consistency) == (
        None,
        0,
        10,
        9,
    )
    assert one != other
    assert one != "something else"
    assert "secret" not in repr(one)
    plain = QueryParameters()
    assert (plain.page_size, plain.timestamp, plain.now_in_seconds, plain.keyspace) == (
        None,
        None,
        None,
        None,
    )
    assert (plain.consistency, plain.serial_consistency, plain.skip_metadata) == (10, None, False)
