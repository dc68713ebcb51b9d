"""Makes the benchmark's tables on a real Cassandra and fills them, through the official driver (a test dependency)."""

from __future__ import annotations

import datetime
import ipaddress
import uuid
from typing import Any

from cassandra.cluster import Cluster
from cassandra.concurrent import execute_concurrent_with_args

from bench.clients.harness import FIRST_KEY
from bench.clients.works import (
    INSERT,
    PAGE_ROWS,
    SCHEMA,
    VALUE,
    VECTOR_FIRST,
    VECTOR_SIZE,
    VECTOR_TABLE,
    WIDE_COLUMNS,
    WIDE_NUMBER,
    WIDE_TYPES,
)

_MOMENT = datetime.datetime(2025, 11, 22, 12, 34, 56, 789000)
_UUID = uuid.UUID("1b4e28ba-2fa1-11d2-883f-0016d3cca427")

WIDE_VALUES: dict[str, Any] = {
    "ascii": "plain ascii",
    "bigint": 2**53 + 1,
    "blob": bytes(range(48)),
    "boolean": True,
    "date": _MOMENT.date(),
    "tuple<int,text>": (17, "seventeen"),
    "double": 2.718281828459045,
    "float": 1.5,
    "inet": ipaddress.ip_address("192.0.2.17"),
    "int": WIDE_NUMBER,
    "smallint": 12345,
    "text": "thirty mixed columns, ünicode too",
    "time": _MOMENT.time(),
    "timestamp": _MOMENT,
    "timeuuid": _UUID,
    "tinyint": 42,
    "uuid": _UUID,
    "list<int>": [1, 2, 3, 4, 5],
    "set<text>": {"one", "two", "three"},
    "map<text,int>": {"a": 1, "b": 2, "c": 3},
}


def fill(host: str, port: int, keys: int = 1) -> None:
    """Creates all tables but `bench.vectors`, and writes `keys` rows of `bench.kv` and one of each other."""
    with Cluster([host], port=port) as cluster:
        session = cluster.connect()
        session.default_timeout = 60
        for statement in SCHEMA:
            session.execute(statement)
        rows = [(FIRST_KEY + i, VALUE) for i in range(keys)]
        execute_concurrent_with_args(session, session.prepare(INSERT), rows)
        items = [(FIRST_KEY, i, f"item number {i}", i * 0.25, i) for i in range(PAGE_ROWS)]
        insert = session.prepare("INSERT INTO bench.page (p,id,name,price,amount) VALUES (?,?,?,?,?)")
        execute_concurrent_with_args(session, insert, items)
        marks = ",".join("?" * len(WIDE_COLUMNS))
        insert = session.prepare(f"INSERT INTO bench.wide ({','.join(WIDE_COLUMNS)}) VALUES ({marks})")
        session.execute(insert, [FIRST_KEY, *(WIDE_VALUES[kind] for kind in WIDE_TYPES)])


def fill_vectors(host: str, port: int) -> None:
    """Creates `bench.vectors` and writes its one row."""
    with Cluster([host], port=port) as cluster:
        session = cluster.connect()
        session.execute(VECTOR_TABLE, timeout=60)
        insert = session.prepare("INSERT INTO bench.vectors (k,v) VALUES (?,?)")
        session.execute(insert, [FIRST_KEY, [VECTOR_FIRST + i / 1024 for i in range(VECTOR_SIZE)]])
