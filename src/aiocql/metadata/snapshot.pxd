"""What is known of the cluster at one moment. Frozen: a change makes a new one."""

from aiocql.metadata.tokens cimport TokenMap


cdef class ClusterSnapshot:
    cdef readonly str cluster_name
    cdef readonly str partitioner
    cdef readonly tuple hosts
    cdef readonly object hosts_by_id
    cdef readonly object hosts_by_endpoint
    cdef readonly TokenMap token_map
    cdef readonly object schema
    cdef readonly object schema_version
    cdef readonly str local_datacenter
    cdef object tiers            # its hosts as each load balancing policy sorts them; kept here by the policies


cdef class CurrentSnapshot:
    cdef public ClusterSnapshot value
