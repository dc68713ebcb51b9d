"""Stream ids of one connection and the requests that wait on them."""

from libc.stdint cimport int16_t

from aiocql.protocol.request cimport Request


cdef class StreamTable:
    cdef list slots
    cdef int16_t* ring
    cdef int head
    cdef readonly int free
    cdef readonly int capacity

    cdef int take(self, object holder) except -2
    cdef object at(self, int stream)
    cdef int give_back(self, int stream) except -1
    cdef int replace(self, int stream, object holder) except -1
    cdef int grow(self, int capacity) except -1
