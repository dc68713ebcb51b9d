"""How many connections each host gets, and how full they may be."""

from __future__ import annotations

from typing import Literal

from aiocql.errors import ConfigurationError
from aiocql.frozen import Frozen
from aiocql.options.checks import check_integer, check_one_of, check_seconds

__all__ = ["DEFAULT_POOL", "MAX_STREAMS", "PoolOptions"]

MAX_STREAMS = 32768
"""Stream ids of one connection (native protocol v5, section 2.3)."""


class PoolOptions(Frozen):
    """How many connections each host gets, and how full they may be."""

    core_local: int = 1
    """Connections that every host of the local datacenter always has."""

    max_local: int = 8
    """Connections that it may grow to under load."""

    core_remote: int = 1
    """Connections that a host of another datacenter always has, where the load balancing policy uses it at all."""

    max_remote: int = 2
    """Connections that it may grow to under load."""

    max_requests_per_connection: int = 1024
    """Requests in flight on one connection; 1 to 32768, the protocol's number of stream ids."""

    high_watermark: float = 0.8
    """Share of `max_requests_per_connection` at which a connection counts as full: others are preferred, and when all
    of a host's are, one more is opened."""

    low_watermark: float = 0.5
    """Share to which a full connection must fall before it counts as free again."""

    selection: Literal["least_loaded", "round_robin", "random"] = "least_loaded"
    """Which connection of a host takes the next request."""

    idle_timeout: float = 120.0
    """Seconds for which load must have fit into fewer connections before one above the core is closed."""

    max_queue: int = 32768
    """Requests of the whole session that may wait for room on a connection; the next one fails with BusyConnection."""

    queue_timeout: float | None = None
    """Seconds that a request may wait for room. None: as long as its own timeout."""

    read_budget: int = 1024 * 1024
    """Bytes that one connection may have received for requests whose tasks have not run since; it then stops reading
    until they have. An answer that is larger is read all the same."""

    def _check(self) -> None:
        for name in ("core_local", "core_remote", "max_local", "max_remote"):
            check_integer(f"pool: {name}", getattr(self, name), 1, 1024)
        check_integer("pool: max_requests_per_connection", self.max_requests_per_connection, 1, MAX_STREAMS)
        check_integer("pool: read_budget", self.read_budget, 1, 2**40)
        check_integer("pool: max_queue", self.max_queue, 0, 2**31)
        for core, maximum in (("core_local", "max_local"), ("core_remote", "max_remote")):
            if getattr(self, core) > getattr(self, maximum):
                raise ConfigurationError(
                    f"pool: {core}={getattr(self, core)} is more than {maximum}={getattr(self, maximum)}"
                )
        if not 0 < self.low_watermark < self.high_watermark <= 1:
            raise ConfigurationError(
                f"pool: low_watermark={self.low_watermark!r} and high_watermark={self.high_watermark!r}",
                hint="0 < low_watermark < high_watermark <= 1, as shares of max_requests_per_connection",
            )
        check_one_of("pool: selection", self.selection, ("least_loaded", "round_robin", "random"))
        check_seconds("pool: idle_timeout", self.idle_timeout)
        check_seconds("pool: queue_timeout", self.queue_timeout, optional=True)


DEFAULT_POOL = PoolOptions()
