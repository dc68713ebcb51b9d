"""Rows from bytes, one pass, every step checked."""

from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_New, PyTuple_SET_ITEM

from libc.stdint cimport uint8_t

from aiocql.binary.cursor cimport left, negative_length, read_bytes
from aiocql.types.codec cimport Codec, decode_value

from aiocql.errors import DecodeError, ProtocolError, TruncatedError

cdef enum:
    MAX_EMPTY_ROWS = 65536  # rows without columns cost no bytes: nothing else bounds them


cdef class RowDecoder:
    """Makes plain tuples; subclasses make other rows.

    `columns` describe the result, `codecs` are theirs in the same order. A value that cannot be read raises
    DecodeError naming its column and row, and leaves the connection alone; a page that is shorter than it says
    raises ProtocolError.
    """

    def __init__(self, columns, codecs):
        self.columns = tuple(columns)
        self.names = tuple([column.name for column in self.columns])
        self.codecs = tuple(codecs)
        self.width = len(self.columns)
        if len(self.codecs) != self.width:
            raise ValueError(f"{len(self.codecs)} codecs for {self.width} columns")
        for codec in self.codecs:
            if not isinstance(codec, Codec):
                raise TypeError(f"{codec!r} is not a Codec")

    cdef object row(self, Cursor* c):
        """The next row."""
        cdef Py_ssize_t i, n
        cdef const uint8_t* p
        cdef tuple out = PyTuple_New(self.width)
        cdef object value
        for i in range(self.width):
            n = read_bytes(c, &p)
            value = decode_value(<Codec>PyTuple_GET_ITEM(self.codecs, i), p, n)
            Py_INCREF(value)
            PyTuple_SET_ITEM(out, i, value)
        return out

    cdef list rows(self, Cursor* c, int32_t count):
        """The next `count` rows. The count is believed only as far as there are bytes for it."""
        cdef list out = []
        cdef Cursor start = c[0]
        if count < 0:
            negative_length(count)
        if self.width == 0:
            if count > MAX_EMPTY_ROWS:
                raise ProtocolError(f"{count} rows without columns announced")
        elif count > left(c) // (4 * self.width):
            raise TruncatedError(f"{count} rows of {self.width} columns announced, {left(c)} bytes left in the message")
        try:
            while len(out) < count:
                start = c[0]
                out.append(self.row(c))
        except Exception:
            explain(self, start, len(out))
            raise
        return out


cdef int explain(RowDecoder decoder, Cursor c, Py_ssize_t number) except -1:
    """Looks once more at the row that failed: raises DecodeError if it is a value's fault, else returns."""
    cdef Py_ssize_t i, n
    cdef const uint8_t* p
    for i in range(decoder.width):
        n = read_bytes(&c, &p)
        try:
            decode_value(<Codec>PyTuple_GET_ITEM(decoder.codecs, i), p, n)
        except MemoryError:
            raise
        except Exception as error:
            column = decoder.columns[i]
            raise DecodeError(f"column {column} ({column.type}) of row {number} cannot be read: {error}") from error
    return 0
