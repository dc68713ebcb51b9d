"""What a session does with many rows and many statements: streams, batches, concurrent execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from aiocql.execution.call_options import ExecuteOptions
from aiocql.results.result import Result
from aiocql.session.calls import begin, prepare_call
from aiocql.session.methods import RequestMethods, RowT

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable
    from typing import Unpack

    from aiocql.bulk.batches import Batches
    from aiocql.bulk.insert import InsertResult
    from aiocql.bulk.scan import Scan
    from aiocql.columns.batch import RecordBatch
    from aiocql.columns.table import Table
    from aiocql.execution.dispatcher import Execution
    from aiocql.results.concurrent import ConcurrentExecution
    from aiocql.results.stream import Pages, Stream
    from aiocql.rows.row import Row
    from aiocql.session.batch import BatchEntry, BatchKind
    from aiocql.session.calls import Call
    from aiocql.statements.prepared import PreparedStatement
    from aiocql.statements.template_strings import Template
    from aiocql.types.arrow import ArrowTypes

__all__ = ["BulkMethods"]

T = TypeVar("T")


class BulkMethods(RequestMethods[RowT]):
    """The part of a `Session` that runs what is more than one request."""

    # --- all rows ---------------------------------------------------------------------------------------------

    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[dict[str, Any]]: ...

    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[T]: ...

    @overload
    def stream(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Stream[Any]: ...

    @overload
    def stream(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[T]: ...

    @overload
    def stream(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Stream[RowT]: ...

    def stream(self, query: Any, parameters: Any = None, **options: Any) -> Stream[Any]:
        """The rows of all pages: ``async for row in session.stream(...)``.

        While the rows of one page are used the next one is fetched; no more than these two are held. `timeout` is for
        each page. What `execute` raises is raised where the rows are taken.
        """
        from aiocql.results.stream import Pages, Stream

        async def prepare() -> Call:
            return (await prepare_call(self._services, query, parameters, options)).with_whole_timeout()

        def begin_page(call: Call, state: bytes | None) -> Execution:
            return begin(self._services, call, state, self._throttle)

        return Stream(Pages(prepare, begin_page, self._result))

    # --- columns ----------------------------------------------------------------------------------------------

    async def table(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Table:
        """Execute a statement and return all pages of its result in columns, in Arrow's memory layout.

        ::

            table = await session.table("SELECT id, price FROM shop.item WHERE shop = ?", [7])
            frame = polars.DataFrame(table)

        No Python object is made for a row or a value. `arrow` (`ArrowTypes`) chooses Arrow types; by default the
        session's codec registry does. Registered codecs do not apply to columns. `timeout` is for each page.

        Raises:
            DecodeError: a value is damaged or does not fit its Arrow type.
            InterfaceError: the statement returns no rows.
        """
        from aiocql.bulk.fetch import fetch_table

        return await fetch_table(self._column_pages(query, parameters, arrow, options))

    def batches(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        rows: int = 65_536,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Batches:
        """Execute a statement and return its rows as record batches: ``async for batch in session.batches(...)``.

        Each batch has `rows` rows, the last one the rest. At most one batch and two pages are in memory: a page is
        fetched while the batch before it is used. Options and errors are those of `table`.
        """
        from aiocql.bulk.batches import Batches

        return Batches(self._column_pages(query, parameters, arrow, options), rows)

    def scan(
        self,
        table: str,
        *,
        columns: Iterable[str] | None = None,
        where: str | None = None,
        parameters: Iterable[Any] = (),
        concurrency: int = 32,
        arrow: ArrowTypes | None = None,
        **options: Unpack[ExecuteOptions],
    ) -> Scan:
        """Read a whole table, by ranges of tokens, `concurrency` of them at a time, in no order.

        ::

            async for batch in session.scan("shop.item", columns=["id", "price"]):
                ...

        Each range is read from its replicas. A page that fails is read again from another host, for about eight
        seconds, so a node may be lost meanwhile: no row is lost and none comes twice. `where` filters on the server
        (`ALLOW FILTERING` is added), with `parameters` for its markers. Options and errors are those of `table`;
        `page_size` is the size of the batches.

        Raises:
            InterfaceError: there is no such table or column, or the partitioner is not Murmur3Partitioner.
        """
        from aiocql.bulk.scan import Scan
        from aiocql.columns.decoder import ColumnShape

        session: Any = self
        given = {**options, "into": ColumnShape(arrow)}
        return Scan(session, table, columns, where, parameters, concurrency, given)

    async def insert_table(
        self,
        table: str,
        data: Any,
        *,
        nulls: Literal["unset", "null"] = "unset",
        on_error: Literal["raise", "collect"] = "raise",
        concurrency: int = 100,
        ttl: int | None = None,
        if_not_exists: bool = False,
        **options: Unpack[ExecuteOptions],
    ) -> InsertResult:
        """Write the rows of a data frame into a table, `concurrency` of them at a time, in no order.

        ::

            await session.insert_table("shop.item", frame)

        `data` is anything that exports Arrow data: tables and frames of pyarrow, pandas, Polars and DuckDB, and those
        that `table` returns. Its columns go by their names. Nulls leave what is stored as it is; with ``nulls="null"``
        they delete it. The first error ends the rest, or with ``on_error="collect"`` the result lists the rows that
        failed. `ttl` is in seconds. With `if_not_exists` rows that are there already stay as they are: the result does
        not count them as written, and no row is sent twice. Options are those of `execute`, `timestamp` and
        `consistency_level` among them.

        Raises:
            ConfigurationError: an option is not valid.
            EncodeError: a value does not fit its column; the text names the row and the column.
            InterfaceError: there is no such table, or the columns of the data are not those of the table.
        """
        from aiocql.bulk.insert import insert_table

        return await insert_table(
            self, table, data, nulls, on_error, concurrency, ttl, if_not_exists, options
        )

    def _column_pages(
        self, query: Any, parameters: Any, arrow: ArrowTypes | None, options: ExecuteOptions
    ) -> Pages[RecordBatch]:
        from aiocql.columns.decoder import ColumnShape

        pages: Pages[RecordBatch] = self.stream(query, parameters, into=ColumnShape(arrow), **options).pages()
        return pages

    async def batch(
        self,
        statements: Iterable[BatchEntry],
        *,
        batch_type: BatchKind = "logged",
        **options: Unpack[ExecuteOptions],
    ) -> Result[Row]:
        """Runs several INSERT, UPDATE and DELETE statements in one request.

        Each is a statement (a string, prepared or a template string), or a pair of a statement and its values; strings
        with values are prepared first. A ``"logged"`` batch is done whole or not at all, an ``"unlogged"`` one saves
        round trips within a partition, ``"counter"`` is for counters. It is idempotent if that is said, or if all its
        statements are prepared ones with ``idempotent=True``.

        A batch larger than `batch_size_warn_threshold` is noted in the log `aiocql.warnings`. Raises what `execute`
        raises.
        """
        from aiocql.session.batch import begin_batch

        execution = await begin_batch(self._services, statements, batch_type, options, self._throttle)
        response = await self._wait(execution)
        execution.statement.release()
        return self._result(execution, response, None)

    # --- many statements --------------------------------------------------------------------------------------

    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Result[T]]: ...

    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Result[Any]]: ...

    @overload
    def execute_concurrent(
        self,
        statements: PreparedStatement[T],
        parameters: Iterable[Any] | AsyncIterable[Any],
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Result[T]]: ...

    @overload
    def execute_concurrent(
        self,
        statements: str | Iterable[Any] | AsyncIterable[Any],
        parameters: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: Literal[True] = True,
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Result[RowT]]: ...

    @overload
    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Result[Any] | Exception]: ...

    def execute_concurrent(
        self,
        statements: Any,
        parameters: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        concurrency: int = 100,
        in_order: bool = True,
        raise_errors: bool = True,
        into: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> ConcurrentExecution[Any]:
        """Runs many statements, at most `concurrency` at a time.

        ``execute_concurrent(statement, parameters)`` runs one statement with each of the values that `parameters`
        gives; ``execute_concurrent(statements)`` runs statements, or pairs of a statement and its values. Both take
        iterables and async iterables, and read no further ahead than needed.

        What comes back is awaited for the list of all `Result`s, or iterated (``async for``) for one after the other:
        in the order of the statements, or with `in_order=False` as they come (`numbered()` tells which is which).
        An error is raised, and ends the rest, unless `raise_errors` is False: then it comes in place of the result.
        """
        from aiocql.results.concurrent import ConcurrentExecution

        given: dict[str, Any] = dict(options)
        if into is not None:
            given["into"] = into
        if parameters is not None:
            return ConcurrentExecution(
                lambda values: self.execute(statements, values, **given),
                parameters,
                concurrency=concurrency,
                in_order=in_order,
                raise_errors=raise_errors,
            )

        def execute(item: Any) -> Any:
            statement, values = item if isinstance(item, tuple) and len(item) == 2 else (item, None)
            return self.execute(statement, values, **given)

        return ConcurrentExecution(
            execute, statements, concurrency=concurrency, in_order=in_order, raise_errors=raise_errors
        )
