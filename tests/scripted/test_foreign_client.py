"""The scripted server as cassandra-driver sees it: the proof that it speaks the protocol right."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import uuid

import pytest
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD, value_of
from tests.scripted.foreign import foreign
from tests.scripted.scripted_sessions import prime_select

from aiocql.testing import (
    AlreadyExistsAnswer,
    Answer,
    ErrorAnswer,
    FunctionFailureAnswer,
    Opcode,
    ReadFailureAnswer,
    ReadTimeoutAnswer,
    ReceivedRequest,
    ScriptedCluster,
    ScriptedServer,
    UnavailableAnswer,
    Void,
    WriteFailureAnswer,
    WriteTimeoutAnswer,
    plain_text,
)

VERSIONS = pytest.mark.parametrize("version", [3, 4, 5])


def add_table(server: ScriptedServer) -> None:
    server.view.schema.add_table("ks", "t", {"k": "int", "v": "text"}, ["k"])


@VERSIONS
async def test_discovers_node_and_schema(version: int) -> None:
    async with ScriptedServer() as server:
        add_table(server)
        seen = await foreign(server, version, "discover")
        assert seen["hosts"] == [f"127.0.0.1:{server.port}"]
        assert seen["racks"] == ["datacenter1/rack1"]
        assert seen["keyspaces"] == ["ks", "system", "system_schema"]
        assert seen["columns"] == ["k", "v"]
        assert {request.version for request in server.requests} == {version}
        assert server.violations == []


@VERSIONS
async def test_prepares_and_executes(version: int) -> None:
    async with ScriptedServer() as server:
        prime = prime_select(server)
        seen = await foreign(server, version, "prepared")
        assert seen["rows"] == [value_of(0), value_of(1), value_of(2)]
        assert seen["routing"] == ([0] if version > 3 else None)
        assert [request.bound["k"] for request in prime.requests] == [0, 1, 2]
        assert server.violations == []


@VERSIONS
async def test_pages(version: int) -> None:
    async with ScriptedServer() as server:
        prime = server.prime("SELECT k FROM t", columns=[("k", "int")], rows=[(k,) for k in range(10)])
        seen = await foreign(server, version, "paged")
        assert seen == {"simple": list(range(10)), "prepared": list(range(10))}
        assert prime.count == 4 + 3
        assert server.violations == []


ALL_TYPES = {
    "ascii": ("plain", "'plain'"),
    "bigint": (-(2**63), "-9223372036854775808"),
    "blob": (b"\x00\xff", r"b'\x00\xff'"),
    "boolean": (True, "True"),
    "date": (datetime.date(1969, 12, 31), "Date(-1)"),
    "decimal": (decimal.Decimal("-1.50"), "Decimal('-1.50')"),
    "double": (0.1, "0.1"),
    "duration": ((1, 2, 64), "Duration(1, 2, 64)"),
    "float": (-0.5, "-0.5"),
    "inet": ("::1", "'::1'"),
    "int": (-5, "-5"),
    "smallint": (-32768, "-32768"),
    "text": ("žluť", "'žluť'"),
    "time": (86399999999999, "Time(86399999999999)"),
    "timestamp": (-1, "datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)"),
    "timeuuid": (uuid.UUID(int=1 << 76), f"UUID('{uuid.UUID(int=1 << 76)}')"),
    "tinyint": (-128, "-128"),
    "uuid": (uuid.UUID(int=7), f"UUID('{uuid.UUID(int=7)}')"),
    "varint": (2**64, "18446744073709551616"),
    "list<int>": ([1, 2], "[1, 2]"),
    "map<text, frozen<list<int>>>": ({"a": [1]}, "OrderedMapSerializedKey([('a', [1])])"),
    "set<text>": (["a", "b"], "SortedSet(['a', 'b'])"),
    "tuple<int, text>": ((1, "a"), "(1, 'a')"),
    "vector<float, 3>": ([1.0, 2.0, 3.0], "[1.0, 2.0, 3.0]"),
    "vector<text, 2>": (["a", "b"], "['a', 'b']"),
}


@VERSIONS
async def test_values_of_every_type(version: int) -> None:
    columns = [(f"c{n}", name) for n, name in enumerate(ALL_TYPES)]
    async with ScriptedServer() as server:
        values = [value for value, _ in ALL_TYPES.values()]
        server.prime("SELECT * FROM all_types", columns=columns, rows=[values])
        insert = server.prime("INSERT INTO all_types (values) VALUES (?)", bind=columns)
        assert await foreign(server, version, "values") == [text for _, text in ALL_TYPES.values()]
        seen = insert.requests[0].bound
        assert list(seen) == [name for name, _ in columns]
        for (name, of), value in zip(columns, values, strict=True):
            if of == "timestamp":
                value = datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, datetime.UTC)
            assert seen[name] == (set(value) if of.startswith("set") else value)
        assert server.violations == []


ERRORS: list[tuple[ErrorAnswer, str, dict[str, str]]] = [
    (ErrorAnswer(0x0000, "oops"), "ServerError", {"code": "0", "message": "'oops'"}),
    (ErrorAnswer(0x1001, "busy"), "OverloadedErrorMessage", {}),
    (ErrorAnswer(0x1003, "no"), "TruncateError", {}),
    (
        UnavailableAnswer(required=3, alive=1),
        "Unavailable",
        {"required_replicas": "3", "alive_replicas": "1"},
    ),
    (WriteTimeoutAnswer(write_type="CAS"), "WriteTimeout", {"write_type": "5"}),
    (ReadTimeoutAnswer(data_present=True), "ReadTimeout", {"data_retrieved": "True"}),
    (ReadFailureAnswer(reasons={"127.0.0.9": 1}), "ReadFailure", {"data_retrieved": "False"}),
    (WriteFailureAnswer(reasons={"::1": 1}), "WriteFailure", {"write_type": "0"}),
    (FunctionFailureAnswer(function="g"), "FunctionFailure", {"function": "'g'"}),
    (AlreadyExistsAnswer(keyspace="k", table="t"), "AlreadyExists", {"keyspace": "'k'", "table": "'t'"}),
    (ErrorAnswer(0x2000, "near"), "SyntaxException", {}),
    (ErrorAnswer(0x2100, "no"), "Unauthorized", {}),
    (ErrorAnswer(0x2200, "bad"), "InvalidRequest", {}),
]


@pytest.mark.parametrize("version", [4, 5])
async def test_errors_with_all_fields(version: int) -> None:
    async with ScriptedServer() as server:
        for number, (answer, _, _) in enumerate(ERRORS):
            server.prime(f"ERROR {number}", answer)
        seen = await foreign(server, version, "errors", str(len(ERRORS)))
        assert len(seen) == len(ERRORS)
        for (answer, name, fields), (seen_name, seen_fields) in zip(ERRORS, seen, strict=True):
            assert seen_name == name, answer
            assert fields.items() <= seen_fields.items(), answer


@pytest.mark.parametrize("version", [4, 5])
async def test_warnings_and_payload(version: int) -> None:
    async with ScriptedServer() as server:
        prime = server.prime(
            "SELECT k FROM t", columns=[("k", "int")], warnings=["careful", "twice"], payload={"said": b"2"}
        )
        seen = await foreign(server, version, "extras")
        assert seen == {"warnings": ["careful", "twice"], "payload": {"said": "2"}}
        assert prime.requests[0].payload == {"asked": b"1"}


async def test_changed_result_metadata_is_told_on_v5() -> None:
    async with ScriptedServer() as server:
        prime = server.prime("SELECT * FROM t", columns=[("k", "int")], rows=[(1,)])

        def change(_: ReceivedRequest) -> Answer:
            prime.columns, prime.rows = [("k", "int"), ("v", "text")], [(1, "new")]
            return Void()

        server.prime("CHANGE", change)
        assert await foreign(server, 5, "changed") == [[1], [1, "new"]]


@VERSIONS
async def test_batch_of_both_kinds(version: int) -> None:
    async with ScriptedServer() as server:
        server.prime("INSERT INTO t (k) VALUES (?)", bind=[("k", "int")])
        assert await foreign(server, version, "batch")
        (request,) = [request for request in server.requests if request.opcode is Opcode.BATCH]
        assert [statement.query for statement in request.statements] == [
            "INSERT INTO t (k) VALUES (1)",
            "INSERT INTO t (k) VALUES (?)",
        ]
        assert request.statements[1].values == [b"\0\0\0\2"]
        assert server.violations == []


@VERSIONS
async def test_compression(version: int) -> None:
    async with ScriptedServer() as server:
        text = "abc" * 100 + "x" * 70000
        server.prime(
            "SELECT v FROM t WHERE k = ?",
            bind=[("k", "int")],
            columns=[("v", "text")],
            rows=lambda request: [(text + str(request.bound["k"]),)],
        )
        seen = await foreign(server, version, "prepared+lz4")
        assert seen["rows"] == [text + "0", text + "1", text + "2"]
        await server.until(lambda: server.connections == [])
        assert {request.startup["COMPRESSION"] for request in server.requests if request.startup} == {"lz4"}
        assert server.violations == []


async def test_held_answers_released_in_reverse() -> None:
    async with ScriptedServer() as server:
        server.prime(
            "SELECT v FROM t WHERE k = ?",
            bind=[("k", "int")],
            columns=[("v", "int")],
            rows=lambda request: [(request.bound["k"],)],
            hold=True,
        )
        client = asyncio.create_task(foreign(server, 5, "concurrent"))
        await server.until(lambda: len(server.held) == 20)
        assert server.release(reverse=True) == 20
        assert await client == list(range(20))


@VERSIONS
async def test_login_and_wrong_password(version: int) -> None:
    async with ScriptedServer(auth=plain_text({"alice": PASSWORD})) as server:
        assert await foreign(server, version, "login", PASSWORD) == version
        assert await foreign(server, version, "login", WRONG_PASSWORD) == ["AuthenticationFailed"]


@pytest.mark.parametrize("highest", [3, 4, 5])
async def test_higher_versions_are_refused(highest: int) -> None:
    async with ScriptedServer(max_version=highest, auth=plain_text({"alice": PASSWORD})) as server:
        assert await foreign(server, 0, "login", PASSWORD) == highest


async def test_unprepared_statement_is_prepared_again() -> None:
    async with ScriptedServer() as server:

        def rows(request: ReceivedRequest) -> list[tuple[str]]:
            server.forget_prepared()
            return [(value_of(request.bound["k"]),)]

        prime = server.prime(
            "SELECT v FROM t WHERE k = ?", bind=[("k", "int")], columns=[("v", "text")], rows=rows
        )
        seen = await foreign(server, 5, "prepared")
        assert seen["rows"] == [value_of(0), value_of(1), value_of(2)]
        assert len(prime.prepares) == 3


@VERSIONS
async def test_node_that_an_event_tells_of(version: int) -> None:
    async with ScriptedCluster(1) as cluster:

        def push(_: ReceivedRequest) -> Answer:
            tasks.append(asyncio.create_task(cluster.add_node("datacenter1", "rack2")))
            return Void()

        tasks: list[asyncio.Task[ScriptedServer]] = []
        cluster.prime("PUSH", push)
        seen = await foreign(cluster.nodes[0], version, "events")
        assert seen["racks"] == ["datacenter1/rack1", "datacenter1/rack2"]
        assert [task.result() for task in tasks] == cluster.nodes[1:]
        assert cluster.violations == []


async def test_hundred_nodes() -> None:
    async with ScriptedCluster(100, first_address="127.0.50.1", tokens_per_node=4) as cluster:
        seen = await foreign(cluster.nodes[0], 5, "discover")
        assert seen["tokens"] == 400
        assert seen["hosts"] == sorted(f"127.0.50.{n}:{cluster.port}" for n in range(1, 101))
        assert cluster.violations == []
