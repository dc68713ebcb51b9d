"""`make bench-columns`: a page in columns beside the same page in rows, and beside cassandra-driver with pandas.

Processor time of one process, in nanoseconds a row; all in turns, medians over the rounds. Nothing is sent: the
bytes of a page are decoded again and again.

- *table*: a page of 5,000 rows of int, text, double and int into columns; *rows*: into rows;
- *pandas*, *polars*: the page into columns and into a frame; *rows and pandas*: `DataFrame(rows)`;
- *cassandra-driver and pandas*: its compiled decoder, and `DataFrame(rows)`;
- *vectors*: a page of vectors of 768 floats into columns, a vector;
- *columns*, *rows grow*: a value of a page with more columns, or more rows, beside one with 4 columns and 5,000 rows.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
from cassandra.protocol import ProtocolHandler

from aiocql.columns.decoder import ColumnShape
from aiocql.columns.table import Table
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import row_decoder
from aiocql.testing import Rows
from aiocql.types.arrow import ArrowTypes
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry
from bench.pages import COLUMNS, NARROW, PAGE_ROWS, VALUES

DIMENSIONS = 768
Step = Callable[[], Any]


def metadata_of(kinds: list[str]) -> ResultMetadata:
    """Columns of these CQL types."""
    return ResultMetadata([Column("bench", "t", f"c{i}", parse_cql_type(k)) for i, k in enumerate(kinds)])


def page_of(kinds: list[str], count: int) -> bytes:
    """A page whose rows are alike."""
    row = b""
    for kind in kinds:
        value = [0.5] * DIMENSIONS if kind.startswith("vector") else VALUES[kind]
        data = default_registry().codec(parse_cql_type(kind)).to_bytes(value)
        row += struct.pack(">i", len(data)) + data
    return row * count


def to_table(kinds: list[str], count: int) -> Step:
    """Decode a page into a table."""
    decoder = ColumnShape(ArrowTypes()).row_decoder(metadata_of(kinds), default_registry())
    page = page_of(kinds, count)
    return lambda: Table.from_batches(decoder.schema, decode_rows(decoder, page, count))


def to_rows(kinds: list[str], count: int) -> Step:
    """Decode a page into rows."""
    decoder = row_decoder(metadata_of(kinds), default_registry())
    page = page_of(kinds, count)
    return lambda: decode_rows(decoder, page, count)


def with_cassandra_driver(kinds: list[str], count: int) -> Step:
    """Decode the page as cassandra-driver does, and make a frame of the rows."""
    head = Rows([(f"c{i}", kind) for i, kind in enumerate(kinds)], []).message(4)
    body = head[:-4] + struct.pack(">i", count) + page_of(kinds, count)

    def step() -> Any:
        message = ProtocolHandler.decode_message(4, {}, 0, 0, 8, body, None, None)
        return pandas.DataFrame(message.parsed_rows, columns=message.column_names)

    return step


def steps() -> dict[str, tuple[Step, int]]:
    """What is measured, and the number of things that each step makes."""
    kinds = [str(kind) for _, kind in COLUMNS[NARROW]]
    table, rows = to_table(kinds, PAGE_ROWS), to_rows(kinds, PAGE_ROWS)
    return {
        "table": (table, PAGE_ROWS),
        "rows": (rows, PAGE_ROWS),
        "pandas": (lambda: table().to_pandas("arrow"), PAGE_ROWS),
        "polars": (lambda: table().to_polars(), PAGE_ROWS),
        "rows and pandas": (lambda: pandas.DataFrame(rows()), PAGE_ROWS),
        "cassandra-driver and pandas": (with_cassandra_driver(kinds, PAGE_ROWS), PAGE_ROWS),
        "vectors": (to_table([f"vector<float, {DIMENSIONS}>"], 500), 500),
        "4 columns, a value": (table, 4 * PAGE_ROWS),
        "64 columns, a value": (to_table(kinds * 16, PAGE_ROWS), 64 * PAGE_ROWS),
        "50,000 rows, a value": (to_table(kinds, 10 * PAGE_ROWS), 40 * PAGE_ROWS),
    }


def measure(rounds: int) -> dict[str, float]:
    """Return nanoseconds for each thing."""
    made = steps()
    taken: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(rounds):
        for name, (step, things) in made.items():
            gc.collect()
            begun = time.process_time_ns()
            step()
            taken[name].append((time.process_time_ns() - begun) / things)
    return {name: statistics.median(each) for name, each in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--output", type=Path, help="also write the figures as JSON")
    args = parser.parse_args()
    figures = measure(args.rounds)
    for name, value in figures.items():
        print(f"{name:32} {value:10.1f} ns")
    print(f"table is {figures['rows'] / figures['table']:.1f} times as fast as rows,", end=" ")
    driver = figures["cassandra-driver and pandas"]
    print(f"{driver / figures['table']:.0f} times cassandra-driver and pandas", file=sys.stdout)
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
