"""Errors that cassandra-driver has in its `connection` module: those of aiocql."""

from aiocql.errors import BusyConnection as ConnectionBusy
from aiocql.errors import ConnectionException, ProtocolError
from aiocql.errors import ConnectionLost as ConnectionShutdown

__all__ = ["ConnectionBusy", "ConnectionException", "ConnectionShutdown", "ProtocolError"]
