"""What every codec is, as compiled code sees it."""

from libc.stdint cimport int32_t, uint8_t

from aiocql.binary.cursor cimport Cursor
from aiocql.binary.writer cimport Writer


cdef class Codec:
    cdef readonly object cql_type
    cdef readonly bint empty_is_value
    cdef readonly Py_ssize_t fixed_size

    cdef object decode(self, const uint8_t* p, Py_ssize_t n)
    cdef int encode(self, Writer out, object value) except -1


cdef object decode_value(Codec codec, const uint8_t* p, Py_ssize_t n)
cdef object read_value(Codec codec, Cursor* c)
cdef int write_value(Codec codec, Writer out, object value) except -1
