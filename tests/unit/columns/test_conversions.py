"""Tables as pandas, Polars, pyarrow and NumPy have them: no value is lost on the way."""

from __future__ import annotations

import sys
from typing import Any

import numpy
import polars
import pyarrow
import pytest
from tests.unit.columns.pages import SAMPLES, as_rows, batch_of, decode, encoded, metadata_of, plain, table_of

from aiocql.columns.table import Table
from aiocql.errors import ConfigurationError, InterfaceError
from aiocql.types.arrow import ArrowTypes

BIG = 2**62 + 1
SMALL_TYPES = ["tinyint", "smallint", "int", "bigint", "float", "double"]


def one_chunk(cql: str, values: list[Any], types: ArrowTypes | None = None) -> Table:
    batch = batch_of(cql, values, types)
    return Table.from_batches(batch.schema, [batch])


@pytest.mark.parametrize("dtypes", ["nullable", "numpy", "arrow"])
@pytest.mark.parametrize("cql", [name for name in SAMPLES if not name.startswith(("set", "map"))])
def test_pandas_holds_the_values_of_rows(cql: str, dtypes: Any) -> None:
    values = [*SAMPLES[cql], None]
    frame = table_of(batch_of(cql, values)).to_pandas(dtypes)
    expected = [plain(value) for value in as_rows(cql, values)]
    missing = frame["v"].isna().tolist()
    got = [None if gone else plain(value) for value, gone in zip(frame["v"], missing, strict=True)]
    assert got == expected + expected[1:3] + expected


@pytest.mark.parametrize("dtypes", ["nullable", "numpy", "arrow"])
def test_pandas_never_makes_floats_of_integers(dtypes: Any) -> None:
    for values in ([BIG, None], [BIG, 3]):
        frame = table_of(batch_of("bigint", [*values, 1])).to_pandas(dtypes)
        assert int(frame["v"][0]) == BIG


def test_pandas_types() -> None:
    table = one_chunk("bigint", [1, None])
    assert str(table.to_pandas()["v"].dtype) == "Int64"
    assert str(table.to_pandas("arrow")["v"].dtype) == "int64[pyarrow]"
    assert table.to_pandas("numpy")["v"].dtype == object
    assert str(one_chunk("bigint", [1]).to_pandas("numpy")["v"].dtype) == "int64"
    assert str(one_chunk("timestamp", [0]).to_pandas()["v"].dtype) == "datetime64[ms, UTC]"
    with pytest.raises(ConfigurationError, match="dtypes"):
        table.to_pandas("float")  # type: ignore[arg-type]


def test_pandas_frames_can_be_changed() -> None:
    for dtypes in ("nullable", "numpy"):
        table = one_chunk("int", [1, 2])
        frame = table.to_pandas(dtypes)  # type: ignore[arg-type]
        frame.loc[0, "v"] = 7
        assert (frame["v"].tolist(), table.column("v").to_pylist()) == ([7, 2], [1, 2])


def test_pandas_keeps_columns_with_one_name() -> None:
    metadata = metadata_of({"a": "int", "b": "int"})
    metadata.columns[1].name = "a"
    batch = decode(metadata, encoded(metadata, [[1, 2]]), 1)
    frame = Table.from_batches(batch.schema, [batch]).to_pandas()
    assert (frame.columns.tolist(), frame.to_numpy().tolist()) == (["a", "a"], [[1, 2]])


def test_text_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    table = one_chunk("text", ["a", None, "b"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert table.to_pandas()["v"].dropna().tolist() == ["a", "b"]
    with pytest.raises(InterfaceError, match="needs pyarrow"):
        table.to_arrow()


def test_polars_and_arrow() -> None:
    table = table_of(batch_of("bigint", [BIG, None, 1]))
    assert table.to_polars().equals(polars.DataFrame(table))
    assert table.to_arrow().equals(pyarrow.table(table))
    for cql in ("duration", "list<duration>"):
        with pytest.raises(InterfaceError, match="interval"):
            one_chunk(cql, [None], ArrowTypes(duration="interval")).to_polars()


@pytest.mark.parametrize("cql", SMALL_TYPES)
def test_numbers_are_arrays_over_the_same_memory(cql: str) -> None:
    column = one_chunk(cql, [1, 2, 3, 4]).column("v")
    array = column.to_numpy()
    assert array.tolist() == [1, 2, 3, 4]
    assert numpy.shares_memory(array, column.to_numpy())
    assert not array.flags.writeable
    assert table_of(batch_of(cql, [1, 2, 3])).column("v").to_numpy().tolist() == [1, 2, 3, 2, 3, 1, 2, 3]
    masked = one_chunk(cql, [1, None, 3]).column("v").to_numpy()
    assert (masked.mask.tolist(), masked.filled(0).tolist()) == ([False, True, False], [1, 0, 3])


def test_vectors_are_one_array() -> None:
    table = one_chunk("vector<float, 3>", [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    array = table.column("v").to_numpy()
    assert (array.shape, array.dtype) == ((3, 3), numpy.float32)
    assert numpy.shares_memory(array, table.column("v").to_numpy())
    assert table[1:].column("v").to_numpy().tolist() == [[4, 5, 6], [7, 8, 9]]
    masked = one_chunk("vector<float, 2>", [[1, 2], None]).column("v").to_numpy()
    assert masked.mask.tolist() == [[False, False], [True, True]]


def test_dates_and_times() -> None:
    stamps = one_chunk("timestamp", [5, None]).column("v").to_numpy()
    assert (str(stamps.dtype), stamps[0], numpy.isnat(stamps[1])) == (
        "datetime64[ms]",
        numpy.datetime64(5, "ms"),
        True,
    )
    days = one_chunk("date", ["1970-01-02", None]).column("v").to_numpy()
    assert (days[0], numpy.isnat(days[1])) == (numpy.datetime64("1970-01-02"), True)
    times = one_chunk("time", ["00:00:01"]).column("v").to_numpy()
    assert times[0] == numpy.timedelta64(10**9, "ns")


def test_everything_else_is_objects() -> None:
    assert one_chunk("text", ["a", None]).column("v").to_numpy().tolist() == ["a", None]
    lists = one_chunk("list<int>", [[1, 2], [3, 4]]).column("v").to_numpy()
    assert (lists.shape, lists.tolist()) == ((2,), [[1, 2], [3, 4]])
    assert one_chunk("boolean", [True, False, None]).column("v").to_numpy().tolist() == [True, False, None]
    assert one_chunk("text", ["a"]).to_numpy()["v"].tolist() == ["a"]


def test_slices_share_memory_and_hold_their_rows() -> None:
    table = table_of(batch_of("int", [0, 1, 2, None]))
    everything = table.column("v").to_pylist()
    for start in range(-2, 12):
        for stop in range(-2, 12):
            assert table[start:stop].column("v").to_pylist() == everything[start:stop]
            assert pyarrow.table(table[start:stop]).num_rows == len(everything[start:stop])
    assert table.slice(3).column("v").to_pylist() == everything[3:]
    assert table[2:5][1:2].column("v").to_pylist() == everything[3:4]
    with pytest.raises(IndexError):
        table[::2]
    with pytest.raises(IndexError):
        table.slice(-1)


def test_columns_are_found_by_name_and_position() -> None:
    table = table_of(batch_of("int", [0, 1, 2]))
    assert table["v"].to_pylist() == table.column(0).to_pylist() == table.columns[0].to_pylist()
    assert (table.num_columns, table.column_names, table.schema.names) == (1, ["v"], ("v",))
    assert list(table["v"]) == table["v"].to_pylist()
    with pytest.raises(KeyError, match="there are v"):
        table["w"]
    with pytest.raises(IndexError):
        table.column(1)
    assert repr(table) == "<Table 8 rows: v int>"
    assert repr(table["v"]) == "<Column v int: 8 values, 0 null>"


def test_html_of_notebooks() -> None:
    table = one_chunk("text", ["<b>&", None, "x" * 200, *["row"] * 50])
    html = table._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html
    assert "<em>null</em>" in html
    assert "53 rows, 1 columns" in html
    assert html.count("<tr>") == 21
    assert "x" * 81 not in html
