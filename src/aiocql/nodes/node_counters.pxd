"""Counters that the hot path writes and routing, statistics and exporters read."""

from libc.stdint cimport uint64_t

cdef enum:
    SUB_BUCKETS = 8
    BUCKETS = 240


cdef extern from *:
    """
    static inline int aiocql_log2(unsigned long long v) { return 63 - __builtin_clzll(v); }
    """
    int aiocql_log2(unsigned long long v) noexcept nogil


cdef inline int bucket_of(double seconds) noexcept nogil:
    """The bucket of a latency: eight to each power of two, over microseconds."""
    cdef uint64_t us = <uint64_t>(seconds * 1e6) if seconds > 0 else 0
    cdef int exponent, index
    if us < SUB_BUCKETS:
        return <int>us
    exponent = aiocql_log2(us)
    index = (exponent - 2) * SUB_BUCKETS + <int>((us >> (exponent - 3)) & 7)
    return index if index < BUCKETS else BUCKETS - 1


cdef class NodeCounters:
    cdef public int in_flight
    cdef public int peak_in_flight
    cdef public int open_connections
    cdef public uint64_t requests
    cdef public uint64_t responses
    cdef public uint64_t errors
    cdef public uint64_t timeouts
    cdef public uint64_t orphaned
    cdef public uint64_t retries
    cdef public uint64_t speculative
    cdef public uint64_t bytes_sent
    cdef public uint64_t bytes_received
    cdef public uint64_t writes
    cdef public uint64_t connections_opened
    cdef public uint64_t connections_lost
    cdef public uint64_t connect_failures
    cdef public uint64_t high_in_flight
    cdef public uint64_t queue_full
    cdef public uint64_t read_buffer_full
    cdef public double last_response
    cdef double latency_sum
    cdef uint64_t buckets[BUCKETS]

    cdef void record(self, double seconds) noexcept
