"""Names that cassandra-driver has in its `pool` module: those of aiocql."""

from aiocql.errors import BusyConnection as NoConnectionsAvailable
from aiocql.nodes.host import Host

__all__ = ["Host", "NoConnectionsAvailable"]
