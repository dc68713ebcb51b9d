"""Rows from bytes, one pass, every step checked."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_New
from libc.stdint cimport int32_t, uint8_t
from libc.string cimport memcmp

from aiocql.binary.cursor cimport Cursor, left, negative_length, read_bytes
from aiocql.types.codec cimport Codec, decode_value

from aiocql.errors import DecodeError, Error, ProtocolError, TruncatedError

cdef extern from "Python.h":
    int PyGC_Disable()
    int PyGC_Enable()

cdef enum:
    MANY_ROWS = 100
    MAX_EMPTY_ROWS = 65536  # rows without columns cost no bytes: nothing else bounds them


cdef class RowDecoder:
    """Makes plain tuples; subclasses make other rows.

    `columns` describe the result, `codecs` are theirs in the same order. A value that cannot be read raises
    DecodeError naming its column and row, and leaves the connection alone; a page that is shorter than it says
    raises ProtocolError.
    """

    def __init__(self, columns, codecs):
        cdef tuple own_columns = tuple(columns), own_codecs = tuple(codecs)
        if self.codecs is not None:
            # Codecs may be the user's code: were these replaced while one of them runs, `fill` would read beyond them.
            raise TypeError("a row decoder is initialized once")
        if len(own_codecs) != len(own_columns):
            raise ValueError(f"{len(own_codecs)} codecs for {len(own_columns)} columns")
        for codec in own_codecs:
            if not isinstance(codec, Codec):
                raise TypeError(f"{codec!r} is not a Codec")
        self.names = tuple([column.name for column in own_columns])
        self.columns = own_columns
        self.codecs = own_codecs
        self.width = len(own_columns)

    cdef bint stands_at(self, Cursor* c, bint shared) noexcept:
        """Whether the very bytes that announced these columns before come next; steps over them if so.

        The same bytes mean the same columns: reading them again would give nothing else.
        """
        cdef Py_ssize_t n
        if self.as_received is None or self.as_shared != shared:
            return False
        n = PyBytes_GET_SIZE(self.as_received)
        if left(c) < n or memcmp(c.p, PyBytes_AS_STRING(self.as_received), n) != 0:
            return False
        c.p += n
        return True

    cdef int remember(self, const uint8_t* start, Py_ssize_t size, bint shared) except -1:
        """Notes the bytes that announced these columns."""
        self.as_received = PyBytes_FromStringAndSize(<const char*>start, size)
        self.as_shared = shared
        return 0

    cdef object row(self, Cursor* c):
        """The next row."""
        cdef tuple out = PyTuple_New(self.width)
        if not fill(self, c, out):
            PyObject_GC_UnTrack(out)  # the collector would find this out for each row of a page, at a price
        return out

    cdef list rows(self, Cursor* c, int32_t count):
        """The next `count` rows. The count is believed only as far as there are bytes for it."""
        cdef list out = []
        cdef Cursor start = c[0]
        cdef bint collecting
        check_count(self.width, count, left(c))
        # What is made here is reachable: a collector that looks at it again and again finds nothing.
        collecting = count >= MANY_ROWS and PyGC_Disable()
        try:
            while len(out) < count:
                start = c[0]
                out.append(self.row(c))
        except (ProtocolError, DecodeError):
            explain(self, start, len(out))
            raise
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:
            explain(self, start, len(out))
            refuse_row(self, len(out), error)
        finally:
            if collecting:
                PyGC_Enable()
        return out

    def __repr__(self):
        return f"<{type(self).__name__} {', '.join(self.names)}>"


cdef int check_count(Py_ssize_t width, int32_t count, Py_ssize_t size) except -1:
    """Whether `size` bytes can hold `count` rows: each value has four bytes of length."""
    if count < 0:
        negative_length(count)
    if width == 0:
        if count > MAX_EMPTY_ROWS:
            raise ProtocolError(f"{count} rows without columns announced, {MAX_EMPTY_ROWS} allowed")
    elif count > size // (4 * width):
        raise TruncatedError(f"{count} rows of {width} columns announced, {size} bytes left in the message")
    return 0


cdef int explain(RowDecoder decoder, Cursor c, Py_ssize_t number) except -1:
    """Looks once more at the row that failed: raises DecodeError if it is a value's fault, else returns."""
    cdef Py_ssize_t i, n
    cdef const uint8_t* p
    for i in range(decoder.width):
        n = read_bytes(&c, &p)
        try:
            decode_value(<Codec>PyTuple_GET_ITEM(decoder.codecs, i), p, n)
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:
            refuse_value(decoder.columns[i], number, error)
    return 0


cdef int refuse_value(object column, Py_ssize_t number, object error) except -1:
    # Only the driver's own texts are known to hold no values.
    why = error.message if isinstance(error, Error) else type(error).__name__
    raise DecodeError(f"column {column} ({column.type}) of row {number} cannot be read: {why}") from error


cdef int refuse_row(RowDecoder decoder, Py_ssize_t number, object error) except -1:
    raise DecodeError(f"row {number} cannot be made into what {decoder!r} makes: {type(error).__name__}") from error


def decode_rows(RowDecoder decoder not None, bytes data not None, int32_t count):
    """`count` rows from `data`, for callers in Python."""
    cdef Cursor c
    c.p = data
    c.end = c.p + len(data)
    return decoder.rows(&c, count)
