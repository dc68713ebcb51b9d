"""One node of the cluster: a live object. The cluster layer writes who it is, the pool how it is, routing reads both.

The numbers are C integers so that a routing decision costs no Python object.
"""

from aiocql.nodes.node_counters cimport NodeCounters

cdef enum:
    STATE_UNKNOWN = 0
    STATE_UP = 1
    STATE_DOWN = 2

cdef enum:
    DISTANCE_LOCAL = 0
    DISTANCE_REMOTE = 1
    DISTANCE_IGNORED = 2


cdef class Host:
    # Who it is. Written by the cluster layer when the topology is read.
    cdef readonly object host_id
    cdef readonly str address
    cdef readonly int port
    cdef readonly str endpoint
    cdef readonly str datacenter
    cdef readonly str rack
    cdef readonly str release_version
    cdef readonly str broadcast_address
    cdef readonly str listen_address
    cdef readonly object schema_version

    # How it is. `state_code`, `distance_code` and `is_slow` are written by the cluster layer, the rest by the pool.
    cdef public int state_code
    cdef public int distance_code
    cdef public bint is_slow
    cdef public bint is_reconnecting
    cdef readonly NodeCounters load
    cdef public object pool
    cdef object __weakref__
