"""Who holds which token, and who replicates it.

A `TokenRing` is the sorted tokens of all nodes. A `ReplicaTable` has one row of replicas for each of its positions
and is shared by all keyspaces whose replication places alike. A `TokenMap` is a ring with its tables.

Both are built by generators (`ring_steps`, `map_steps`) that yield after a bounded amount of work, well under a
millisecond, so that an event loop can go on meanwhile; `build_token_map` runs them to the end.
"""

from libc.stdint cimport INT32_MAX, int32_t, int64_t
from libc.stdlib cimport calloc, free, qsort, realloc
from libc.string cimport memcpy

from aiocql.nodes.host cimport Host

from aiocql.metadata.replication import EverywhereStrategy, NetworkTopologyStrategy, SimpleStrategy

# A step walks at most about so many ring positions.
cdef enum:
    STEP = 20000

# A table larger than this (in replicas) is not built; its keyspaces are routed without replicas.
cdef Py_ssize_t MAX_TABLE = 1 << 26


cdef int compare_entries(const void* a, const void* b) noexcept nogil:
    cdef int64_t x = (<const Entry*>a).token
    cdef int64_t y = (<const Entry*>b).token
    return (x > y) - (x < y)


cdef void merge_runs(const Entry* source, Entry* target, Py_ssize_t a, Py_ssize_t b, Py_ssize_t end) noexcept nogil:
    """Merges the sorted runs [a, b) and [b, end) of `source` into the same place of `target`."""
    cdef Py_ssize_t i = a, j = b, k = a
    while i < b and j < end:
        if source[j].token < source[i].token:
            target[k] = source[j]
            j += 1
        else:
            target[k] = source[i]
            i += 1
        k += 1
    if i < b:
        memcpy(target + k, source + i, (b - i) * sizeof(Entry))
    elif j < end:
        memcpy(target + k, source + j, (end - j) * sizeof(Entry))


cdef void* allocate(Py_ssize_t count, size_t size) except NULL:
    cdef void* p = calloc(count if count > 0 else 1, size)
    if p is NULL:
        raise MemoryError
    return p


cdef class TokenRing:
    """The tokens of all nodes in order, with their owners, datacenters and racks."""

    def __cinit__(self):
        self.hosts = ()
        self.datacenters = []

    def __dealloc__(self):
        free(self.entries)
        free(self.datacenter_of)
        free(self.rack_of)
        free(self.rack_counts)
        free(self.host_counts)

    cdef Py_ssize_t position(self, int64_t token) noexcept nogil:
        """Where the first token that is not smaller is; past the last one the ring starts again."""
        cdef Py_ssize_t low = 0, high = self.size, middle
        while low < high:
            middle = (low + high) >> 1
            if self.entries[middle].token < token:
                low = middle + 1
            else:
                high = middle
        return low if low < self.size else 0

    def __len__(self):
        return self.size

    def __repr__(self):
        return f"<TokenRing {self.size} tokens, {len(self.hosts)} hosts>"

    @property
    def tokens(self) -> tuple:
        """All tokens, smallest first."""
        return tuple([self.entries[i].token for i in range(self.size)])

    def owner(self, Py_ssize_t position):
        """The host that has the token at this position."""
        if not 0 <= position < self.size:
            raise IndexError("no such position in the ring")
        return self.hosts[self.entries[position].owner]

    def tokens_of(self, Host host) -> tuple:
        """The tokens of one host, smallest first; empty if it has none here."""
        cdef int32_t index = index_of(self.hosts, host)
        return tuple([self.entries[i].token for i in range(self.size) if self.entries[i].owner == index])


cdef int32_t index_of(tuple hosts, Host host):
    cdef Py_ssize_t i
    for i in range(len(hosts)):
        if hosts[i] is host:
            return <int32_t>i
    return -1


cdef class RingBuilder:
    cdef TokenRing ring
    cdef Py_ssize_t capacity
    cdef list run_starts

    def __cinit__(self):
        self.ring = TokenRing.__new__(TokenRing)
        self.run_starts = []

    cdef int add(self, int32_t owner, object tokens) except -1:
        """One host's tokens, as one sorted run.

        They are counted as they come, not by what their container says of its length.
        """
        cdef TokenRing ring = self.ring
        cdef Py_ssize_t start = ring.size
        cdef void* p
        for token in tokens:
            if ring.size == self.capacity:
                self.capacity = self.capacity * 2 if self.capacity else 1024
                p = realloc(ring.entries, self.capacity * sizeof(Entry))
                if p is NULL:
                    raise MemoryError
                ring.entries = <Entry*>p
            ring.entries[ring.size].token = int(token)
            ring.entries[ring.size].owner = owner
            ring.size += 1
        if ring.size > start:
            self.run_starts.append(start)
            qsort(ring.entries + start, ring.size - start, sizeof(Entry), compare_entries)
        return 0

    cdef int merge_round(self) except -1:
        """Merges neighbouring runs: half as many remain."""
        cdef TokenRing ring = self.ring
        cdef list starts = self.run_starts
        cdef Py_ssize_t i, count = len(starts), last
        cdef Entry* target = <Entry*>allocate(ring.size, sizeof(Entry))
        starts.append(ring.size)
        for i in range(0, count, 2):
            last = starts[i + 2] if i + 2 <= count else ring.size
            merge_runs(ring.entries, target, starts[i], starts[i + 1], last)
        free(ring.entries)
        ring.entries = target
        self.capacity = ring.size
        self.run_starts = starts[:count:2]
        return 0

    cdef int drop_duplicates(self) except -1:
        """A token that two nodes claim (one replaces the other, say) counts once."""
        cdef TokenRing ring = self.ring
        cdef Py_ssize_t i, kept = 0
        for i in range(ring.size):
            if kept == 0 or ring.entries[kept - 1].token != ring.entries[i].token:
                ring.entries[kept] = ring.entries[i]
                kept += 1
        ring.size = kept
        return 0

    cdef int place_hosts(self, list hosts) except -1:
        """Numbers datacenters and racks, and counts what has tokens in them."""
        cdef TokenRing ring = self.ring
        cdef Py_ssize_t i, n = len(hosts)
        cdef dict datacenters = {}, racks = {}
        cdef Host host
        cdef int32_t datacenter
        ring.hosts = tuple(hosts)
        ring.datacenter_of = <int32_t*>allocate(n, sizeof(int32_t))
        ring.rack_of = <int32_t*>allocate(n, sizeof(int32_t))
        ring.rack_counts = <int32_t*>allocate(n, sizeof(int32_t))
        ring.host_counts = <int32_t*>allocate(n, sizeof(int32_t))
        for i in range(n):
            host = hosts[i]
            datacenter = datacenters.setdefault(host.datacenter, len(datacenters))
            key = (host.datacenter, host.rack)
            if key not in racks:
                racks[key] = len(racks)
                ring.rack_counts[datacenter] += 1
            ring.datacenter_of[i] = datacenter
            ring.rack_of[i] = racks[key]
            ring.host_counts[datacenter] += 1
        ring.datacenters = list(datacenters)
        return 0


def ring_steps(owners):
    """Builds a `TokenRing` from (host, tokens) pairs; a generator that returns it.

    Tokens are numbers or their text, as the system tables have it. Hosts without tokens are left out. What is built
    belongs to this generator alone until it is returned; from then on nothing changes it, so that its rows may be read
    while the next ring is built.
    """
    cdef RingBuilder builder = RingBuilder()
    cdef list hosts = []
    cdef Py_ssize_t done = 0
    for host, tokens in owners:
        tokens = tuple(tokens)
        if not tokens:
            continue
        builder.add(<int32_t>len(hosts), tokens)
        hosts.append(host)
        done += len(tokens)
        if done >= STEP // 8:
            done = 0
            yield
    while len(builder.run_starts) > 1:
        builder.merge_round()
        yield
    builder.drop_duplicates()
    builder.place_hosts(hosts)
    return builder.ring


cdef class ReplicaTable:
    """For each position of a ring, the replicas of the tokens that end there, in ring order."""

    def __dealloc__(self):
        free(self.rows)

    cdef const int32_t* row(self, Py_ssize_t position) noexcept nogil:
        """`width` indices of hosts; -1 where there are fewer."""
        return self.rows + position * self.stride


cdef ReplicaTable new_table(Py_ssize_t size, int width):
    cdef ReplicaTable table = ReplicaTable.__new__(ReplicaTable)
    table.rows = <int32_t*>allocate(size * width, sizeof(int32_t))
    table.stride = width
    table.width = width
    return table


cdef class Walk:
    """Finds the replicas in one datacenter (or in all, `datacenter` -1) for each of its own positions of the ring.

    The rule is the server's own: walk from the token on; a node on a new rack is taken, one on a rack that has a
    replica already only while there are more replicas to place than racks.
    """

    cdef TokenRing ring
    cdef int32_t datacenter
    cdef int factor
    cdef int repeats
    cdef int width
    cdef int32_t* places
    cdef Py_ssize_t size
    cdef int32_t* found
    cdef int32_t* seen_host
    cdef int32_t* seen_rack
    cdef Py_ssize_t next

    def __cinit__(self, TokenRing ring, int32_t datacenter, int factor):
        cdef Py_ssize_t i
        cdef Py_ssize_t hosts = len(ring.hosts) if datacenter < 0 else ring.host_counts[datacenter]
        self.ring = ring
        self.datacenter = datacenter
        self.factor = factor
        self.repeats = INT32_MAX if datacenter < 0 else max(0, factor - ring.rack_counts[datacenter])
        self.width = <int>min(<Py_ssize_t>factor, hosts)
        self.places = <int32_t*>allocate(ring.size, sizeof(int32_t))
        for i in range(ring.size):
            if datacenter < 0 or ring.datacenter_of[ring.entries[i].owner] == datacenter:
                self.places[self.size] = <int32_t>i
                self.size += 1
        self.found = <int32_t*>allocate(self.size * self.width, sizeof(int32_t))
        self.seen_host = <int32_t*>allocate(len(ring.hosts), sizeof(int32_t))
        self.seen_rack = <int32_t*>allocate(len(ring.hosts), sizeof(int32_t))

    def __dealloc__(self):
        free(self.places)
        free(self.found)
        free(self.seen_host)
        free(self.seen_rack)

    cdef bint step(self) noexcept nogil:
        """Does a bounded amount of work; False when all is done."""
        cdef Py_ssize_t work = 0
        while self.next < self.size and work < STEP:
            work += self.walk_from(self.next)
            self.next += 1
        return self.next < self.size

    cdef Py_ssize_t walk_from(self, Py_ssize_t start) noexcept nogil:
        """Writes where the replicas for the position `start` are; returns how many positions were looked at."""
        cdef int32_t stamp = <int32_t>(start + 1)
        cdef int32_t* out = self.found + start * self.width
        cdef int count = 0, repeats = self.repeats
        cdef Py_ssize_t j = start, looked = 0
        cdef int32_t owner, rack
        while looked < self.size and count < self.width:
            owner = self.ring.entries[self.places[j]].owner
            looked += 1
            if self.seen_host[owner] != stamp:
                rack = self.ring.rack_of[owner]
                if self.seen_rack[rack] != stamp or repeats > 0:
                    if self.seen_rack[rack] == stamp:
                        repeats -= 1
                    self.seen_rack[rack] = stamp
                    self.seen_host[owner] = stamp
                    out[count] = self.places[j]
                    count += 1
            j += 1
            if j == self.size:
                j = 0
        while count < self.width:
            out[count] = -1
            count += 1
        return looked


cdef class Join:
    """Puts the replicas of all datacenters into one table, each row in ring order."""

    cdef TokenRing ring
    cdef list walks
    cdef ReplicaTable table
    cdef Py_ssize_t next

    def __cinit__(self, TokenRing ring, list walks):
        cdef Walk walk
        cdef int width = 0
        for walk in walks:
            width += walk.width
        self.ring = ring
        self.walks = walks
        self.table = new_table(ring.size, width)

    cdef bint step(self):
        cdef Py_ssize_t end = min(self.ring.size, self.next + STEP // 4), i, j, before
        cdef int32_t* out = self.table.rows
        cdef int width = self.table.width, k, column = 0
        cdef Walk walk
        for walk in self.walks:
            j = lower_bound(walk.places, walk.size, <int32_t>self.next)
            for i in range(self.next, end):
                if j < walk.size and walk.places[j] < i:
                    j += 1
                before = j if j < walk.size else 0
                for k in range(walk.width):
                    out[i * width + column + k] = walk.found[before * walk.width + k]
            column += walk.width
        for i in range(self.next, end):
            order_row(out + i * width, width, <int32_t>i, self.ring)
        self.next = end
        return end < self.ring.size


cdef Py_ssize_t lower_bound(const int32_t* values, Py_ssize_t size, int32_t value) noexcept nogil:
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


cdef void order_row(int32_t* row, int width, int32_t start, TokenRing ring) noexcept nogil:
    """Sorts places by their way round the ring from `start`, then puts their owners instead; -1 stays at the end."""
    cdef int i, k
    cdef int32_t place
    cdef int64_t size = ring.size, distance
    for i in range(1, width):
        place = row[i]
        distance = way(place, start, size)
        k = i - 1
        while k >= 0 and way(row[k], start, size) > distance:
            row[k + 1] = row[k]
            k -= 1
        row[k + 1] = place
    for i in range(width):
        if row[i] >= 0:
            row[i] = ring.entries[row[i]].owner


cdef inline int64_t way(int32_t place, int32_t start, int64_t size) noexcept nogil:
    if place < 0:
        return size
    return place - start if place >= start else place - start + size


def table_steps(TokenRing ring not None, strategy, dict walked):
    """Builds the `ReplicaTable` of a strategy; a generator that returns it, or None if there is nothing to route by.

    `walked` keeps the walk of each datacenter and factor, so that other strategies can use it again.
    """
    cdef Walk walk
    cdef Join join
    cdef list walks = [], wanted
    cdef Py_ssize_t width = 0
    if ring.size == 0:
        return None
    if isinstance(strategy, EverywhereStrategy):
        return everywhere(ring)
    if isinstance(strategy, SimpleStrategy):
        wanted = [(-1, strategy.factor.replicas)]
    elif isinstance(strategy, NetworkTopologyStrategy):
        wanted = [
            (ring.datacenters.index(name), factor.replicas)
            for name, factor in strategy.factors.items()
            if name in ring.datacenters and factor.replicas > 0
        ]
    else:
        return None
    for _, factor in wanted:
        width += min(factor, len(ring.hosts))
    if width == 0 or width * ring.size > MAX_TABLE:
        return None
    for key in wanted:
        walk = walked.get(key)
        if walk is None:
            walk = Walk(ring, key[0], key[1])
            while walk.step():
                yield
            walked[key] = walk
            yield
        walks.append(walk)
    join = Join(ring, walks)
    while join.step():
        yield
    return join.table


cdef ReplicaTable everywhere(TokenRing ring):
    """One row that serves every position."""
    cdef int width = <int>len(ring.hosts), i
    cdef ReplicaTable table = new_table(1, width)
    table.stride = 0
    for i in range(width):
        table.rows[i] = i
    return table


cdef class TokenMap:
    """The replicas of every token in every keyspace that is replicated by token."""

    def __cinit__(self, TokenRing ring not None):
        self.ring = ring
        self.tables = {}
        self.by_placement = {}

    cdef const int32_t* find(self, str keyspace, int64_t token, int* width):
        """The row of replicas, as indices into `ring.hosts`; NULL (and 0) if the keyspace has none."""
        cdef object table = self.tables.get(keyspace)
        if table is None:
            width[0] = 0
            return NULL
        width[0] = (<ReplicaTable>table).width
        return (<ReplicaTable>table).row(self.ring.position(token))

    cdef tuple replicas(self, str keyspace, int64_t token):
        """The replicas in ring order, the first one the token's owner; empty if the keyspace has none."""
        cdef int width, i
        cdef const int32_t* row = self.find(keyspace, token, &width)
        cdef tuple hosts = self.ring.hosts
        return tuple([hosts[row[i]] for i in range(width) if row[i] >= 0])

    def get_replicas(self, str keyspace not None, int64_t token) -> tuple:
        """The hosts that keep a token in this keyspace, in ring order; empty if the driver cannot tell."""
        return self.replicas(keyspace, token)

    @property
    def keyspaces(self) -> tuple:
        """The keyspaces whose replicas are known."""
        return tuple(self.tables)

    def __repr__(self):
        return f"<TokenMap {self.ring.size} tokens, {len(self.ring.hosts)} hosts, {len(self.tables)} keyspaces>"


def map_steps(TokenRing ring not None, replications, TokenMap previous=None):
    """Builds a `TokenMap` of a ring and the strategy of each keyspace; a generator that returns it.

    Tables of `previous` are taken over if it was made of the same ring.
    """
    cdef TokenMap result = TokenMap(ring)
    cdef dict walked = {}
    for keyspace, strategy in replications.items():
        placement = strategy.placement()
        if placement not in result.by_placement:
            if previous is not None and previous.ring is ring and placement in previous.by_placement:
                table = previous.by_placement[placement]
            else:
                table = yield from table_steps(ring, strategy, walked)
                yield
            result.by_placement[placement] = table
        table = result.by_placement[placement]
        if table is not None:
            result.tables[keyspace] = table
    return result


def build_token_map(owners, replications) -> TokenMap:
    """A `TokenMap` from (host, tokens) pairs and the strategy of each keyspace, all at once."""
    return run(both_steps(owners, replications))


def both_steps(owners, replications):
    ring = yield from ring_steps(owners)
    return (yield from map_steps(ring, replications))


def run(steps):
    """Runs a generator of steps to its end and gives what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
