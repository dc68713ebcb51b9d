"""The names that cassandra-driver has in its `pool` module."""

from aiocql.errors import BusyConnection as NoConnectionsAvailable
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance

__all__ = ["Host", "HostDistance", "NoConnectionsAvailable"]
