"""What the requests of a session came to, from the caller's side: one for each `execute`, page and batch.

`NodeCounters` counts what goes over a host's connections, attempt by attempt. `RequestCounters` counts requests as the
application makes them, with all their retries and their time in queues. Counting is a few instructions a request.
"""

from aiocql.nodes.node_counters cimport BUCKETS, bucket_of

cdef double NEVER = float("inf")


cdef class RequestCounters:
    """Counters of a session's requests, and the distribution of the time that the successful ones took.

    `errors` counts failed requests by the name of their error. With `slow_threshold` (seconds; infinite: never),
    `on_slow(request, seconds, error, cancelled)` is called for those that took so long, also for those that the
    caller gave up: a limit of the application's own is how most slow requests end. `clock` says when those ended that
    no answer ended.
    """

    def __cinit__(self):
        self.slow_threshold = NEVER
        self.errors = {}

    cdef int succeed(self, object request, double seconds) except -1:
        self.completed += 1
        self.buckets[bucket_of(seconds)] += 1
        self.latency_sum += seconds
        if seconds >= self.slow_threshold:
            self.slow += 1
            self.on_slow(request, seconds, None, False)
        return 0

    cdef int fail(self, object request, double seconds, object error) except -1:
        cdef str name = type(error).__name__
        self.failed += 1
        self.errors[name] = self.errors.get(name, 0) + 1
        if seconds >= self.slow_threshold:
            self.slow += 1
            self.on_slow(request, seconds, error, False)
        return 0

    cdef int cancel(self, object request, double seconds) except -1:
        self.cancelled += 1
        if seconds >= self.slow_threshold:
            self.slow += 1
            self.on_slow(request, seconds, None, True)
        return 0

    @property
    def latency_seconds_sum(self):
        """The sum of all recorded latencies, in seconds."""
        return self.latency_sum

    def latency_counts(self):
        """How many latencies fell into each bucket, beside `aiocql.nodes.node_counters.bucket_bounds()`."""
        return [self.buckets[i] for i in range(BUCKETS)]
