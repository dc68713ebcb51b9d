"""What a result gives, in which shape, and what the server said besides."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import logging
import uuid
from typing import Any, NamedTuple

import attrs
import msgspec
import pydantic
import pytest
from tests.plugins.canary import VALUE, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node

import aiocql
from aiocql.testing import Opcode, Rows, ScriptedServer, Void

ITEM = "SELECT k, v FROM t WHERE k = ?"
COLUMNS = [("k", "int"), ("v", "text")]


@dataclasses.dataclass
class Item:
    k: int
    v: str


class Pair(NamedTuple):
    k: int
    v: str


@attrs.define
class Attrs:
    k: int
    v: str


class Struct(msgspec.Struct):
    k: int
    v: str


class Model(pydantic.BaseModel):
    k: int
    v: str


def prime_items(server: ScriptedServer) -> None:
    server.prime(
        ITEM, bind=[("k", "int")], columns=COLUMNS, rows=lambda request: [(request.bound["k"], "one")]
    )
    server.prime("SELECT k, v FROM t", columns=COLUMNS, rows=[(1, "one")])


def by_name(*, v: str, k: int) -> str:
    return f"{k}{v}"


SHAPES = [
    (None, (1, "one")),
    (tuple, (1, "one")),
    (dict, {"k": 1, "v": "one"}),
    (Item, Item(1, "one")),
    (Pair, Pair(1, "one")),
    (Attrs, Attrs(1, "one")),
    (Struct, Struct(1, "one")),
    (Model, Model(k=1, v="one")),
    (tuple[int, str], (1, "one")),
    (dict[str, Any], {"k": 1, "v": "one"}),
    (by_name, "1one"),
    (lambda k, v: [k, v], [1, "one"]),
]


@pytest.mark.parametrize(("into", "expected"), SHAPES)
@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_shapes_by_call_statement_and_session(into: Any, expected: Any, version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        prime_items(server)
        for query, values in ((ITEM, [1]), ("SELECT k, v FROM t", None)):
            row: Any = (await session.execute(query, values, into=into)).one()
            assert (row, type(row)) == (
                expected,
                aiocql.Row if into is None else type(expected),
            ) or into is None
            assert row == expected
            assert (await session.execute(query, values)).one()._asdict() == {"k": 1, "v": "one"}
        statement = await session.prepare(ITEM, into=into)
        assert (await session.execute(statement, [1])).one() == expected
        assert (await session.execute(statement, [1], into=dict)).one() == {"k": 1, "v": "one"}
    async with one_node(protocol_version=version, into=into) as (server, session):
        prime_items(server)
        assert (await session.execute(ITEM, [1])).one() == expected
        assert (await session.execute("SELECT k, v FROM t")).one() == expected
        assert (await session.execute(ITEM, [1], into=tuple)).one() == (1, "one")
        assert (await session.execute(SELECT, [1], into="scalar")).one() == value_of(1)


@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_shape_that_does_not_fit_fails_its_request_alone(version: int) -> None:
    async with one_node(protocol_version=version, into=Item) as (server, session):
        for query, values in ((SELECT, [1]), ("SELECT v FROM t", None)):
            server.prime("SELECT v FROM t", columns=[("v", "text")], rows=[("v",)])
            with pytest.raises(aiocql.InterfaceError, match="needs also k"):
                await session.execute(query, values)
            with pytest.raises(aiocql.InterfaceError, match="Pair"):
                await session.execute(query, values, into=Pair)
            assert (await session.execute(query, values, into=dict)).rows
        with pytest.raises(aiocql.InterfaceError, match="needs also k"):
            await session.prepare(SELECT, into=Pair)
        with pytest.raises(aiocql.InterfaceError, match="into=5"):
            await session.execute(SELECT, [1], into=5)
        assert len(server.connections) == len({request.connection for request in server.requests})


@pytest.mark.parametrize("into", [None, Item, dict, tuple, "scalar"])
@pytest.mark.parametrize("applied", [False, True])
@in_memory
async def test_light_weight_transaction(into: Any, applied: bool) -> None:
    query = "INSERT INTO t (k, v) VALUES (?, ?) IF NOT EXISTS"
    columns = [("[applied]", "boolean")] + ([] if applied else COLUMNS)
    answer = Rows(columns, [(applied,) if applied else (applied, 1, "there")])
    async with one_node() as (server, session):
        server.prime(query, answer, bind=COLUMNS)
        for options in ({}, {"serial_consistency_level": "LOCAL_SERIAL"}):
            result = await session.execute(query, [1, VALUE], into=into, **options)
            assert result.was_applied is applied
            if not applied:
                row: Any = result.one()
                assert (row["v"] if into in (dict, None, Item, "scalar") else row[2]) == "there"
        assert server.requests[-1].options.serial_consistency == 9
        assert (await session.execute(INSERT, [1, VALUE])).was_applied


@in_memory
async def test_what_the_server_said_besides(caplog: pytest.LogCaptureFixture) -> None:
    trace = uuid.uuid4()
    async with one_node() as (server, session):
        server.prime(
            lambda request: request.opcode is Opcode.EXECUTE,
            Void(warnings=["too many tombstones"], payload={"a": b"1", "b": None}, tracing_id=trace),
        )
        with caplog.at_level(logging.WARNING, "aiocql.warnings"):
            result = await session.execute(INSERT, [1, VALUE], trace=True, custom_payload={"c": b"2"})
        assert server.requests[-1].tracing
        assert server.requests[-1].payload == {"c": b"2"}
        assert list(result.warnings) == ["too many tombstones"]
        assert (result.custom_payload, result.trace_id) == ({"a": b"1", "b": None}, trace)
        assert result.coordinator.endpoint == f"{server.address}:{server.port}"
        (record,) = caplog.records
        assert "too many tombstones" in record.getMessage()
        assert INSERT in record.getMessage()
        assert VALUE not in record.getMessage()
        assert (record.event, record.host) == ("SERVER_WARNING", f"{server.address}:{server.port}")


@in_memory
async def test_no_literal_of_a_statement_is_in_the_log_of_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    text = f"INSERT INTO t (k, v) VALUES (1, '{VALUE}')"
    async with one_node() as (server, session):
        warning = f"Something about query {text}"
        server.prime(lambda request: request.opcode is Opcode.QUERY, Void(warnings=[warning]))
        assert list((await session.execute(text)).warnings) == [warning]
        assert "INSERT INTO t (k, v) VALUES (?, ?)" in caplog.text
        assert VALUE not in caplog.text


@in_memory
async def test_result_without_a_trace_says_how_to_get_one() -> None:
    async with one_node() as (_, session):
        with pytest.raises(aiocql.InterfaceError, match="trace=True"):
            await (await session.execute(SELECT, [1])).get_trace()


@pytest.mark.parametrize(("option", "value", "attribute", "sent"), [
    ("consistency_level", "ALL", "consistency", 5),
    ("serial_consistency_level", aiocql.ConsistencyLevel.SERIAL, "serial_consistency", 8),
    ("page_size", 7, "page_size", 7),
    ("page_size", None, "page_size", None),
    ("timestamp", 123, "timestamp", 123),
    ("timestamp", None, "timestamp", None),
    ("now_in_seconds", 99, "now_in_seconds", 99),
])  # fmt: skip
@in_memory
async def test_options_reach_the_server(option: str, value: Any, attribute: str, sent: Any) -> None:
    async with one_node() as (server, session):
        server.prime("SELECT v FROM t", columns=[("v", "text")])
        statement = await session.prepare(SELECT, **{option: value})
        given: Any = {option: value}
        await session.execute(statement, [1])
        await session.execute(SELECT, [1], **given)
        await session.execute("SELECT v FROM t", **given)
        await session.batch([(INSERT, [1, VALUE])], **given) if option != "page_size" else None
        requests = [each for each in server.requests if each.opcode in (Opcode.EXECUTE, Opcode.BATCH)]
        requests += [each for each in server.requests if each.query == "SELECT v FROM t"]
        assert [getattr(each.options, attribute) for each in requests] == [sent] * len(requests)


@in_memory
async def test_timestamps_of_the_client_always_grow() -> None:
    async with one_node() as (server, session):
        for k in range(20):
            await session.execute(INSERT, [k, VALUE])
            await session.batch([(INSERT, [k, VALUE])])
        kinds = (Opcode.EXECUTE, Opcode.BATCH)
        stamps = [each.options.timestamp for each in server.requests if each.opcode in kinds]
        assert all(a < b for a, b in itertools.pairwise(stamps))


@pytest.mark.parametrize("options", [
    {"time_out": 1}, {"timeout": -1}, {"timeout": "1"}, {"attempt_timeout": 0}, {"consistency_level": "MOST"},
    {"serial_consistency_level": "QUORUM"}, {"host": "127.0.0.9"}, {"retry": 5}, {"speculative": 5},
    {"load_balancing": 5}, {"page_size": 0},
])  # fmt: skip
@in_memory
async def test_options_that_cannot_be_are_refused_and_nothing_is_sent(options: Any) -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        for query, values in ((statement, [1]), (SELECT, [1]), ("SELECT v FROM t", None)):
            with pytest.raises((aiocql.ConfigurationError, aiocql.InterfaceError)):
                await session.execute(query, values, **options)
        assert server.count(Opcode.EXECUTE) == server.count("SELECT v FROM t") == 0


@pytest.mark.parametrize("query", [5, None, b"SELECT", ["SELECT"]])
@in_memory
async def test_what_is_no_statement(query: Any) -> None:
    async with one_node() as (_, session):
        for values in (None, [1]):
            with pytest.raises(aiocql.InterfaceError, match="string"):
                await session.execute(query, values)
        with pytest.raises(aiocql.InterfaceError, match="string"):
            await session.prepare(query)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit])
@in_memory
async def test_row_function_that_raises_no_exception_fails_its_request_at_once(
    error: type[BaseException], version: int
) -> None:
    def into(k: int, v: str) -> None:
        raise error

    async with one_node(protocol_version=version) as (server, session):
        prime_items(server)
        loop = asyncio.get_running_loop()
        for query, values in ((ITEM, [1]), ("SELECT k, v FROM t", None)):
            begun = loop.time()
            with pytest.raises(aiocql.DecodeError, match=f"makes: {error.__name__}") as caught:
                await session.execute(query, values, into=into, timeout=None)
            assert isinstance(caught.value.__cause__, error)
            assert loop.time() - begun < 0.1
            assert (await session.execute(query, values, into=dict)).rows
        assert len(server.connections) == len({request.connection for request in server.requests})
