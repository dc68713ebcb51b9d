"""Cassandra's Murmur3: the token of a partition key."""

from libc.stdint cimport int64_t, uint8_t


cdef int64_t murmur3_token(const uint8_t* p, Py_ssize_t n) noexcept nogil
