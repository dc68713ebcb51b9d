"""Where a request goes: a policy makes a plan, a plan gives one host after the other.

The session calls `make_plan` and `next_host`; both are C calls for the driver's own policies. The first host costs a
bisect and a comparison, the others are worked out only when they are asked for.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t

from aiocql.nodes.host cimport Host
from aiocql.metadata.snapshot cimport ClusterSnapshot
from aiocql.metadata.tokens cimport TokenMap

cdef enum:
    # Replicas that a plan orders; a replication factor above it only loses the order of the last ones.
    MAX_ORDERED = 8
    # Policies whose tiers a snapshot keeps: a session has few, but may be given a new one with each request.
    MAX_TIERS = 8

cdef enum Selection:
    TWO_CHOICES = 0
    ROUND_ROBIN = 1
    LEAST_LOADED = 2


cdef class Routing:
    cdef readonly str keyspace
    cdef readonly object token
    cdef readonly bint is_lwt
    cdef readonly bint is_dc_local


cdef class Plan:
    cdef Host next_host(self)


cdef class IteratorPlan(Plan):
    cdef object iterator


cdef class LoadBalancingPolicy:
    cdef Plan make_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    )


cdef class Tiers:
    cdef LoadBalancingPolicy policy
    cdef Tiers next
    cdef tuple local_rack
    cdef tuple local
    cdef tuple remote
    cdef int8_t* tier_of


cdef class DefaultPlan(Plan)


cdef class DefaultLoadBalancingPolicy(LoadBalancingPolicy):
    cdef readonly str local_datacenter
    cdef readonly str local_rack
    cdef readonly object remote_datacenters
    cdef readonly object max_remote_hosts
    cdef readonly bint allow_remote_for_local_consistency
    cdef readonly bint any_datacenter
    cdef bint token_aware
    cdef Selection selection
    cdef bint overridden
    cdef uint64_t random
    cdef uint64_t turn

    cdef DefaultPlan native_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    )
    cdef Tiers tiers_of(self, ClusterSnapshot snapshot)
    cdef Tiers sort_into_tiers(self, ClusterSnapshot snapshot)


cdef class DefaultPlan(Plan):
    cdef DefaultLoadBalancingPolicy policy
    cdef Tiers tiers
    cdef TokenMap token_map
    cdef str keyspace
    cdef int64_t token
    cdef bint has_token
    cdef bint is_lwt
    cdef bint is_dc_local
    cdef int phase
    cdef int ordered
    cdef int given
    cdef void* order[MAX_ORDERED]
    cdef list rest
    cdef Py_ssize_t rest_index

    cdef int order_replicas(self) except -1
    cdef int collect(self, int tier, bint exact, const int32_t* row, int width) except -1
    cdef void arrange(self, int start) noexcept
    cdef void move_slow_back(self, int start) noexcept
    cdef int order_one(self) except -1
    cdef int select(self, tuple hosts) except -1
    cdef list order_rest(self)
    cdef list groups(self)
    cdef list replicas_of(self, int tier)
    cdef list rotated(self, tuple hosts)
    cdef int add_group(self, group, set seen, list rest, list late) except -1


cdef class HostFilterPolicy(LoadBalancingPolicy):
    cdef readonly LoadBalancingPolicy child
    cdef readonly object predicate


cdef class FilterPlan(Plan):
    cdef Plan child
    cdef object predicate
