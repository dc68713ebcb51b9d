"""Rows from bytes: columns and codecs are known beforehand, a subclass says what a row is made into."""

from libc.stdint cimport int32_t

from aiocql.binary.cursor cimport Cursor


cdef class RowDecoder:
    cdef readonly tuple columns   # of aiocql.wire.metadata.Column
    cdef readonly tuple names
    cdef readonly tuple codecs    # of Codec, one for each column
    cdef Py_ssize_t width

    cdef object row(self, Cursor* c)
    cdef list rows(self, Cursor* c, int32_t count)
