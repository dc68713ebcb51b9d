"""The names that cassandra-driver has in its `cluster` module. Nothing in aiocql imports them from here.

`Cluster`, `Session`, `ResultSet` and `ResponseFuture` are the asyncio classes that take their places, for annotations
and `isinstance`. The synchronous ones are nowhere in aiocql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.compat.cassandra.connection import ConnectionException
from aiocql.compat.cassandra.errors import NoHostAvailable, OperationTimedOut, ServerErrorMessage
from aiocql.compat.cassandra.metadata import Metadata
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, ExecutionProfile
from aiocql.nodes.host import Host

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.cluster import AsyncCluster as Cluster
    from aiocql.compat.async_cassandra.result import AsyncResultSet as ResultSet
    from aiocql.compat.async_cassandra.session import AsyncCassandraSession as Session
    from aiocql.results.result import Result as ResponseFuture

__all__ = [
    "EXEC_PROFILE_DEFAULT",
    "Cluster",
    "ConnectionException",
    "ExecutionProfile",
    "Host",
    "Metadata",
    "NoHostAvailable",
    "OperationTimedOut",
    "ResponseFuture",
    "ResultSet",
    "ServerError",
    "Session",
]

ServerError = ServerErrorMessage

_PLACES = {
    "Cluster": ("aiocql.compat.async_cassandra.cluster", "AsyncCluster"),
    "ResponseFuture": ("aiocql.results.result", "Result"),
    "ResultSet": ("aiocql.compat.async_cassandra.result", "AsyncResultSet"),
    "Session": ("aiocql.compat.async_cassandra.session", "AsyncCassandraSession"),
}


def __getattr__(name: str) -> Any:
    """Import the asyncio classes on first use."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, theirs = _PLACES[name]
    return getattr(import_module(module), theirs)
