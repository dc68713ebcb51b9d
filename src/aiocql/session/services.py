"""The parts of one session, as `connect` creates them: what its faces (`Session`, `RateLimitedSession`) share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import asyncio

    from aiocql.cluster.cluster import Cluster
    from aiocql.execution.call_options import OptionResolver
    from aiocql.execution.executor import RequestExecutor
    from aiocql.execution.preparation import StatementPreparer
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.execution.throttlers import Throttlers
    from aiocql.execution.timeouts import Timeouts
    from aiocql.session.closing import SessionEnd
    from aiocql.session.keyspace import KeyspaceChanges
    from aiocql.statements.cache import StatementCache
    from aiocql.types.registry import CodecRegistry

__all__ = ["Services"]


class Services(NamedTuple):
    """The parts of a session, from the bottom up."""

    loop: asyncio.AbstractEventLoop
    timeouts: Timeouts
    cluster: Cluster
    codecs: CodecRegistry
    resolver: OptionResolver
    factory: StatementFactory
    statements: StatementCache
    changes: KeyspaceChanges
    executor: RequestExecutor
    preparer: StatementPreparer
    throttlers: Throttlers
    end: SessionEnd
    began_ns: int
    """When the counters began, in nanoseconds since the epoch."""

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self.cluster.keyspace

    def check_origin(self, statement: Any) -> None:
        """Raise InterfaceError for a statement that another session has prepared."""
        if statement.origin is not self.executor.identity:
            from aiocql.execution.errors import foreign_statement

            raise foreign_statement(statement)
