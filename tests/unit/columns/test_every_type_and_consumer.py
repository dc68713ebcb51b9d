"""Every CQL type through every consumer of Arrow's C interface: the values are those of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import arro3.core
import duckdb
import nanoarrow
import pandas
import polars
import pyarrow
import pytest
from tests.unit.columns.pages import SAMPLES, as_rows, batch_of, plain, table_of

from aiocql.columns.table import Table
from aiocql.types.arrow import ArrowTypes


def with_pyarrow(table: Table) -> list[Any]:
    made = pyarrow.table(table)
    made.validate(full=True)
    return made.column("v").to_pylist()  # type: ignore[no-any-return]


def with_pyarrow_batches(table: Table) -> list[Any]:
    out: list[Any] = []
    for batch in table.batches():
        made = pyarrow.record_batch(batch)
        made.validate(full=True)
        out += made.column("v").to_pylist()
    return out


def with_arro3(table: Table) -> list[Any]:
    return with_pyarrow(arro3.core.Table.from_arrow(table))


def with_nanoarrow(table: Table) -> list[Any]:
    """It reads no maps into Python, but it checks them: pyarrow reads what it checked."""
    out: list[Any] = []
    for array, batch in zip(nanoarrow.c_array_stream(table), table.batches(), strict=True):
        assert array.view().length == array.length
        # nanoarrow 0.9 hands out views without their sizes, and pyarrow aborts.
        checked = batch if table.schema["v"].format == "vu" else array
        out += pyarrow.record_batch(checked).column("v").to_pylist()
    return out


def with_polars(table: Table) -> list[Any]:
    return polars.DataFrame(table)["v"].to_list()


def with_duckdb(our_table: Table) -> list[Any]:
    return [row[0] for row in duckdb.sql("SELECT v FROM our_table").fetchall()]


def with_pandas(table: Table) -> list[Any]:
    frame = pandas.DataFrame.from_arrow(table)
    return [None if missing else value for value, missing in zip(frame["v"], frame["v"].isna(), strict=True)]


CONSUMERS: list[Callable[[Table], list[Any]]] = [
    with_arro3, with_duckdb, with_nanoarrow, with_pandas, with_polars, with_pyarrow, with_pyarrow_batches,
]  # fmt: skip


def in_order(cql: str, values: list[Any]) -> list[Any]:
    """Sets and maps in one order; a map is a list of pairs to some consumers."""
    if not cql.startswith(("set", "map")):
        return values
    return [value and sorted(value, key=repr) for value in values]


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.__name__)
@pytest.mark.parametrize("cql", SAMPLES)
def test_values_are_those_of_rows(cql: str, consumer: Callable[[Table], list[Any]]) -> None:
    first, second, third = SAMPLES[cql]
    # pandas' own reader makes floats of integers with nulls: Table.to_pandas does not.
    values = [first, second, third, third] if consumer is with_pandas else [first, second, None, third]
    expected = [plain(value) for value in as_rows(cql, values)]
    expected = expected + expected[1:3] + expected
    got = [plain(value) for value in consumer(table_of(batch_of(cql, values)))]
    assert in_order(cql, got) == in_order(cql, expected)


CHOICES = [
    ("text", ArrowTypes(text="large_utf8"), "large_string"),
    ("text", ArrowTypes(text="utf8_view"), "string_view"),
    ("text", ArrowTypes(text="dictionary"), "dictionary<values=string, indices=int32, ordered=0>"),
    ("ascii", ArrowTypes(text="utf8_view"), "string_view"),
    ("list<text>", ArrowTypes(text="dictionary"), None),
    ("uuid", ArrowTypes(uuid="binary"), "fixed_size_binary[16]"),
    ("timestamp", ArrowTypes(timestamp="us"), "timestamp[us, tz=UTC]"),
    ("decimal", ArrowTypes(decimal=(30, 18)), "decimal128(30, 18)"),
]


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.__name__)
@pytest.mark.parametrize(("cql", "types", "name"), CHOICES)
def test_chosen_types_hold_the_same_values(
    cql: str, types: ArrowTypes, name: str | None, consumer: Callable[[Table], list[Any]]
) -> None:
    values = [*SAMPLES.get(cql, [["a", "b"], [], ["b", "a longer text than a view holds"]]), SAMPLES["text"]]
    values = values[:3]
    if consumer is not with_pandas:
        values.append(None)
    table = table_of(batch_of(cql, values, types))
    expected = [plain(value) for value in as_rows(cql, values)]
    assert [plain(value) for value in consumer(table)] == expected + expected[1:3] + expected
    if name is not None:
        assert str(pyarrow.schema(table.schema).field("v").type) == name


TEXTS = [
    ("uuid", ArrowTypes(uuid="text"), str),
    ("inet", ArrowTypes(inet="binary"), lambda value: value.packed),
    ("decimal", ArrowTypes(decimal="text"), str),
    ("decimal", ArrowTypes(decimal="float64"), float),
    ("varint", ArrowTypes(varint="text"), str),
    ("duration", ArrowTypes(duration="text"), str),
    ("duration", ArrowTypes(duration="interval"), plain),
]


@pytest.mark.parametrize(("cql", "types", "form"), TEXTS)
def test_chosen_types_that_change_the_value(cql: str, types: ArrowTypes, form: Callable[[Any], Any]) -> None:
    values = [*SAMPLES[cql], None]
    table = table_of(batch_of(cql, values, types))
    expected = [None if value is None else form(value) for value in as_rows(cql, values)]
    expected = expected + expected[1:3] + expected
    assert [plain(value) for value in table.column("v").to_pylist()] == expected
    made = [
        value if value is None or isinstance(value, tuple) else plain(value) for value in with_pyarrow(table)
    ]
    assert [list(value) if isinstance(value, tuple) else value for value in made] == expected


@pytest.mark.parametrize("cql", SAMPLES)
def test_own_python_values_are_those_of_rows(cql: str) -> None:
    values = [*SAMPLES[cql], None]
    expected = [plain(value) for value in as_rows(cql, values)]
    column = table_of(batch_of(cql, values)).column("v")
    assert in_order(cql, [plain(value) for value in column.to_pylist()]) == in_order(
        cql, expected + expected[1:3] + expected
    )
    assert column.null_count == 2
    assert len(column) == len(expected) * 2 + 2


@pytest.mark.parametrize("cql", SAMPLES)
def test_combined_chunks_hold_the_same_values(cql: str) -> None:
    table = table_of(batch_of(cql, [*SAMPLES[cql], None]))
    combined = table.combine()
    assert len(combined.chunks) == 1
    assert combined.to_pylist() == table.to_pylist()
    pyarrow.table(combined).validate(full=True)


@pytest.mark.parametrize("cql", SAMPLES)
def test_field_metadata_names_the_cql_type(cql: str) -> None:
    batch = batch_of(cql, SAMPLES[cql])
    metadata = pyarrow.schema(batch.schema).field("v").metadata
    assert metadata[b"cql.type"].decode() == str(batch.schema["v"].cql_type)
    assert batch.schema["v"].metadata["cql.type"] == metadata[b"cql.type"].decode()


@pytest.mark.parametrize("cql", SAMPLES)
def test_columns_of_nulls_only(cql: str) -> None:
    table = table_of(batch_of(cql, [None, None, None]))
    assert with_pyarrow(table) == [None] * 8
    assert with_polars(table) == [None] * 8
    assert with_duckdb(table) == [None] * 8
    assert table.column("v").to_pylist() == [None] * 8


@pytest.mark.parametrize("cql", SAMPLES)
def test_results_without_rows(cql: str) -> None:
    batch = batch_of(cql, [])
    table = Table.from_batches(batch.schema, [batch])
    assert (len(table), with_pyarrow(table), with_polars(table), with_duckdb(table)) == (0, [], [], [])
    assert table.combine().to_pylist() == []
