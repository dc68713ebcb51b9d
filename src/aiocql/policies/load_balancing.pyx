"""Where a request goes.

A policy is one pure method, from what is known of the cluster and what is known of the request to an order of hosts:
``plan(snapshot, routing)``. Write your own as a class with that method (any iterable of hosts will do), and
``distance(snapshot, host)`` if some hosts shall have no pool.
"""

import itertools
from os import urandom

cimport cython
from cpython.ref cimport PyObject
from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free

from aiocql.binary.xorshift cimport next_random
from aiocql.nodes.host cimport DISTANCE_IGNORED, STATE_UP, Host
from aiocql.metadata.snapshot cimport ClusterSnapshot

from aiocql.errors import ConfigurationError, InterfaceError
from aiocql.nodes.states import HostDistance

cdef enum:
    TIER_RACK = 0
    TIER_LOCAL = 1
    TIER_REMOTE = 2
    TIER_IGNORED = 3


cdef class Routing:
    """What is known of a request that matters for where it goes.

    `keyspace` and `token` are None where there is none. `is_lwt` says that it is a light-weight transaction: these
    meet in conflicts less often if all clients send them through the same replica. `is_dc_local` says that its
    consistency level counts replicas of the coordinator's datacenter only.
    """

    def __init__(self, keyspace=None, token=None, *, is_lwt=False, is_dc_local=False):
        self.keyspace = keyspace
        self.token = token
        self.is_lwt = is_lwt
        self.is_dc_local = is_dc_local

    def __repr__(self):
        return f"<Routing keyspace={self.keyspace!r} token={self.token} is_lwt={self.is_lwt}>"


cdef class Plan:
    """Hosts in the order in which they are to be tried, each worked out when it is asked for."""

    cdef Host next_host(self):
        """The next host; None when there is no other."""
        return None

    def __iter__(self):
        return self

    def __next__(self):
        cdef Host host = self.next_host()
        if host is None:
            raise StopIteration
        return host


cdef class IteratorPlan(Plan):
    """A plan over what a policy written in Python gives."""

    def __cinit__(self, hosts):
        self.iterator = iter(hosts)

    cdef Host next_host(self):
        host = next(self.iterator, None)
        if host is not None and not isinstance(host, Host):
            raise InterfaceError(
                f"the load balancing policy gave a {type(host).__name__} where a Host belongs",
                hint="plan(snapshot, routing) must give hosts of snapshot.hosts",
            )
        return host


cdef class LoadBalancingPolicy:
    """Base of all policies: override `plan`, and `distance` if some hosts shall have no pool."""

    cdef Plan make_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    ):
        cdef Routing routing = Routing.__new__(Routing)
        routing.keyspace = keyspace
        routing.token = token if has_token else None
        routing.is_lwt = is_lwt
        routing.is_dc_local = is_dc_local
        plan = self.plan(snapshot, routing)
        return plan if isinstance(plan, Plan) else IteratorPlan(plan)

    def plan(self, snapshot, routing):
        """The hosts to try, in order."""
        raise NotImplementedError(f"{type(self).__name__} does not say where requests go: it has no plan()")

    def distance(self, snapshot, host):
        """LOCAL and REMOTE hosts have pools of their sizes; IGNORED ones have none and are never asked."""
        return HostDistance.LOCAL


cdef class CustomPolicy(LoadBalancingPolicy):
    """A user's object that has the methods but not the base class."""

    cdef readonly object custom

    def __cinit__(self, custom):
        self.custom = custom

    def plan(self, snapshot, routing):
        return self.custom.plan(snapshot, routing)

    def distance(self, snapshot, host):
        distance = getattr(self.custom, "distance", None)
        return HostDistance.LOCAL if distance is None else HostDistance(distance(snapshot, host))

    def __repr__(self):
        return repr(self.custom)


def as_policy(policy) -> LoadBalancingPolicy:
    """The policy itself, or a wrapper of an object that only has its methods; ConfigurationError for others."""
    if isinstance(policy, LoadBalancingPolicy):
        return policy
    if isinstance(policy, type) or not callable(getattr(policy, "plan", None)):
        raise ConfigurationError(
            f"{policy!r} is not a load balancing policy",
            hint="give an object with a method plan(snapshot, routing) that gives hosts",
        )
    return CustomPolicy(policy)


cdef class Tiers:
    """The hosts of one snapshot, sorted by how near they are to one policy."""

    def __dealloc__(self):
        free(self.tier_of)


cdef bint is_native(method):
    return method is DefaultLoadBalancingPolicy.plan


cdef bint usable(Host host) noexcept:
    return host.state_code == STATE_UP and host.distance_code != DISTANCE_IGNORED


cdef bint better(Host a, Host b) noexcept:
    """Whether `a` is the better choice of two."""
    if a.is_slow != b.is_slow:
        return b.is_slow
    return a.load.in_flight < b.load.in_flight


cdef class DefaultLoadBalancingPolicy(LoadBalancingPolicy):
    """Replicas of the partition first, those of the own rack and datacenter before others, the less loaded of two.

    `local_datacenter` None takes the session's (given to `connect`, or that of the contact points).
    `local_rack` puts its hosts before the others of the datacenter.
    `remote_datacenters` are used when no local host answers: names in order of preference, or ``"all"``; none by
    default. At most `max_remote_hosts` of each (None: all). They do not serve statements of a LOCAL_* consistency
    level, for which another datacenter's replicas mean something else, unless `allow_remote_for_local_consistency`.

    Among the replicas two are picked at random and the one with fewer requests in flight is first; a replica that has
    stopped answering goes behind the others while they are the majority. Light-weight transactions go to the replicas
    in ring order, the same for every client.
    """

    def __cinit__(self, *args, **kwargs):
        self.remote_datacenters = ()
        self.token_aware = True
        self.selection = TWO_CHOICES
        self.random = int.from_bytes(urandom(8), "little") | 1
        self.turn = self.random >> 40
        # A subclass written in Python may have its own plan(): the C path must not pass it by.
        self.overridden = not is_native(type(self).plan)

    def __init__(self, local_datacenter=None, *, local_rack=None, remote_datacenters=(), max_remote_hosts=None,
                 allow_remote_for_local_consistency=False):
        if max_remote_hosts is not None and max_remote_hosts < 0:
            raise ConfigurationError(f"max_remote_hosts must not be negative, it is {max_remote_hosts}")
        if isinstance(remote_datacenters, str) and remote_datacenters != "all":
            remote_datacenters = (remote_datacenters,)
        self.local_datacenter = local_datacenter
        self.local_rack = local_rack
        self.remote_datacenters = (
            remote_datacenters if isinstance(remote_datacenters, str) else tuple(remote_datacenters or ())
        )
        for name in self.remote_datacenters:
            if not isinstance(name, str):
                raise ConfigurationError(
                    f"remote_datacenters has a {type(name).__name__}", hint='pass names of datacenters, or "all"')
        self.max_remote_hosts = max_remote_hosts
        self.allow_remote_for_local_consistency = allow_remote_for_local_consistency

    cdef Plan make_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    ):
        if self.overridden:
            return LoadBalancingPolicy.make_plan(self, snapshot, keyspace, has_token, token, is_lwt, is_dc_local)
        return self.native_plan(snapshot, keyspace, has_token, token, is_lwt, is_dc_local)

    cdef DefaultPlan native_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    ):
        cdef DefaultPlan plan = DefaultPlan.__new__(DefaultPlan)
        plan.policy = self
        plan.tiers = self.tiers_of(snapshot)
        plan.token_map = snapshot.token_map
        plan.keyspace = keyspace
        plan.has_token = has_token and keyspace is not None and self.token_aware
        plan.token = token
        plan.is_lwt = is_lwt
        plan.is_dc_local = is_dc_local
        return plan

    def plan(self, ClusterSnapshot snapshot not None, routing):
        """The hosts to try, in order."""
        token = routing.token
        return self.native_plan(
            snapshot, routing.keyspace, token is not None, 0 if token is None else token, routing.is_lwt,
            routing.is_dc_local,
        )

    def distance(self, ClusterSnapshot snapshot not None, Host host not None):
        """LOCAL in the own datacenter, REMOTE where the policy may go when that is gone, IGNORED elsewhere."""
        cdef Tiers tiers = self.tiers_of(snapshot)
        if host in tiers.local:
            return HostDistance.LOCAL
        return HostDistance.REMOTE if host in tiers.remote else HostDistance.IGNORED

    cdef Tiers tiers_of(self, ClusterSnapshot snapshot):
        """The tiers of this snapshot, which keeps them: sessions in several threads may share a policy, no snapshot."""
        cdef Tiers tiers = <Tiers>snapshot.tiers
        cdef int kept = 0
        while tiers is not None:
            if tiers.policy is self:
                return tiers
            kept += 1
            tiers = tiers.next
        tiers = self.sort_into_tiers(snapshot)
        tiers.next = <Tiers>snapshot.tiers if kept < MAX_TIERS else None
        snapshot.tiers = tiers
        return tiers

    def _local_datacenter(self, snapshot):
        return None if self.any_datacenter else self.local_datacenter or snapshot.local_datacenter

    def _remote_hosts(self, snapshot, local_datacenter):
        """The remote hosts that may be used: in order of preference, at most so many of each datacenter."""
        by_datacenter = {}
        for host in snapshot.hosts:
            if host.datacenter != local_datacenter:
                by_datacenter.setdefault(host.datacenter, []).append(host)
        allowed = by_datacenter if self.remote_datacenters == "all" else self.remote_datacenters
        limited = (by_datacenter.get(name, [])[: self.max_remote_hosts] for name in allowed)
        return tuple(itertools.chain.from_iterable(limited))

    cdef Tiers sort_into_tiers(self, ClusterSnapshot snapshot):
        cdef Tiers tiers = Tiers.__new__(Tiers)
        cdef tuple ring = snapshot.token_map.ring.hosts
        cdef Py_ssize_t i
        near = self._local_datacenter(snapshot)
        tiers.policy = self
        tiers.local = tuple([host for host in snapshot.hosts if near is None or host.datacenter == near])
        tiers.local_rack = ()
        if self.local_rack is not None:
            tiers.local_rack = tuple([host for host in tiers.local if host.rack == self.local_rack])
        tiers.remote = () if near is None else self._remote_hosts(snapshot, near)
        places = {host: TIER_REMOTE for host in tiers.remote}
        places.update((host, TIER_LOCAL) for host in tiers.local)
        places.update((host, TIER_RACK) for host in tiers.local_rack)
        tiers.tier_of = <int8_t*>calloc(len(ring) + 1, 1)
        if tiers.tier_of is NULL:
            raise MemoryError
        for i in range(len(ring)):
            tiers.tier_of[i] = places.get(ring[i], TIER_IGNORED)
        return tiers

    def __repr__(self):
        return f"{type(self).__name__}(local_datacenter={self.local_datacenter!r}, local_rack={self.local_rack!r})"


# One is made for each request. It is in no reference cycle: hosts, policies and snapshots know of no plan.
@cython.final
@cython.no_gc
cdef class DefaultPlan(Plan):
    """The plan of `DefaultLoadBalancingPolicy`: replicas at the first call, the rest when these have failed.

    `order` has borrowed references: `token_map` and `tiers`, both of one snapshot, keep the hosts and are not replaced.
    Rows of replicas index the hosts of that ring. No code of the user's runs in these methods; a policy written in
    Python has an `IteratorPlan`.
    """

    cdef Host next_host(self):
        cdef Host host
        if self.phase == 0:
            self.phase = 1
            if self.has_token:
                self.order_replicas()
            if self.ordered == 0:
                self.order_one()
        if self.given < self.ordered:
            host = <Host><PyObject*>self.order[self.given]
            self.given += 1
            return host
        if self.rest is None:
            self.rest = self.order_rest()
        if self.rest_index < len(self.rest):
            host = self.rest[self.rest_index]
            self.rest_index += 1
            return host
        return None

    cdef int order_replicas(self) except -1:
        """Puts the usable replicas of the own datacenter in order."""
        cdef int width, start = 0
        cdef const int32_t* row = self.token_map.find(self.keyspace, self.token, &width)
        if row is NULL:
            return 0
        if self.is_lwt:
            return self.collect(TIER_LOCAL, False, row, width)
        if self.policy.local_rack is not None:
            self.collect(TIER_RACK, True, row, width)
            self.arrange(0)
        start = self.ordered
        self.collect(TIER_LOCAL, self.policy.local_rack is not None, row, width)
        self.arrange(start)
        if self.policy.local_rack is not None:
            # The first choice above all is one that answers: a slow one of the own rack yields to the others.
            self.move_slow_back(0)
        return 0

    cdef int collect(self, int tier, bint exact, const int32_t* row, int width) except -1:
        """Appends the usable replicas of a tier (or, not `exact`, of it and the nearer ones)."""
        cdef int i, place
        cdef tuple hosts = self.token_map.ring.hosts
        cdef PyObject* host
        for i in range(width):
            if row[i] < 0 or self.ordered == MAX_ORDERED:
                break
            place = self.tiers.tier_of[row[i]]
            if place == tier or (place < tier and not exact):
                host = <PyObject*>hosts[row[i]]
                if usable(<Host>host):
                    self.order[self.ordered] = host
                    self.ordered += 1
        return 0

    cdef void arrange(self, int start) noexcept:
        """Two at random, the less loaded first; then the others; those that stopped answering behind."""
        cdef int count = self.ordered - start, first, second
        cdef uint64_t bits
        cdef void* host
        if count < 2:
            return
        bits = next_random(&self.policy.random)
        first = start + <int>(bits % <uint64_t>count)
        host = self.order[start]
        self.order[start] = self.order[first]
        self.order[first] = host
        second = start + 1 + <int>((bits >> 16) % <uint64_t>(count - 1))
        host = self.order[start + 1]
        self.order[start + 1] = self.order[second]
        self.order[second] = host
        if better(<Host><PyObject*>self.order[start + 1], <Host><PyObject*>self.order[start]):
            host = self.order[start]
            self.order[start] = self.order[start + 1]
            self.order[start + 1] = host
        if count > 2:
            self.move_slow_back(start)

    cdef void move_slow_back(self, int start) noexcept:
        """Moves hosts that stopped answering behind the others, unless they are half or more of them."""
        cdef int i, slow = 0, kept = start
        cdef void* moved[MAX_ORDERED]
        for i in range(start, self.ordered):
            if (<Host><PyObject*>self.order[i]).is_slow:
                slow += 1
        if slow == 0 or slow * 2 >= self.ordered - start:
            return
        slow = 0
        for i in range(start, self.ordered):
            if (<Host><PyObject*>self.order[i]).is_slow:
                moved[slow] = self.order[i]
                slow += 1
            else:
                self.order[kept] = self.order[i]
                kept += 1
        for i in range(slow):
            self.order[kept + i] = moved[i]

    cdef int order_one(self) except -1:
        """Without replicas: one host of the rack, or else of the datacenter, by the policy's selection."""
        if self.policy.local_rack is not None:
            self.select(self.tiers.local_rack)
        if self.ordered == 0:
            self.select(self.tiers.local)
        return 0

    cdef int select(self, tuple hosts) except -1:
        cdef Py_ssize_t count = len(hosts), i, looked
        cdef uint64_t turn
        cdef Host host, chosen = None
        cdef int candidates = 0
        cdef int wanted = 1 if self.policy.selection == ROUND_ROBIN else 2
        if count == 0:
            return 0
        self.policy.turn += 1
        turn = self.policy.turn
        if self.policy.selection == LEAST_LOADED:
            wanted = <int>count
        i = <Py_ssize_t>(turn % <uint64_t>count)
        looked = 0
        while looked < count:
            host = hosts[i]
            looked += 1
            if usable(host):
                if chosen is None or better(host, chosen):
                    chosen = host
                candidates += 1
                if candidates == wanted:
                    break
            i += 1
            if i == count:
                i = 0
        if chosen is not None:
            self.order[0] = <void*><PyObject*>chosen
            self.ordered = 1
        return 0

    cdef list order_rest(self):
        """Everything that was not given yet: near before far, usable before down."""
        cdef list rest = [], late = []
        cdef set seen = set()
        cdef int i
        for i in range(self.ordered):
            seen.add(<Host><PyObject*>self.order[i])
        for group in self.groups():
            self.add_group(group, seen, rest, late)
        return rest + late

    cdef list groups(self):
        cdef list groups = [self.replicas_of(TIER_RACK), self.replicas_of(TIER_LOCAL)]
        groups.append(self.rotated(self.tiers.local_rack))
        groups.append(self.rotated(self.tiers.local))
        if not self.is_dc_local or self.policy.allow_remote_for_local_consistency:
            groups.append(self.replicas_of(TIER_REMOTE))
            groups.append(self.tiers.remote)
        return groups

    cdef list replicas_of(self, int tier):
        cdef int width, i
        cdef const int32_t* row
        cdef tuple hosts = self.token_map.ring.hosts
        if not self.has_token:
            return []
        row = self.token_map.find(self.keyspace, self.token, &width)
        return [hosts[row[i]] for i in range(width) if row[i] >= 0 and self.tiers.tier_of[row[i]] == tier]

    cdef list rotated(self, tuple hosts):
        cdef Py_ssize_t start = <Py_ssize_t>(self.policy.turn % <uint64_t>max(1, len(hosts)))
        cdef list order = list(hosts[start:] + hosts[:start])
        if self.policy.selection == LEAST_LOADED:
            order.sort(key=load_of)
        return order

    cdef int add_group(self, group, set seen, list rest, list late) except -1:
        cdef Host host
        cdef list slow = []
        for host in group:
            if host in seen:
                continue
            seen.add(host)
            if not usable(host):
                if host.distance_code != DISTANCE_IGNORED:
                    late.append(host)
            elif host.is_slow:
                slow.append(host)
            else:
                rest.append(host)
        rest.extend(slow)
        return 0


def load_of(Host host):
    """What a least-loaded order goes by."""
    return host.is_slow, host.load.in_flight


cdef class RoundRobinPolicy(DefaultLoadBalancingPolicy):
    """All hosts of all datacenters in turn."""

    def __init__(self):
        DefaultLoadBalancingPolicy.__init__(self)
        self.any_datacenter = True
        self.token_aware = False
        self.selection = ROUND_ROBIN


cdef class DCAwareRoundRobinPolicy(DefaultLoadBalancingPolicy):
    """The hosts of one datacenter in turn; others only where allowed."""

    def __init__(self, local_datacenter=None, *, remote_datacenters=(), max_remote_hosts=None,
                 allow_remote_for_local_consistency=False):
        DefaultLoadBalancingPolicy.__init__(
            self, local_datacenter, remote_datacenters=remote_datacenters, max_remote_hosts=max_remote_hosts,
            allow_remote_for_local_consistency=allow_remote_for_local_consistency,
        )
        self.token_aware = False
        self.selection = ROUND_ROBIN


cdef class RackAwareRoundRobinPolicy(DefaultLoadBalancingPolicy):
    """The hosts of one rack in turn, then those of its datacenter; others only where allowed."""

    def __init__(self, local_datacenter, local_rack, *, remote_datacenters=(), max_remote_hosts=None,
                 allow_remote_for_local_consistency=False):
        DefaultLoadBalancingPolicy.__init__(
            self, local_datacenter, local_rack=local_rack, remote_datacenters=remote_datacenters,
            max_remote_hosts=max_remote_hosts,
            allow_remote_for_local_consistency=allow_remote_for_local_consistency,
        )
        self.token_aware = False
        self.selection = ROUND_ROBIN


cdef class LeastLoadedPolicy(DefaultLoadBalancingPolicy):
    """The host of the datacenter with the fewest requests in flight, replica or not."""

    def __init__(self, local_datacenter=None, *, remote_datacenters=(), max_remote_hosts=None):
        DefaultLoadBalancingPolicy.__init__(
            self, local_datacenter, remote_datacenters=remote_datacenters, max_remote_hosts=max_remote_hosts
        )
        self.token_aware = False
        self.selection = LEAST_LOADED


cdef class HostFilterPolicy(LoadBalancingPolicy):
    """Only hosts for which ``predicate(host)`` is true; the others have no pool and are never asked."""

    def __init__(self, child, predicate):
        if not callable(predicate):
            raise ConfigurationError("a host filter needs a function that takes a host and says whether it may be used")
        self.child = as_policy(child)
        self.predicate = predicate

    cdef Plan make_plan(
        self, ClusterSnapshot snapshot, str keyspace, bint has_token, int64_t token, bint is_lwt, bint is_dc_local
    ):
        cdef FilterPlan plan = FilterPlan.__new__(FilterPlan)
        plan.child = self.child.make_plan(snapshot, keyspace, has_token, token, is_lwt, is_dc_local)
        plan.predicate = self.predicate
        return plan

    def plan(self, snapshot, routing):
        """The hosts of the inner policy's plan that pass the filter."""
        return filter(self.predicate, self.child.plan(snapshot, routing))

    def distance(self, snapshot, host):
        """IGNORED for hosts that do not pass, otherwise what the inner policy says."""
        return self.child.distance(snapshot, host) if self.predicate(host) else HostDistance.IGNORED

    def __repr__(self):
        return f"HostFilterPolicy({self.child!r})"


cdef class FilterPlan(Plan):
    """A plan without the hosts that a filter refuses."""

    cdef Host next_host(self):
        cdef Host host = self.child.next_host()
        while host is not None and not self.predicate(host):
            host = self.child.next_host()
        return host


cdef class TokenAwarePolicy(LoadBalancingPolicy):
    """Puts the replicas that the inner policy holds to be LOCAL first, the less loaded ones before others.

    `DefaultLoadBalancingPolicy` is this by itself, and faster; this one serves inner policies of one's own.
    """

    cdef readonly LoadBalancingPolicy child

    def __init__(self, child):
        self.child = as_policy(child)

    def plan(self, snapshot, routing):
        """The usable local replicas, then what the inner policy gives."""
        replicas = self._local_replicas(snapshot, routing)
        yield from replicas
        for host in self.child.plan(snapshot, routing):
            if host not in replicas:
                yield host

    def _local_replicas(self, snapshot, routing):
        if routing.keyspace is None or routing.token is None:
            return []
        replicas = [
            host
            for host in snapshot.get_replicas(routing.keyspace, routing.token)
            if usable(host) and self.child.distance(snapshot, host) == HostDistance.LOCAL
        ]
        if not routing.is_lwt:
            from random import shuffle

            shuffle(replicas)
            replicas.sort(key=load_of)
        return replicas

    def distance(self, snapshot, host):
        """What the inner policy says."""
        return self.child.distance(snapshot, host)

    def __repr__(self):
        return f"TokenAwarePolicy({self.child!r})"
