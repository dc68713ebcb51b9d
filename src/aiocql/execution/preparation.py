"""Has statements prepared: one PREPARE to one host, within the time of those who wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiocql.errors import InterfaceError, InvalidRequest, OperationTimedOut
from aiocql.protocol.constants import OP_PREPARE
from aiocql.protocol.requests import check_keyspace, prepare_body
from aiocql.statements.missing_keyspace import says_keyspace_is_missing
from aiocql.statements.simple import SimpleStatement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiocql.execution.call_options import OptionResolver
    from aiocql.execution.dispatcher import ResolvedOptions
    from aiocql.execution.executor import RequestExecutor
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.protocol.responses import Prepared
    from aiocql.statements.cache import StatementCache
    from aiocql.statements.prepared import PreparedStatement

__all__ = ["StatementPreparer"]

_NOTHING: dict[str, Any] = {}


class StatementPreparer:
    """Prepares statements that are not in the cache. `keyspace()` is that of unqualified table names."""

    def __init__(
        self,
        executor: RequestExecutor,
        factory: StatementFactory,
        resolver: OptionResolver,
        cache: StatementCache,
        keyspace: Callable[[], str | None],
    ) -> None:
        self._executor = executor
        self._factory = factory
        self._resolver = resolver
        self._cache = cache
        self._keyspace = keyspace

    async def obtain(self, query: str, keyspace: str | None, timeout: float | None) -> PreparedStatement[Any]:
        """Return the prepared statement of a text, within `timeout` seconds.

        Raises:
            InterfaceError: `query` is not a string, or the protocol version knows no keyspace for one statement.
            OperationTimedOut: the statement was not prepared in time.
        """
        if not isinstance(query, str):
            raise InterfaceError(f"a statement's text is a string, not a {type(query).__name__}")
        self._executor.verify()
        current = self._keyspace()
        if keyspace is not None and keyspace != current:
            check_keyspace(self._executor.version)
        found = self._cache.get(query, keyspace or current)
        if found is not None:
            return found
        return await _within(
            timeout, query, self._cache.obtain(query, keyspace or current, timeout, self._prepare)
        )

    async def prepare_again(self, query: str, timeout: float | None) -> PreparedStatement[Any]:
        """Prepare a statement, whether the cache has it or not; the cache does not get it. Raises as `obtain` does."""
        self._executor.verify()
        return await _within(timeout, query, self._prepare(query, self._keyspace()))

    async def _prepare(
        self, query: str, keyspace: str | None, timeout: float | None = None
    ) -> PreparedStatement:
        """Ask one host to prepare a statement; the other hosts learn it when they need it.

        Within the session's own timeout, or `timeout` seconds where that is more: several callers with timeouts of
        their own may wait, and the shortest of these must not fail the others.
        """
        usual = self._resolver.timeout(_NOTHING, _NOTHING)
        longer = timeout is not None and usual is not None and timeout > usual
        options = self._resolver.resolve(
            _NOTHING, {"timeout": timeout} if longer else _NOTHING, skip_metadata=False
        )
        version = self._executor.version
        if version < 5:
            # It is the connection's, which can only be the session's: another by now if a USE came in between.
            keyspace = self._keyspace()
        before = self._factory.schema_changes.last
        try:
            prepared = await self._ask(query, keyspace, options, named=version >= 5)
        except InvalidRequest as error:
            if keyspace != self._keyspace() or not says_keyspace_is_missing(error, keyspace):
                raise
            prepared = await self._ask_without_keyspace(query, keyspace, options, error)
        return self._factory.create(query, prepared, keyspace, before)

    async def _ask(
        self, query: str, keyspace: str | None, options: ResolvedOptions, *, named: bool
    ) -> Prepared:
        """Send one PREPARE; `named`: the message says the keyspace."""
        body = prepare_body(self._executor.version, query, keyspace if named else None)
        execution = self._executor.start_body(
            SimpleStatement(query), OP_PREPARE, body, options, True, keyspace
        )
        try:
            prepared: Any = await execution
        except asyncio.CancelledError:
            execution.abandon()
            raise
        return prepared  # type: ignore[no-any-return]

    async def _ask_without_keyspace(
        self, query: str, keyspace: str | None, options: ResolvedOptions, refusal: InvalidRequest
    ) -> Prepared:
        """Prepare without the session's keyspace: it was dropped, which does not matter to qualified names."""
        try:
            prepared = await self._ask(query, keyspace, options, named=False)
        except InvalidRequest:
            raise refusal from None
        if self._keyspace() != keyspace:
            raise refusal
        return prepared


async def _within(
    timeout: float | None, query: str, prepared: Awaitable[PreparedStatement]
) -> PreparedStatement:
    """Wait for at most `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout) as scope:
            return await prepared
    except TimeoutError as error:
        if not scope.expired():
            raise
        late = OperationTimedOut(
            f"the statement was not prepared within {timeout:g} s; it was not executed",
            hint="is the host overloaded, or request_timeout too short?",
        )
        late.query = query
        raise late from error
