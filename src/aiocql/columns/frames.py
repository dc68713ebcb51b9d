"""Tables as frames of pandas, Polars and pyarrow. Each package is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from aiocql.columns.arrays import mask_of, numbers, to_numpy
from aiocql.columns.optional import need
from aiocql.columns.values import to_pylist
from aiocql.errors import ConfigurationError, InterfaceError

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.column import Column
    from aiocql.columns.layout import Layout
    from aiocql.columns.table_view import TableView

__all__ = ["PandasTypes", "to_arrow", "to_pandas", "to_polars"]

PandasTypes: TypeAlias = Literal["arrow", "nullable", "numpy"]

_INTEGERS: Final = ("c", "s", "i", "l")
_FLOATS: Final = ("f", "g")
_TEXTS: Final = ("u", "U", "vu")


def to_arrow(table: TableView) -> Any:
    """A `pyarrow.Table` over the same memory."""
    return need("pyarrow", "to_arrow()").table(table)


def to_polars(table: TableView) -> Any:
    """A `polars.DataFrame`."""
    polars = need("polars", "to_polars()")
    for field in table.schema:
        if _holds(field.layout, "tin"):
            raise InterfaceError(
                f"Polars reads no Arrow intervals: column {field.name}",
                hint='use ArrowTypes(duration="struct") or "text"',
            )
    return polars.DataFrame(table)


def _holds(layout: Layout, format: str) -> bool:
    return layout.format == format or any(_holds(child, format) for child in layout.children)


def to_pandas(table: TableView, dtypes: str) -> Any:
    """A `pandas.DataFrame`."""
    makers = {"arrow": _arrow_series, "nullable": _nullable_series, "numpy": _numpy_series}
    if dtypes not in makers:
        raise ConfigurationError(
            f"to_pandas(dtypes=...) must be one of {', '.join(map(repr, makers))}",
        )
    pandas = need("pandas", "to_pandas()")
    series = [makers[dtypes](pandas, column) for column in table.columns]
    frame = pandas.DataFrame(dict(enumerate(series)), index=pandas.RangeIndex(len(table)))
    frame.columns = pandas.Index(table.column_names, dtype=object)
    return frame


def _arrow_series(pandas: Any, column: Column) -> Any:
    pyarrow = need("pyarrow", 'to_pandas(dtypes="arrow")')
    array = pyarrow.chunked_array(column)
    if isinstance(array.type, pyarrow.BaseExtensionType):
        array = array.cast(array.type.storage_type)
    return pandas.Series(pandas.arrays.ArrowExtensionArray(array))


def _nullable_series(pandas: Any, column: Column) -> Any:
    data = column.combined()
    numpy = need("numpy", "to_pandas()")
    format = data.layout.format
    if format in _INTEGERS:
        return pandas.Series(pandas.arrays.IntegerArray(numbers(numpy, data).copy(), mask_of(numpy, data)))
    if format in _FLOATS:
        return pandas.Series(pandas.arrays.FloatingArray(numbers(numpy, data).copy(), mask_of(numpy, data)))
    if data.layout.kind == "bits":
        values = numpy.ma.getdata(to_numpy(data))
        return pandas.Series(pandas.arrays.BooleanArray(values, mask_of(numpy, data)))
    if format in _TEXTS or data.layout.kind == "dictionary":
        return _texts(pandas, column, data)
    return _numpy_series(pandas, column)


def _texts(pandas: Any, column: Column, data: ArrayData) -> Any:
    """Text as pandas' own strings: over the same memory where pyarrow is there, else an object a value."""
    try:
        pyarrow = need("pyarrow", "to_pandas()")
    except InterfaceError:
        return pandas.Series(to_pylist(data), dtype="string")
    return pandas.Series(pyarrow.chunked_array(column).cast(pyarrow.large_string()), dtype="string")


def _numpy_series(pandas: Any, column: Column) -> Any:
    data = column.combined()
    numpy = need("numpy", "to_pandas()")
    format = data.layout.format
    if format in ("tsm:UTC", "tsu:UTC"):
        return pandas.Series(to_numpy(data).copy()).dt.tz_localize("UTC")
    if format in _FLOATS:
        values = numbers(numpy, data).copy()
        values[mask_of(numpy, data)] = numpy.nan
        return pandas.Series(values)
    if (format in _INTEGERS or data.layout.kind == "bits") and not data.null_count:
        return pandas.Series(to_numpy(data).copy())
    return pandas.Series(_objects(numpy, to_pylist(data)), dtype=object)


def _objects(numpy: Any, values: list[Any]) -> Any:
    """One object in each place: NumPy would take lists for a second dimension."""
    out = numpy.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        out[position] = value
    return out
