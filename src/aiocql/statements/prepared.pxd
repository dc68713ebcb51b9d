"""Prepared statements, as the hot path sees them."""

from libc.stdint cimport int64_t

from aiocql.binary.writer cimport Writer
from aiocql.protocol.row_decoder cimport RowDecoder


cdef struct BoundKey:
    int64_t token
    bint known


cdef class PreparedStatement:
    cdef readonly str query
    cdef readonly str keyspace
    cdef readonly str prepared_keyspace
    cdef readonly str table
    cdef readonly bytes id
    cdef readonly tuple columns
    cdef readonly tuple codecs
    cdef readonly tuple pk_indexes
    cdef public object result_metadata
    cdef public bytes result_metadata_id
    cdef public RowDecoder decoder
    cdef public object options
    cdef public object defaults
    cdef public double last_used
    cdef public long long stale_since   # the change of the schema after which it is to be prepared again; 0: none
    cdef readonly bint is_lwt
    cdef readonly bint is_select
    cdef readonly object origin
    cdef dict positions
    cdef Py_ssize_t width
    cdef Py_ssize_t pk_width
    cdef tuple pk_forms
    cdef object __weakref__

    cdef Py_ssize_t bind(self, object values, Writer out, Writer key, BoundKey* routing) except -1
    cdef object arranged(self, object values)
    cdef int route(self, object values, BoundKey* routing) except -1
    cdef int _route(self, Writer out, Py_ssize_t* starts, tuple pk_indexes, Writer key, BoundKey* routing) except -1
    cdef int _route_stored(self, Writer out, Py_ssize_t* starts, tuple pk_indexes, BoundKey* routing) except -1
