"""Who holds which token, and who replicates it: flat C arrays, frozen once built.

`TokenMap.find` is the hot path: one bisect, and the row of replicas as indices into `ring.hosts`.
"""

from libc.stdint cimport int32_t, int64_t


cdef struct Entry:
    int64_t token
    int32_t owner


cdef class TokenRing:
    cdef readonly tuple hosts
    cdef Entry* entries
    cdef readonly Py_ssize_t size
    cdef list datacenters
    cdef int32_t* datacenter_of
    cdef int32_t* rack_of
    cdef int32_t* rack_counts
    cdef int32_t* host_counts

    cdef Py_ssize_t position(self, int64_t token) noexcept nogil


cdef class ReplicaTable:
    cdef int32_t* rows
    cdef Py_ssize_t stride
    cdef readonly int width

    cdef const int32_t* row(self, Py_ssize_t position) noexcept nogil


cdef class TokenMap:
    cdef readonly TokenRing ring
    cdef dict tables
    cdef dict by_placement

    cdef const int32_t* find(self, str keyspace, int64_t token, int* width)
    cdef tuple replicas(self, str keyspace, int64_t token)
