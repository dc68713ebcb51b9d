"""Every type of CQL with literals and the values that they mean."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from decimal import Decimal
from typing import Any

from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.values import Date, Duration, Time, Timestamp

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
