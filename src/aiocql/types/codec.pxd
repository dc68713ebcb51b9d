"""What every codec is, as compiled code sees it."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from aiocql.binary.cursor cimport Cursor
from aiocql.binary.writer cimport Writer


cdef class Codec:
    cdef readonly object cql_type
    cdef readonly bint empty_is_value
    cdef readonly bint hashable
    cdef readonly Py_ssize_t fixed_size

    cdef object decode(self, const uint8_t* p, Py_ssize_t n)
    cdef int encode(self, Writer out, object value) except -1


cdef class UserCodec(Codec):
    cdef readonly Codec inner
    cdef readonly object encoder
    cdef readonly object decoder


cdef object decode_value(Codec codec, const uint8_t* p, Py_ssize_t n)
cdef object read_value(Codec codec, Cursor* c)
cdef int write_value(Codec codec, Writer out, object value) except -1

# For values inside values: a fault of theirs is a DecodeError of the outer value, not of the message.
cdef int32_t read_count(Codec codec, Cursor* c, Py_ssize_t least) except -1
cdef object read_element(Codec outer, Codec codec, Cursor* c)
cdef int write_element(Codec outer, Codec codec, Writer out, object value) except -1
cdef int end_of_value(Codec codec, Cursor* c) except -1

# Errors, raised: none holds the value.
cdef int wrong_size(Codec codec, Py_ssize_t n, str wanted) except -1
cdef int undecodable(Codec codec, str why) except -1
cdef int wrong_type(Codec codec, object value, str takes, str hint=*) except -1
cdef int bad_value(Codec codec, object value, str why, str hint) except -1
cdef int64_t int_value(Codec codec, object value, int64_t low, int64_t high) except? -1
