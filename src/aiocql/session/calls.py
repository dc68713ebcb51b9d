"""One call: which statement, with which values and options; and sending it.

`execute`, `stream`, `batch` and `execute_concurrent` all prepare their calls here. Known statements with the options
that they were prepared with take the short way (`Dispatcher.start_as_prepared`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.errors import InterfaceError
from aiocql.execution.call_options import check_keyspace_option
from aiocql.execution.deadline import Deadline
from aiocql.protocol.constants import OP_QUERY
from aiocql.protocol.requests import query_body
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.simple import SimpleStatement
from aiocql.statements.template_strings import from_template, is_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiocql.execution.dispatcher import Execution, ResolvedOptions
    from aiocql.execution.throttling import Throttler
    from aiocql.protocol.row_decoder import RowDecoder
    from aiocql.session.services import Services

__all__ = ["Call", "begin", "prepare_call", "prepared_call", "simple_call"]

_NOTHING: dict[str, Any] = {}


class Call(NamedTuple):
    """A statement with its values and options, ready to be sent."""

    statement: PreparedStatement[Any] | SimpleStatement
    values: Any
    options: ResolvedOptions
    """The options of the whole call, and of its further pages."""
    options_now: ResolvedOptions
    """The same, with the timeout that preparing the statement has left."""
    paging_state: bytes | None

    def with_whole_timeout(self) -> Call:
        """Return the same call for streams, whose timeout is that of each page."""
        return self._replace(options_now=self.options)


async def prepare_call(services: Services, query: Any, values: Any, options: Mapping[str, Any]) -> Call:
    """Return the call. A text with values is prepared first, within the call's timeout; nothing else is awaited.

    Raises:
        InterfaceError: the statement is none, is another session's, or stays in another keyspace.
        ConfigurationError: an option is unknown or has a wrong value.
    """
    if is_template(query):
        query, found = from_template(query, values)
        values = found or None
    if isinstance(query, PreparedStatement):
        return prepared_call(services, query, values, options)
    if values is None:
        return simple_call(services, query, options)
    deadline = Deadline(services.resolver.timeout(_NOTHING, options), services.loop.time)
    prepared = await services.preparer.obtain(query, options.get("keyspace"), deadline.left())
    call = prepared_call(services, prepared, values, options)
    return call._replace(options_now=services.resolver.within(call.options, deadline))


def prepared_call(
    services: Services, statement: PreparedStatement[Any], values: Any, options: Mapping[str, Any]
) -> Call:
    """Return the call of a statement that is prepared. Raises as `prepare_call` does."""
    services.check_origin(statement)
    check_keyspace_option(statement, options)
    skip: bool = statement.options.parameters.skip_metadata
    resolved = services.resolver.resolve(statement.defaults, options, skip_metadata=skip)
    return Call(statement, values, resolved, resolved, options.get("paging_state"))


def simple_call(services: Services, query: Any, options: Mapping[str, Any]) -> Call:
    """Return the call of a text without values. Raises as `prepare_call` does."""
    if not isinstance(query, str):
        raise InterfaceError(
            f"a statement is a string or a PreparedStatement, not a {type(query).__name__}",
        )
    resolver = services.resolver
    resolved = resolver.resolve(_NOTHING, options, skip_metadata=False) if options else resolver.usual()
    return Call(SimpleStatement(query), None, resolved, resolved, options.get("paging_state"))


def begin(
    services: Services, call: Call, paging_state: bytes | None, throttle: Throttler | None
) -> Execution:
    """Send a call; the future of its execution gets the response. Nothing is awaited."""
    options = call.options_now
    if isinstance(call.statement, PreparedStatement):
        execution = _begin_prepared(services, call.statement, call.values, options, paging_state, throttle)
    else:
        execution = _begin_simple(services, call.statement, options, paging_state, throttle)
    if call.options is not options:
        # Further pages have the whole timeout again.
        execution.options = call.options
    if options.speculative is not None:
        services.executor.speculate(execution)
    return execution


def _begin_prepared(
    services: Services,
    statement: PreparedStatement[Any],
    values: Any,
    options: ResolvedOptions,
    paging_state: bytes | None,
    throttle: Throttler | None,
) -> Execution:
    decoder = _decoder(statement, options)
    if decoder is None and options.parameters.skip_metadata:
        # Another page of a statement whose columns have changed, and do not fit the row factory any more.
        options = services.resolver.with_metadata(options)
    execution = services.executor.start(statement, values, options, paging_state, throttle)
    execution.decoder = decoder
    return execution


def _begin_simple(
    services: Services,
    statement: SimpleStatement,
    options: ResolvedOptions,
    paging_state: bytes | None,
    throttle: Throttler | None,
) -> Execution:
    parameters = options.parameters
    if paging_state is not None:
        parameters = parameters.replace(paging_state=paging_state)
    if options.client_timestamps:
        parameters = parameters.replace(timestamp=services.executor.next_timestamp())
    body = query_body(services.executor.version, statement.query, parameters)
    idempotent = statement.is_select if options.idempotent < 0 else bool(options.idempotent)
    keyspace = options.parameters.keyspace or services.keyspace
    return services.executor.start_body(
        statement, OP_QUERY, body, options, idempotent, keyspace, throttle=throttle
    )


def _decoder(statement: PreparedStatement[Any], options: ResolvedOptions) -> RowDecoder | None:
    """Return the decoder of rows that come without their columns.

    Raises InterfaceError where columns and row factory do not fit.
    """
    if options.into is statement.options.into or not len(statement.result_metadata):
        return statement.decoder
    return options.row_factory(statement.result_metadata)  # type: ignore[no-any-return]
