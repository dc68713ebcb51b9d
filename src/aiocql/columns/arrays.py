"""Columns as NumPy arrays: numbers and vectors without a copy where a column is one chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.columns.concat import null_positions
from aiocql.columns.optional import need
from aiocql.columns.values import to_pylist

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData

__all__ = ["to_numpy"]

_NUMBERS = {"c": "i1", "s": "i2", "i": "i4", "l": "i8", "f": "f4", "g": "f8"}
_TIMES = {"tsm:UTC": "datetime64[ms]", "tsu:UTC": "datetime64[us]", "ttn": "timedelta64[ns]"}


def to_numpy(data: ArrayData) -> Any:
    """Return the values as an `ndarray`.

    Numbers, booleans and vectors with nulls come as a masked array, dates and times with NaT for null, everything
    else as an array of Python objects with None.
    """
    numpy = need("numpy", "to_numpy()")
    kind, format = data.layout.kind, data.layout.format
    if format in _NUMBERS:
        return _masked(numpy, numbers(numpy, data), data)
    if kind == "bits":
        return _masked(numpy, _booleans(numpy, data), data)
    if format in _TIMES:
        return _with_nat(numpy, _fixed(numpy, data, "i8").view(_TIMES[format]), data)
    if format == "tdD":
        return _with_nat(numpy, _fixed(numpy, data, "i4").astype("datetime64[D]"), data)
    if kind == "fixed_list" and data.layout.children[0].format in _NUMBERS:
        return _masked(numpy, _vectors(numpy, data), data)
    out = numpy.empty(data.length, dtype=object)
    out[:] = to_pylist(data) if kind not in ("list", "map", "struct", "fixed_list") else _objects(numpy, data)
    return out


def numbers(numpy: Any, data: ArrayData) -> Any:
    """The values of a column of numbers, whatever is under nulls included."""
    return _fixed(numpy, data, _NUMBERS[data.layout.format])


def mask_of(numpy: Any, data: ArrayData) -> Any:
    """True where a value is null."""
    mask = numpy.zeros(data.length, dtype=bool)
    mask[null_positions(data)] = True
    return mask


def _fixed(numpy: Any, data: ArrayData, code: str) -> Any:
    values = numpy.frombuffer(data.buffers[1], dtype=code)
    return values[data.offset : data.offset + data.length]


def _booleans(numpy: Any, data: ArrayData) -> Any:
    packed = numpy.frombuffer(data.buffers[1], dtype="u1")
    bits = numpy.unpackbits(packed, bitorder="little", count=data.offset + data.length)
    return bits[data.offset :].astype(bool)


def _vectors(numpy: Any, data: ArrayData) -> Any:
    width = data.layout.width
    child = data.children[0].slice(data.offset * width, data.length * width)
    return numbers(numpy, child).reshape(data.length, width)


def _masked(numpy: Any, values: Any, data: ArrayData) -> Any:
    if not data.null_count:
        return values
    mask = mask_of(numpy, data)
    if values.ndim == 2:
        mask = numpy.repeat(mask[:, None], values.shape[1], axis=1)
    return numpy.ma.masked_array(values, mask)


def _with_nat(numpy: Any, values: Any, data: ArrayData) -> Any:
    if not data.null_count:
        return values
    values = values.copy()
    values[null_positions(data)] = numpy.array("NaT", dtype=values.dtype)
    return values


def _objects(numpy: Any, data: ArrayData) -> Any:
    """Lists, one in each place: NumPy would take them for a second dimension."""
    out = numpy.empty(data.length, dtype=object)
    for position, value in enumerate(to_pylist(data)):
        out[position] = value
    return out
