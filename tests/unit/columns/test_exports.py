"""Exported arrays: any number of them, in any thread, dropped at any time, and no memory stays behind."""

from __future__ import annotations

import gc
import resource
import threading
from typing import Any

import duckdb
import polars
import pyarrow
import pytest
from tests.unit.columns.pages import SAMPLES, batch_of, decode, encoded, metadata_of, table_of

from aiocql.columns.table import Table

KINDS = [
    "int",
    "text",
    "list<int>",
    "map<text, int>",
    "tuple<int, text>",
    "vector<float, 3>",
    "uuid",
    "duration",
]


def wide_table(rows: int = 1000) -> Table:
    """A table of several kinds, in three chunks."""
    metadata = metadata_of({f"c{i}": cql for i, cql in enumerate(KINDS)})
    samples = [[SAMPLES[cql][row % 3] for cql in KINDS] for row in range(rows)]
    batch = decode(metadata, encoded(metadata, samples), rows)
    return Table.from_batches(batch.schema, [batch, batch[10:20], batch])


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def export_all(table: Table) -> None:
    for capsule in (
        table.__arrow_c_stream__(),
        table.__arrow_c_schema__(),
        *table.batches()[0].__arrow_c_array__(),
    ):
        del capsule
    table.columns[3].__arrow_c_array__()
    pyarrow.table(table)


def test_tens_of_thousands_of_exports_leave_no_memory() -> None:
    table = wide_table(2000)  # each export holds about half a megabyte
    for _ in range(500):
        export_all(table)
    gc.collect()
    before = resident()
    for _ in range(10_000):
        export_all(table)
    gc.collect()
    assert resident() - before < 32 << 20


def test_decoding_again_and_again_leaves_no_memory() -> None:
    metadata = metadata_of({f"c{i}": cql for i, cql in enumerate(KINDS)})
    page = encoded(metadata, [[SAMPLES[cql][row % 3] for cql in KINDS] for row in range(500)])
    for _ in range(50):
        decode(metadata, page, 500)
    before = resident()
    for _ in range(1000):
        decode(metadata, page, 500)
    assert resident() - before < 32 << 20


def test_streams_that_are_dropped_half_way() -> None:
    table = wide_table(2000)
    before = 0
    for number in range(5000):
        reader = pyarrow.RecordBatchReader.from_stream(table)
        reader.read_next_batch()
        if number % 2:
            reader.close()
        del reader
        if number == 500:
            before = resident()
    assert resident() - before < 32 << 20


def test_arrays_outlive_the_table() -> None:
    table = wide_table()
    expected = table.to_pylist()
    made = pyarrow.table(table)
    frame = polars.DataFrame(table)
    batch = pyarrow.record_batch(table.batches()[0])
    vector = table.column("c5").to_numpy()
    one = table.batches()[0].column("c0").to_numpy()
    expected_vector, expected_one = vector.tolist(), one.tolist()
    del table
    gc.collect()
    wide_table()
    assert made.column("c0").to_pylist() == [row["c0"] for row in expected]
    assert frame["c1"].to_list() == [row["c1"] for row in expected]
    assert batch.column(0).to_pylist() == expected_one == one.tolist()
    assert vector.tolist() == expected_vector


def test_capsules_that_nobody_takes_are_released() -> None:
    batch = batch_of("text", ["a text of its own"] * 100)
    capsules: list[Any] = [batch.__arrow_c_stream__() for _ in range(100)]
    del batch
    gc.collect()
    capsules.clear()


def test_stream_is_taken_once_and_table_any_number_of_times() -> None:
    table = wide_table()
    stream = table.__arrow_c_stream__()

    class Once:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return stream

    assert pyarrow.table(Once()).num_rows == 2010
    with pytest.raises(pyarrow.ArrowInvalid):
        pyarrow.table(Once())
    assert pyarrow.table(table).equals(pyarrow.table(table))
    assert duckdb.sql("SELECT count(*) FROM table_of_ours", connection=connection_with(table)).fetchall() == [
        (2010,)
    ]


def connection_with(table: Table) -> Any:
    connection = duckdb.connect()
    connection.register("table_of_ours", pyarrow.table(table))
    return connection


def test_threads_export_and_release_at_the_same_time() -> None:
    table = wide_table(200)
    expected = pyarrow.table(table)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                made = pyarrow.table(table)
                assert made.num_rows == expected.num_rows
                part = table[5:50]
                assert pyarrow.table(part).num_rows == 45
                assert polars.DataFrame(part).height == 45
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert pyarrow.table(table).equals(expected)


def test_array_that_is_exported_here_is_released_in_another_thread() -> None:
    table = table_of(batch_of("text", ["a", "b", None]))
    held = [pyarrow.table(table) for _ in range(100)]
    del table
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    assert held == []
