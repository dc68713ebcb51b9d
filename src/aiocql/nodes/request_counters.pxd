"""What the requests of a session came to: counters and a latency distribution."""

from libc.stdint cimport uint64_t

from aiocql.nodes.node_counters cimport BUCKETS


cdef class RequestCounters:
    cdef public uint64_t started
    cdef public uint64_t completed
    cdef public uint64_t failed
    cdef public uint64_t cancelled
    cdef public uint64_t slow
    cdef public double slow_threshold
    cdef public object on_slow
    cdef public object clock
    cdef public dict errors
    cdef double latency_sum
    cdef uint64_t buckets[BUCKETS]

    cdef int succeed(self, object request, double seconds) except -1
    cdef int fail(self, object request, double seconds, object error) except -1
    cdef int cancel(self, object request, double seconds) except -1
