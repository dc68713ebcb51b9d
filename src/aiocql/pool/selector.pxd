"""Which of a host's connections takes the next request."""

from libc.stdint cimport uint64_t

from aiocql.protocol.core cimport Core
from aiocql.nodes.node_counters cimport NodeCounters

cdef enum Selection:
    LEAST_LOADED = 0
    ROUND_ROBIN = 1
    RANDOM = 2


cdef class ConnectionSelector:
    cdef list cores
    cdef public int high
    cdef public int low
    cdef public bint queueing
    cdef public bint is_saturated
    cdef int selection
    cdef Py_ssize_t turn
    cdef uint64_t random
    cdef readonly NodeCounters load

    cdef Core pick(self)
    cdef Core select(self)
    cdef Core any_with_room(self)
