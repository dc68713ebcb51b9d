"""The names that cassandra-driver has in its `connection` module; the errors are those of aiocql."""

from __future__ import annotations

from aiocql.errors import BusyConnection as ConnectionBusy
from aiocql.errors import ConnectionException, ProtocolError
from aiocql.errors import ConnectionLost as ConnectionShutdown

__all__ = [
    "ConnectionBusy",
    "ConnectionException",
    "ConnectionShutdown",
    "DefaultEndPoint",
    "EndPoint",
    "ProtocolError",
]


class EndPoint:
    """Where a node listens."""

    address: str
    port: int


class DefaultEndPoint(EndPoint):
    """An address and a port."""

    def __init__(self, address: str, port: int = 9042) -> None:
        self.address = address
        self.port = port

    def resolve(self) -> tuple[str, int]:
        """Return address and port."""
        return self.address, self.port

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"
