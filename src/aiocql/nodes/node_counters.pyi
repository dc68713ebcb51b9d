class NodeCounters:
    in_flight: int
    peak_in_flight: int
    open_connections: int
    requests: int
    responses: int
    errors: int
    timeouts: int
    orphaned: int
    retries: int
    speculative: int
    bytes_sent: int
    bytes_received: int
    writes: int
    connections_opened: int
    connections_lost: int
    connect_failures: int
    high_in_flight: int
    queue_full: int
    read_buffer_full: int
    last_response: float
    def __init__(self) -> None: ...
    def observe(self, seconds: float) -> None: ...
    @property
    def latency_seconds_sum(self) -> float: ...
    def latency_counts(self) -> list[int]: ...

def bucket_bounds() -> list[float]: ...
