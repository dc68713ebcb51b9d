"""Rows from bytes: columns and codecs are known beforehand, a subclass says what a row is made into."""

from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_SET_ITEM
from libc.stdint cimport int32_t, uint8_t

from aiocql.binary.cursor cimport Cursor, read_bytes
from aiocql.types.codec cimport Codec, decode_value


cdef extern from *:
    """
    #define aiocql_collectable(o) PyType_IS_GC(Py_TYPE((PyObject *)(o)))
    """
    bint aiocql_collectable(object value) noexcept
    void PyObject_GC_Track(object value) noexcept
    void PyObject_GC_UnTrack(object value) noexcept


cdef class RowDecoder:
    cdef readonly tuple columns   # of aiocql.protocol.metadata.Column
    cdef readonly tuple names
    cdef readonly tuple codecs    # of Codec, one for each column
    cdef Py_ssize_t width
    cdef bytes as_received        # the columns as an answer had them, or None
    cdef bint as_shared           # and whether that names the table once for all

    cdef bint stands_at(self, Cursor* c, bint shared) noexcept
    cdef int remember(self, const uint8_t* start, Py_ssize_t size, bint shared) except -1
    cdef object row(self, Cursor* c)
    cdef list rows(self, Cursor* c, int32_t count)


cdef int check_count(Py_ssize_t width, int32_t count, Py_ssize_t size) except -1


cdef inline bint fill(RowDecoder decoder, Cursor* c, object out) except -1:
    """Puts the next row's values into the empty tuple `out`; says whether one of them can be part of a cycle."""
    cdef Py_ssize_t i, n
    cdef const uint8_t* p
    cdef Codec codec
    cdef object value
    cdef bint collectable = False
    for i in range(decoder.width):
        n = read_bytes(c, &p)
        codec = <Codec>PyTuple_GET_ITEM(decoder.codecs, i)
        value = codec.decode(p, n) if n > 0 else decode_value(codec, p, n)
        collectable |= aiocql_collectable(value)
        Py_INCREF(value)
        PyTuple_SET_ITEM(out, i, value)
    return collectable
