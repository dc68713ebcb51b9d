"""Every type through a real server: what CQL literals mean is what is decoded, and what is bound comes back."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.types.cql_values import exactly

import aiocql
from aiocql.errors import EncodeError
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.timeuuid import max_uuid_from_time, min_uuid_from_time, uuid_from_time
from aiocql.types.values import Date, Duration, Time, Timestamp

pytestmark = pytest.mark.cassandra

UUID = uuid.UUID("12345678-9abc-4def-8123-456789abcdef")
TIMEUUID = uuid.UUID("d2177dd0-eaa2-11de-a572-001b779c76e3")
NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123_000, tzinfo=dt.UTC)
LEAP = dt.date(2024, 2, 29)
IPV4, IPV6 = ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("2001:db8::1")

CASES: dict[str, list[tuple[str, Any]]] = {
    "ascii": [("'abc'", "abc"), ("''", "")],
    "bigint": [("-9223372036854775808", -(2**63)), ("9223372036854775807", 2**63 - 1)],
    "blob": [("0x00ff", b"\0\xff"), ("0x", b"")],
    "boolean": [("true", True), ("false", False)],
    "date": [
        ("'2024-02-29'", LEAP),
        ("'1969-12-31'", dt.date(1969, 12, 31)),
        ("'-5877641-06-23'", Date(-(2**31))),
        ("4294967295", Date(2**31 - 1)),
    ],
    "decimal": [("1.00", Decimal("1.00")), ("-12.5", Decimal("-12.5")), ("1e3", Decimal("1E+3"))],
    "double": [("1.5", 1.5), ("-0.0", -0.0), ("NaN", float("nan")), ("-Infinity", float("-inf"))],
    "duration": [
        ("1y2mo3w4d5h6m7s8ms9us10ns", Duration.parse("1y2mo3w4d5h6m7s8ms9us10ns")),
        ("-P1M2DT3S", Duration.parse("-P1M2DT3S")),
    ],
    "float": [("1.5", 1.5), ("Infinity", float("inf"))],
    "inet": [("'1.2.3.4'", IPV4), ("'2001:db8::1'", IPV6)],
    "int": [("-2147483648", -(2**31)), ("0", 0)],
    "smallint": [("-32768", -(2**15))],
    "text": [("'日本🙂'", "日本🙂"), ("''", "")],
    "time": [("'23:59:59.999999'", dt.time(23, 59, 59, 999_999)), ("'00:00:00.000000001'", Time(1))],
    "timestamp": [
        ("'2024-02-29T12:00:00.123Z'", NOON),
        ("-1", dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=dt.UTC)),
        ("253402300800000", Timestamp(253_402_300_800_000)),
        ("9223372036854775807", Timestamp(2**63 - 1)),
    ],
    "timeuuid": [(str(TIMEUUID), TIMEUUID)],
    "tinyint": [("-128", -128)],
    "uuid": [(str(UUID), UUID)],
    "varint": [("128", 128), ("-129", -129), ("0", 0), (str(2**200), 2**200)],
    "list<int>": [("[1, 2, 1]", [1, 2, 1])],
    "set<text>": [("{'b', 'a'}", {"a", "b"})],
    "map<int, text>": [("{1: 'a'}", {1: "a"})],
    "frozen<set<double>>": [("{-0.0, 1.0, NaN}", CqlSet([-0.0, 1.0, float("nan")]))],
    "frozen<map<frozen<list<int>>, text>>": [("{[2]: 'b', [1]: 'a'}", CqlMap([([1], "a"), ([2], "b")]))],
    "frozen<set<frozen<set<int>>>>": [("{{1, 2}}", CqlSet([{1, 2}]))],
    "list<frozen<map<text, frozen<list<int>>>>>": [("[{'a': [1]}]", [{"a": [1]}])],
    "tuple<int, text, boolean>": [("(1, null, true)", (1, None, True)), ("(1)", (1, None, None))],
    "vector<float, 3>": [("[1.5, -2.5, 0]", [1.5, -2.5, 0.0])],
    "vector<double, 1>": [("[1.5]", [1.5])],
    "vector<tinyint, 2>": [("[1, -1]", [1, -1])],
    "vector<smallint, 2>": [("[1, -1]", [1, -1])],
    "vector<int, 2>": [("[1, -1]", [1, -1])],
    "vector<bigint, 2>": [("[1, -1]", [1, -1])],
    "vector<varint, 2>": [("[1, 128]", [1, 128])],
    "vector<decimal, 2>": [("[1.0, 2]", [Decimal("1.0"), Decimal("2")])],
    "vector<boolean, 2>": [("[true, false]", [True, False])],
    "vector<text, 2>": [("['', 'abc']", ["", "abc"])],
    "vector<blob, 1>": [("[0x0102]", [b"\1\2"])],
    "vector<date, 1>": [("['2024-02-29']", [LEAP])],
    "vector<time, 1>": [("['00:00:00.000000001']", [Time(1)])],
    "vector<timestamp, 1>": [("['2024-02-29T12:00:00.123Z']", [NOON])],
    "vector<duration, 1>": [("[1mo2d3ns]", [Duration(1, 2, 3)])],
    "vector<uuid, 1>": [(f"[{UUID}]", [UUID])],
    "vector<timeuuid, 1>": [(f"[{TIMEUUID}]", [TIMEUUID])],
    "vector<inet, 2>": [("['1.2.3.4', '2001:db8::1']", [IPV4, IPV6])],
    "vector<frozen<list<int>>, 2>": [("[[1], [2, 3]]", [[1], [2, 3]])],
    "vector<vector<int, 2>, 2>": [("[[1, 2], [3, 4]]", [[1, 2], [3, 4]])],
    "vector<vector<text, 1>, 2>": [("[['a'], ['bc']]", [["a"], ["bc"]])],
    "vector<frozen<tuple<int, text>>, 1>": [("[(1, 'a')]", [(1, "a")])],
    'frozen<"Odd type">': [('{"class": 1, "a b": \'x\', plain: [2]}', (1, "x", [2]))],
    'vector<frozen<"Odd type">, 1>': [('[{"class": 1, "a b": \'x\', plain: [2]}]', [(1, "x", [2])])],
}
NAMED = [(f"c{place}", cql, CASES[cql]) for place, cql in enumerate(CASES)]


@asynccontextmanager
async def table(points: list[str], keyspace: str) -> AsyncIterator[Any]:
    """A session, and a table `t` with a column for each type."""
    async with aiocql.connect(*points, keyspace=keyspace) as session:
        await session.execute('CREATE TYPE "Odd type" ("class" int, "a b" text, plain frozen<list<int>>)')
        columns = ", ".join(f"{column} {cql}" for column, cql, _ in NAMED)
        await session.execute(f"CREATE TABLE t (k int PRIMARY KEY, {columns})")
        yield session


def same(found: Any, expected: Any) -> bool:
    """`exactly`, where a user type's value is written as a tuple."""
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, tuple) and type(found) is not tuple:
        found = tuple(found)
    return exactly(found, expected)


async def test_every_type_through_the_server(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    wrong = []
    async with table(cassandra_cluster.contact_points, cassandra_keyspace) as session:
        for column, cql, cases in NAMED:
            for literal, value in cases:
                await session.execute(f"INSERT INTO t (k, {column}) VALUES (1, {literal})")
                read = f"SELECT {column} FROM t WHERE k = ?"
                from_literal = (await session.execute(read, [1])).one()[0]
                await session.execute(f"INSERT INTO t (k, {column}) VALUES (?, ?)", [2, value])
                from_value = (await session.execute(read, [2])).one()[0]
                if not (same(from_literal, value) and same(from_value, value)):
                    wrong.append((cql, value, from_literal, from_value))
    assert wrong == []


async def test_null_and_empty_stay_apart(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with table(cassandra_cluster.contact_points, cassandra_keyspace) as session:
        for column, cql, cases in NAMED:
            write = f"INSERT INTO t (k, {column}) VALUES (?, ?)"
            await session.execute(write, [1, cases[0][1]])
            await session.execute(write, [1, aiocql.UNSET])
            kept = (await session.execute(f"SELECT {column} FROM t WHERE k = 1")).one()[0]
            assert same(kept, cases[0][1]), f"{cql}: UNSET leaves the value"
            await session.execute(write, [1, None])
            gone = (await session.execute(f"SELECT {column} FROM t WHERE k = 1")).one()[0]
            assert gone is None, cql
            with pytest.raises(EncodeError):
                await session.execute(write, [1, object()])


async def test_bounds_of_time_uuids_are_the_servers(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        await session.execute("CREATE TABLE e (k int, t timeuuid, PRIMARY KEY (k, t))")
        made = [
            uuid_from_time(NOON, node, seq)
            for node in (0, 2**48 - 1, 0x808080808080)
            for seq in (0, 2**14 - 1)
        ]
        for value in made:
            await session.execute("INSERT INTO e (k, t) VALUES (1, ?)", [value])
        inside = "SELECT t FROM e WHERE k = 1 AND t >= ? AND t <= ?"
        low, high = min_uuid_from_time(NOON), max_uuid_from_time(NOON)
        assert {row.t for row in await session.execute(inside, [low, high])} == set(made)
        later = NOON + dt.timedelta(microseconds=1)
        assert len(await session.execute(inside, [min_uuid_from_time(later), max_uuid_from_time(later)])) == 0
        functions = "SELECT minTimeuuid(?), maxTimeuuid(?) FROM system.local"
        server = (await session.execute(functions, [NOON, NOON])).one()
        assert tuple(server) == (low, max_uuid_from_time(Timestamp.from_datetime(NOON)))
