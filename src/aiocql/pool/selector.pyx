"""The hot half of a pool: choosing a connection (seed 003, "Connection Selection").

A connection takes requests while it is open, its peer reads, and fewer than the high mark are in flight on it.
`select` looks at that alone; `pick` gives nothing while requests are queued: nobody overtakes.
"""

from os import urandom

from aiocql.binary.xorshift cimport random_below
from aiocql.protocol.core cimport Core
from aiocql.nodes.node_counters cimport NodeCounters

_SELECTIONS = {"least_loaded": LEAST_LOADED, "round_robin": ROUND_ROBIN, "random": RANDOM}


cdef class ConnectionSelector:
    """The open connections of one host, and the choice among them."""

    def __init__(self, NodeCounters load, str selection="least_loaded", int high=819, int low=512):
        self.cores = []
        self.load = load
        self.selection = _SELECTIONS[selection]
        self.high = high
        self.low = low
        # No other pool, in this process or another one, makes the same choices.
        self.random = int.from_bytes(urandom(8), "little") | 1

    cdef Core pick(self):
        """The connection for a new request, or None where none has room or others wait already."""
        if self.queueing:
            return None
        return self.select()

    cdef Core select(self):
        """The connection with room that the selection names, or None."""
        cdef Core core, best = None
        cdef Py_ssize_t n = len(self.cores), i
        if n == 0:
            return None
        if n == 1:
            core = <Core>self.cores[0]  # here and below no code of the user's runs: the list stays as it is
            return core if core.in_flight < self.high and core.has_room() else None
        if self.selection == LEAST_LOADED:
            for i in range(n):
                core = <Core>self.cores[i]
                if core.in_flight < self.high and core.has_room() and (best is None or core.in_flight < best.in_flight):
                    best = core
            return best
        if self.selection == RANDOM:
            core = <Core>self.cores[<Py_ssize_t>random_below(&self.random, n)]
            return core if core.in_flight < self.high and core.has_room() else self.any_with_room()
        self.turn += 1
        for i in range(n):
            core = <Core>self.cores[(self.turn + i) % n]
            if core.in_flight < self.high and core.has_room():
                return core
        return None

    cdef Core any_with_room(self):
        """One of the connections with room, each as likely as the others, or None."""
        cdef Core core, found = None
        cdef uint64_t seen = 0
        for core in self.cores:
            if core.in_flight < self.high and core.has_room():
                seen += 1
                if random_below(&self.random, seen) == 0:
                    found = core
        return found

    def choose(self):
        """`pick`, for tests and callers in Python."""
        return self.pick()

    def select_for_queued(self):
        """The connection for the request that waits longest, or None."""
        return self.select()

    def add_core(self, Core core):
        """A connection is open."""
        self.cores.append(core)
        self.load.open_connections = <int>len(self.cores)

    def remove_core(self, Core core):
        """A connection takes no more requests."""
        if core in self.cores:
            self.cores.remove(core)
        self.load.open_connections = <int>len(self.cores)

    def notify_at_low_mark(self):
        """Asks every connection to say when it is down to the low mark."""
        cdef Core core
        for core in self.cores:
            core.notify_at = self.low

    def at_high_mark(self):
        """Whether every open connection has reached the high mark; False where none is open."""
        cdef Core core
        for core in self.cores:
            if core.in_flight < self.high:
                return False
        return bool(self.cores)

    @property
    def size(self):
        """How many connections are open."""
        return len(self.cores)
