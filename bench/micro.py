"""`make bench-micro`: single steps of the hot path, in nanoseconds: streams, binding, rows, values of each type.

Each step runs in a loop for a thirtieth of a second of processor time; all steps take turns, so that what disturbs the
machine disturbs all of them, and the least of each one's rounds is shown, which is the one that was disturbed least.
Beside it stands what cassandra-driver takes for one value by one call of its type.
The second table holds the figures that the protocol layer is built for against their goals.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import time
import timeit
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from cassandra import cqltypes
from rich.console import Console
from rich.table import Table

from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.requests import QueryParameters, execute_body
from aiocql.protocol.row_decoder import decode_rows
from aiocql.protocol.streams import StreamTable
from aiocql.rows.row import row_decoder
from aiocql.statements.prepared import PreparedStatement
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry, default_registry
from bench import framing
from bench.clients.works import INSERT, VALUE, VECTOR_SIZE, WIDE_COLUMNS, WIDE_TYPES
from bench.core.bare import stream_rounds
from bench.schema import WIDE_VALUES

ROUNDS = 9
RUN_SECONDS = 1 / 30
PROTOCOL = 4
MOMENT = datetime.datetime(2025, 11, 22, 12, 34, 56, 789000, tzinfo=datetime.UTC)

STREAM = "stream: take and give back"
EXECUTE = "EXECUTE of (int, text): bound, with its token, and encoded"
IN_ROWS = ("int", "text", "double", "bigint", "uuid", "timestamp", "decimal")

Step = Callable[[], object]


class Micro(NamedTuple):
    """One step of ours, how many things it does, and the same step of cassandra-driver."""

    name: str
    step: Step
    things: int = 1
    other: Step | None = None


VALUES: dict[str, Any] = {
    "int": 123456789,
    "bigint": 2**53 + 1,
    "double": 2.718281828,
    "text": VALUE,
    "boolean": True,
    "uuid": uuid.UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"),
    "timestamp": MOMENT,
    "date": MOMENT.date(),
    "decimal": Decimal("12345.6789"),
    "varint": 2**80,
    f"vector<float, {VECTOR_SIZE}>": [i / 1024 for i in range(VECTOR_SIZE)],
    "list<int>": [1, 2, 3, 4, 5],
    "map<text, int>": {"a": 1, "b": 2, "c": 3},
}


def _codec(kind: str) -> Any:
    return default_registry().codec(parse_cql_type(kind))


def streams() -> Iterator[Micro]:
    table, holder = StreamTable(1024), object()
    yield Micro(STREAM, partial(stream_rounds, table, holder, 1000), 1000)


def statements() -> Iterator[Micro]:
    """Binding with the token of the key, and the body of an EXECUTE."""
    columns = tuple(
        Column("bench", "kv", name, parse_cql_type(kind)) for name, kind in (("k", "int"), ("v", "text"))
    )
    prepared = SimpleNamespace(
        id=bytes(16),
        result_metadata_id=None,
        bind_columns=columns,
        pk_indexes=(0,),
        result_metadata=ResultMetadata(),
    )
    codecs = tuple(_codec(kind) for kind in ("int", "text"))
    statement = PreparedStatement(INSERT, prepared, codecs, None)  # type: ignore[arg-type]  # has what is asked of it
    values, parameters = [1_000_000, VALUE], QueryParameters()
    bound = statement.encode(values)[0]
    yield Micro("bind (int, text), with token", lambda: statement.encode(values))
    yield Micro(
        EXECUTE, lambda: execute_body(PROTOCOL, prepared.id, None, parameters, 2, statement.encode(values)[0])
    )
    yield Micro("body of an EXECUTE", lambda: execute_body(PROTOCOL, prepared.id, None, parameters, 2, bound))


def _row(kinds: tuple[str, ...], values: list[Any]) -> bytes:
    out = b""
    for kind, value in zip(kinds, values, strict=True):
        data = _codec(kind).to_bytes(value)
        out += len(data).to_bytes(4) + data
    return out


def rows() -> Iterator[Micro]:
    """Rows of 4 and of 30 columns, by the thousand: nanoseconds are per row."""
    narrow = ("int", "text", "double", "int")
    shapes = {
        "row of 4 columns": (narrow, [7, "item number 7", 1.75, 7]),
        "row of 30 columns": (("int", *WIDE_TYPES), [7, *(WIDE_VALUES[kind] for kind in WIDE_TYPES)]),
    }
    for name, (kinds, values) in shapes.items():
        columns = (
            Column("bench", "t", column, parse_cql_type(kind))
            for column, kind in zip(WIDE_COLUMNS, kinds, strict=False)
        )
        decoder, data = row_decoder(ResultMetadata(columns)), _row(kinds, values) * 1000
        yield Micro(name, partial(decode_rows, decoder, data, 1000), 1000)


def columns() -> Iterator[Micro]:
    """Values of one type in rows of four, by the thousand rows: nanoseconds are per value."""
    for kind in IN_ROWS:
        metadata = ResultMetadata(
            Column("bench", "t", f"c{place}", parse_cql_type(kind)) for place in range(4)
        )
        data = _row((kind,) * 4, [VALUES[kind] if kind != "text" else "item number 7"] * 4) * 1000
        yield Micro(f"{kind} in a row", partial(decode_rows, row_decoder(metadata), data, 1000), 4000)


def vectors() -> Iterator[Micro]:
    """A vector of 768 floats, as a list and as what holds it without an object an element."""
    kind = f"vector<float, {VECTOR_SIZE}>"
    data = _codec(kind).to_bytes(VALUES[kind])
    read = partial(_official(kind).from_binary, data, PROTOCOL)
    for shape in ("list", "array", "numpy"):
        codec = CodecRegistry(float_vectors=shape).codec(parse_cql_type(kind))  # type: ignore[arg-type]
        value = codec.from_bytes(data)
        yield Micro(
            f"vector of {VECTOR_SIZE} floats, read as {shape}", partial(codec.from_bytes, data), 1, read
        )
        yield Micro(
            f"vector of {VECTOR_SIZE} floats, written from {shape}", partial(codec.to_bytes, value), 1
        )


def framings() -> Iterator[Micro]:
    """All that the core does for a request and its answer, and for a page; nanoseconds per request, per row."""
    for name, step, things in (*framing.exchanges(), *framing.pages()):
        yield Micro(name, step, things)


def values() -> Iterator[Micro]:
    """Reading a value as part of a row (a thousand rows of one column), and writing a single value."""
    for kind, value in VALUES.items():
        codec, other = _codec(kind), _official(kind)
        data = codec.to_bytes(value)
        if other is not None and other.to_binary(value, PROTOCOL) != data:
            raise AssertionError(f"the two drivers write {kind} differently")
        decoder = row_decoder(
            ResultMetadata([Column("bench", "t", "v", parse_cql_type(kind))]), shape="scalar"
        )
        page = _row((kind,), [value]) * 1000
        read = None if other is None else partial(other.from_binary, data, PROTOCOL)
        write = None if other is None else partial(other.to_binary, value, PROTOCOL)
        yield Micro(f"read {kind}", partial(decode_rows, decoder, page, 1000), 1000, read)
        yield Micro(f"write {kind}", partial(codec.to_bytes, value), 1, write)


def _official(kind: str) -> Any:
    """The type of cassandra-driver; None for those that it makes from metadata only."""
    if kind.startswith("vector"):
        name = "org.apache.cassandra.db.marshal"
        return cqltypes.lookup_casstype(f"{name}.VectorType({name}.FloatType,{VECTOR_SIZE})")
    return None if "<" in kind else cqltypes._cqltypes[kind]


class Timed:
    """A step, and the shortest time of an item so far."""

    def __init__(self, step: Step, things: int) -> None:
        self.things = things
        self.nanoseconds = math.inf
        self._timer = timeit.Timer(step, timer=time.process_time)
        self._loops = 1
        while (taken := self._timer.timeit(self._loops)) < RUN_SECONDS / 8:
            self._loops *= 2
        self._loops = max(1, int(self._loops * RUN_SECONDS / taken))

    def run(self) -> None:
        taken = self._timer.timeit(self._loops) / self._loops / self.things
        self.nanoseconds = min(self.nanoseconds, taken * 1e9)


def goals(ns: dict[str, float]) -> Table:
    """What was aimed at, and what came of it."""
    basic = sum(ns[f"{kind} in a row"] for kind in ("int", "text", "double")) / 3
    table = Table(title="Figures of the protocol layer", title_justify="left")
    for name, justify in (("", "left"), ("found", "right"), ("goal", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_row("a stream id, taken and given back", f"{ns[STREAM]:.1f} ns", "below 100")
    table.add_row(EXECUTE, f"{ns[EXECUTE]:.0f} ns", "below 1,000")
    for kind in ("int", "text", "double"):
        table.add_row(f"{kind} into rows", f"{1e3 / ns[f'{kind} in a row']:.1f} million/s", "at least 10")
    for kind, most in (("uuid", 3), ("timestamp", 3), ("decimal", 6)):
        table.add_row(
            f"{kind} into rows, of int, text, double",
            f"{ns[f'{kind} in a row'] / basic:.1f} x",
            f"within {most}",
        )
    for shape, goal in (("array", "below 5"), ("numpy", "below 5"), ("list", "stated")):
        found = ns[f"vector of {VECTOR_SIZE} floats, read as {shape}"] / 1e3
        table.add_row(f"a vector of {VECTOR_SIZE} floats as {shape}", f"{found:.2f} us", goal)
    plain = "request and answer, v4 plain"
    page = f"page of {framing.PAGE_ROWS} rows, v4 plain"
    for name, found_ns in ns.items():
        for base in (plain, page):
            if name.startswith(base.removesuffix("v4 plain")) and name != base:
                goal = "at most 10 %" if "v5 plain" in name else "stated"
                table.add_row(f"{name}, against v4", f"{(found_ns / ns[base] - 1) * 100:+.1f} %", goal)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="steps whose name contains this")
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    args, console = parser.parse_args(), Console(width=120)
    table = Table(title="Steps of the hot path, ns", title_justify="left")
    table.add_column("step", no_wrap=True)
    for name in ("aiocql", "cassandra-driver", "x"):
        table.add_column(name, justify="right")
    timed: dict[str, tuple[Timed, Timed | None]] = {}
    for micro in (*streams(), *statements(), *rows(), *columns(), *vectors(), *framings(), *values()):
        if args.only in micro.name:
            theirs = Timed(micro.other, 1) if micro.other else None
            timed[micro.name] = Timed(micro.step, micro.things), theirs
    for _ in range(ROUNDS):
        for pair in timed.values():
            for each in pair:
                if each is not None:
                    each.run()
    figures = {}
    for name, (own, other) in timed.items():
        ours, theirs_ns = own.nanoseconds, other.nanoseconds if other else None
        figures[name] = {"aiocql": ours, "cassandra-driver": theirs_ns}
        compared = ("", "") if theirs_ns is None else (f"{theirs_ns:,.0f}", f"{theirs_ns / ours:.1f}")
        table.add_row(name, f"{ours:,.0f}", *compared)
    console.print(table)
    if not args.only:
        console.print(goals({name: figure["aiocql"] for name, figure in figures.items()}))
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
