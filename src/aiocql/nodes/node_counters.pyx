"""What one host is doing now and has done so far: counters and a latency distribution.

The distribution has log-linear buckets over microseconds, eight to each power of two: a quantile is at most 12.5 %
off, from 1 us to an hour and more, in under 2 KB, and recording costs a few instructions.
"""

cdef class NodeCounters:
    """Counters of one host. Plain integers that only ever grow, but `in_flight` and `open_connections`."""

    cdef void record(self, double seconds) noexcept:
        self.buckets[bucket_of(seconds)] += 1
        self.latency_sum += seconds

    def observe(self, double seconds):
        """Records one latency, in seconds."""
        self.record(seconds)

    @property
    def latency_seconds_sum(self):
        """The sum of all recorded latencies, in seconds."""
        return self.latency_sum

    def latency_counts(self):
        """How many latencies fell into each bucket, beside `bucket_bounds()`."""
        return [self.buckets[i] for i in range(BUCKETS)]


def bucket_bounds():
    """The upper bound of each latency bucket, in seconds (exclusive)."""
    bounds = []
    for i in range(BUCKETS):
        if i < SUB_BUCKETS:
            bounds.append((i + 1) * 1e-6)
        else:
            exponent = i // SUB_BUCKETS + 2
            bounds.append((SUB_BUCKETS + i % SUB_BUCKETS + 1) * 2.0 ** (exponent - 3) * 1e-6)
    return bounds
