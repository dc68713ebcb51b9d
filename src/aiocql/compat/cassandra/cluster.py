"""Execution profiles, and the names that cassandra-driver has in its `cluster` module.

`Cluster`, `Session`, `ResultSet` and `ResponseFuture` are the asyncio classes that take their places, for annotations
and `isinstance`. The synchronous ones are nowhere in aiocql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.compat.cassandra.connection import ConnectionException
from aiocql.compat.cassandra.errors import NoHostAvailable, OperationTimedOut, ServerErrorMessage
from aiocql.compat.cassandra.metadata import Metadata
from aiocql.compat.cassandra.rows import RowFactory, named_tuple_factory
from aiocql.metadata.host import Host

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.cluster import AsyncCluster as Cluster
    from aiocql.compat.async_cassandra.result import AsyncResultSet as ResultSet
    from aiocql.compat.async_cassandra.session import AsyncCassandraSession as Session
    from aiocql.session.result import Result as ResponseFuture

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
    "ResponseFuture": ("aiocql.session.result", "Result"),
    "ResultSet": ("aiocql.compat.async_cassandra.result", "AsyncResultSet"),
    "Session": ("aiocql.compat.async_cassandra.session", "AsyncCassandraSession"),
}


def __getattr__(name: str) -> Any:
    """The asyncio classes: found when they are asked for, since their modules import this one."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, theirs = _PLACES[name]
    return getattr(import_module(module), theirs)


class _Name:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


_NOT_SET: Any = _Name("_NOT_SET")
EXEC_PROFILE_DEFAULT: Any = _Name("EXEC_PROFILE_DEFAULT")


class ExecutionProfile:
    """What holds for the requests of one kind. `request_timeout` is seconds for a page; None for no limit."""

    def __init__(
        self,
        load_balancing_policy: Any = _NOT_SET,
        retry_policy: Any = None,
        consistency_level: Any = _NOT_SET,
        serial_consistency_level: Any = None,
        request_timeout: Any = 10.0,
        row_factory: RowFactory = named_tuple_factory,
        speculative_execution_policy: Any = None,
    ) -> None:
        self.load_balancing_policy = None if load_balancing_policy is _NOT_SET else load_balancing_policy
        self.retry_policy = retry_policy
        self.consistency_level = None if consistency_level is _NOT_SET else consistency_level
        self.serial_consistency_level = serial_consistency_level
        self.request_timeout = request_timeout
        self.row_factory = row_factory
        self.speculative_execution_policy = speculative_execution_policy
