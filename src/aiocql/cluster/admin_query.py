"""The driver's own queries on one connection: rows as dicts by column name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.protocol.constants import OP_QUERY
from aiocql.protocol.requests import QueryParameters, query_body
from aiocql.protocol.responses import RowsResult

if TYPE_CHECKING:
    from aiocql.connection.connection import Connection

__all__ = ["query_rows"]


async def query_rows(
    connection: Connection, query: str, timeout: float, *, page_size: int = 5000
) -> list[dict[str, Any]]:
    """All rows of a query, page by page, at consistency level ONE.

    Raises the server's error, ConnectionLost, or OperationTimedOut when a page takes longer than `timeout` seconds.
    """
    rows: list[dict[str, Any]] = []
    state: bytes | None = None
    while True:
        parameters = QueryParameters(consistency=1, page_size=page_size, paging_state=state)
        body = query_body(connection.core.version, query, parameters)
        response = await connection.request(OP_QUERY, body, timeout)
        if not isinstance(response, RowsResult):
            return rows
        names = response.decoder.names
        rows.extend(dict(zip(names, row, strict=True)) for row in response.rows)
        if response.paging_state is None or response.paging_state == state:
            return rows
        state = response.paging_state
