"""Every kind of answer: what the scripted server wrote is what is read; cut anywhere, it is a protocol error."""

import contextlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.errors import Error, ProtocolError, TruncatedError
from aiocql.protocol import constants, responses
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.responses import decode_body
from aiocql.rows.row import row_decoder
from aiocql.testing.server import answers
from aiocql.testing.server.answers import Answer
from aiocql.testing.server.notation import write_int, write_string
from aiocql.types.descriptors import SCALARS

from .messages import COLUMNS, MESSAGES, WIDE, label

VERSIONS = [3, 4, 5]


def decode(answer: Answer, version: int, **how: Any) -> Any:
    """The answer as the driver sees it."""
    response = decode_body(version, answer.flags(), answer.code(), answer.body(version), **how)
    assert (response.opcode, response.version) == (answer.code(), version)
    return response


@pytest.mark.parametrize("version", VERSIONS)
def test_rows(version: int) -> None:
    """With metadata, a paging state, one table or a table for each column."""
    table = [(1, "one", {"a": [1, 2]}), (2, None, None), (-3, "", {"b": []})]
    for shared in (True, False):
        answer = answers.Rows(COLUMNS, table, paging_state=b"next", global_spec=shared)
        result = decode(answer, version)
        assert isinstance(result, responses.RowsResult)
        assert result.rows == table
        assert type(result.rows[0]) is tuple
        assert result.paging_state == b"next"
        assert result.new_metadata_id is None
        assert [(str(c), str(c.type)) for c in result.metadata.columns] == [
            ("ks.t.id", "int"),
            ("ks.t.name", "text"),
            ("ks.t.tags", "map<text, list<int>>"),
        ]


@pytest.mark.parametrize("version", VERSIONS)
def test_types_of_columns(version: int) -> None:
    """Those without a code of their own in a version come as the names of the server's classes."""
    metadata = decode(answers.Rows(WIDE), version).metadata
    assert [str(column.type) for column in metadata][-8:] == [
        "timestamp",
        "date",
        "time",
        "uuid",
        "duration",
        "vector<float, 3>",
        "frozen<tuple<int, text>>",
        "ks.address",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_without_metadata(version: int) -> None:
    """The decoder that the request was sent with serves them; without one, or with another width, there is none."""
    answer = answers.Rows(COLUMNS, [(1, "one", None)], no_metadata=True)
    known = row_decoder(decode(answers.Rows(COLUMNS), version).metadata)
    result = decode(answer, version, known=known)
    assert result.rows[0].name == "one"
    assert result.metadata is None
    assert result.decoder is known
    with pytest.raises(ProtocolError, match="without metadata"):
        decode(answer, version)
    with pytest.raises(ProtocolError, match="3 columns where the statement has 2"):
        decode(answer, version, known=row_decoder(ResultMetadata(known.columns[:2])))


@pytest.mark.fault(23)
def test_changed_metadata() -> None:
    """v5: the answer's own columns hold, not those that the request was sent with."""
    old = row_decoder(ResultMetadata([Column("ks", "t", "old", SCALARS["int"])]))
    answer = answers.Rows(COLUMNS, [(1, "one", None)], new_metadata_id=b"new")
    result = decode(answer, 5, known=old, make_decoder=row_decoder)
    assert result.new_metadata_id == b"new"
    assert result.rows[0]._fields == ("id", "name", "tags")
    assert result.decoder is not old


@pytest.mark.parametrize("version", VERSIONS)
def test_prepared(version: int) -> None:
    """Bound columns, the partition key's places (v4), the result's columns, the ids."""
    bind = [("a", "int"), ("b", "text"), ("c", "int")]
    for shared in (True, False):
        answer = answers.Prepared(b"id", bind, [2, 0], COLUMNS, result_metadata_id=b"m", global_spec=shared)
        result = decode(answer, version)
        assert result.id == b"id"
        assert result.result_metadata_id == (b"m" if version >= 5 else None)
        assert [column.name for column in result.bind_columns] == ["a", "b", "c"]
        assert result.pk_indexes == ((2, 0) if version >= 4 else ())
        assert result.result_metadata.names == ("id", "name", "tags")
    empty = decode(answers.Prepared(b"id", result_metadata_id=b"m"), version)
    assert empty.bind_columns == ()
    assert len(empty.result_metadata) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rest(version: int) -> None:
    """READY, AUTH, SUPPORTED, void, USE."""
    assert isinstance(decode(answers.Ready(), version), responses.Ready)
    assert decode(answers.Authenticate("a.B"), version).authenticator == "a.B"
    assert decode(answers.AuthChallenge(b"x"), version).token == b"x"
    assert decode(answers.AuthChallenge(None), version).token is None
    assert decode(answers.AuthSuccess(b""), version).token == b""
    assert decode(answers.Supported({"A": ["b", "c"], "D": []}), version).options == {
        "A": ["b", "c"],
        "D": [],
    }
    assert isinstance(decode(answers.Void(), version), responses.VoidResult)
    assert decode(answers.SetKeyspace("Ks"), version).keyspace == "Ks"


@pytest.mark.parametrize("kind", [answers.SchemaChange, answers.SchemaChangeEvent])
def test_schema_changes(kind: type[answers.SchemaChange]) -> None:
    """As a result and as an event."""
    for target, name, arguments in (
        ("KEYSPACE", None, ()),
        ("TABLE", "t", ()),
        ("TYPE", "u", ()),
        ("FUNCTION", "f", ("int", "text")),
        ("AGGREGATE", "a", ()),
        ("VIRTUAL_TABLE", None, ()),
    ):
        change = decode(kind("UPDATED", target, "ks", name or "", arguments), 5)
        assert (change.change, change.target, change.keyspace) == ("UPDATED", target, "ks")
        assert (change.name, change.arg_types) == (name, arguments)


@pytest.mark.parametrize("opcode", [constants.OP_RESULT, constants.OP_EVENT])
@pytest.mark.parametrize("target", ["TYPE", "FUNCTION"])
def test_schema_changes_take_names_of_one_byte_per_character(opcode: int, target: str) -> None:
    """Cassandra 4.0 and later write names beyond ASCII that way; they must not end the connection."""
    kind = constants.RESULT_SCHEMA_CHANGE.to_bytes(4, "big")
    begin = kind if opcode == constants.OP_RESULT else write_string("SCHEMA_CHANGE")
    change = write_string("CREATED") + write_string(target) + write_string("ks")
    for raw in ("größe".encode(), "größe".encode("latin-1")):
        name = len(raw).to_bytes(2, "big") + raw
        answer = decode_body(5, 0, opcode, begin + change + name + bytes(2))
        assert answer.name == "größe"


def test_events() -> None:
    """Addresses of both families; a kind that is not known says its name at least."""
    up = decode(answers.StatusChange("UP", "10.1.2.3", 9042), 4)
    assert (up.kind, up.change, up.address, up.port) == ("STATUS_CHANGE", "UP", "10.1.2.3", 9042)
    moved = decode(answers.TopologyChange("MOVED_NODE", "fe80::1", 1), 5)
    assert (moved.kind, moved.change, moved.address, moved.port) == (
        "TOPOLOGY_CHANGE",
        "MOVED_NODE",
        "fe80::1",
        1,
    )
    other = decode_body(5, 0, constants.OP_EVENT, write_string("WEATHER_CHANGE") + b"anything")
    assert (other.kind, other.change, other.address, other.port) == ("WEATHER_CHANGE", None, None, -1)


@pytest.mark.parametrize("answer", MESSAGES, ids=label)
def test_what_flags_announce(answer: Answer) -> None:
    """Tracing id, warnings and payload stand before every kind of message, in this order."""
    tracing = uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    told = answer.but(tracing_id=tracing, warnings=["careful", "ü"], payload={"a": b"1", "b": None})
    response = decode(told, 5)
    assert response.tracing_id == tracing.bytes
    assert response.warnings == ["careful", "ü"]
    assert response.custom_payload == {"a": b"1", "b": None}
    plain = decode(answer, 5)
    assert type(plain) is type(response)
    assert (plain.tracing_id, plain.warnings, plain.custom_payload) == (None, None, None)


@pytest.mark.fault(10)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("answer", MESSAGES, ids=label)
def test_cut_and_overlong(answer: Answer, version: int) -> None:
    """At every byte: TruncatedError. More bytes than the message needs are left alone."""
    body = answer.but(warnings=["w"], tracing_id=uuid.UUID(int=5)).body(version)
    flags = answer.but(warnings=["w"], tracing_id=uuid.UUID(int=5)).flags()
    for size in range(len(body)):
        with pytest.raises(TruncatedError):
            decode_body(version, flags, answer.code(), body[:size])
    longer = decode_body(version, flags, answer.code(), body + b"\xff\x00\x7f")
    assert type(longer) is type(decode_body(version, flags, answer.code(), body))


@pytest.mark.fault(13)
@pytest.mark.parametrize("opcode", [0x01, 0x04, 0x05, 0x07, 0x0A, 0x0F, 0x11, 0xFF])
def test_opcodes_that_no_answer_has(opcode: int) -> None:
    """Requests among them."""
    with pytest.raises(ProtocolError, match=f"opcode 0x{opcode:02X}"):
        decode_body(5, 0, opcode, b"")


@pytest.mark.fault(13)
@pytest.mark.parametrize("kind", [0, 6, -1, 1 << 30])
def test_unknown_kinds_of_results(kind: int) -> None:
    """There is nothing to make of them."""
    with pytest.raises(ProtocolError, match="unknown kind"):
        decode_body(5, 0, constants.OP_RESULT, write_int(kind))


@pytest.mark.fault(33)
@given(st.sampled_from(MESSAGES), st.sampled_from(VERSIONS), st.data())
def test_damaged_anywhere(answer: Answer, version: int, data: st.DataObject) -> None:
    """A few bytes changed: an answer, or an error of the driver's own; nothing else."""
    body = bytearray(answer.body(version))
    for _ in range(data.draw(st.integers(1, 4))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Error):
        decode_body(version, data.draw(st.integers(0, 31)), answer.code(), bytes(body))


@pytest.mark.fault(33)
@given(st.sampled_from(VERSIONS), st.integers(0, 31), st.integers(0, 0x12), st.binary(max_size=200))
def test_any_bytes(version: int, flags: int, opcode: int, body: bytes) -> None:
    """Bytes that never were a message."""
    with contextlib.suppress(Error):
        decode_body(version, flags, opcode, body)


def test_repr_of_each() -> None:
    """Short, and without rows or tokens."""
    for answer in MESSAGES:
        text = repr(decode(answer, 5))
        assert text.startswith("<")
        assert len(text) < 200
        assert "one" not in text
