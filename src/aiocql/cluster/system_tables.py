"""Reading the system tables over one control connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from aiocql.cluster.admin_query import query_rows
from aiocql.cluster.cooperative import run_in_steps
from aiocql.cluster.schema_agreement import LOCAL_VERSION_QUERY, schema_versions
from aiocql.errors import ConnectFailed, RequestValidationError
from aiocql.metadata.schema_rows import (
    IS_VIRTUAL,
    SCHEMA_TABLES,
    TABLE_COLUMNS,
    VIRTUAL_TABLES,
    SchemaRows,
    schema_query,
    virtual_query,
)
from aiocql.metadata.topology import (
    LOCAL_QUERY,
    PEERS_QUERY,
    PEERS_V2_QUERY,
    RefusedRow,
    Topology,
    topology_steps,
)

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.connection.connection import Connection

__all__ = ["SystemTables"]

PEERS_PAGE = 20
"""Rows of peers in a page: each may hold hundreds of tokens, and decoding a page holds the event loop."""

SCHEMA_PAGE = 500


class SystemTables:
    """What one node says of the cluster. `timeout` is for each query, in seconds."""

    def __init__(self, connection: Connection, *, timeout: float, default_port: int) -> None:
        self._connection = connection
        self._timeout = timeout
        self._default_port = default_port
        self._peers_query = PEERS_V2_QUERY

    async def _rows(self, query: str, page_size: int = SCHEMA_PAGE) -> list[dict[str, Any]]:
        return await query_rows(self._connection, query, self._timeout, page_size=page_size)

    async def _peers(self) -> list[dict[str, Any]]:
        if self._peers_query is PEERS_V2_QUERY:
            try:
                return await self._rows(PEERS_V2_QUERY, PEERS_PAGE)
            except RequestValidationError:
                # Cassandra before 4.0 has no such table.
                self._peers_query = PEERS_QUERY
        return await self._rows(PEERS_QUERY, PEERS_PAGE)

    async def topology(self) -> Topology:
        """All nodes. Raises ConnectFailed if the node cannot say who it is itself."""
        host = self._connection.host
        local, peers = await asyncio.gather(self._rows(LOCAL_QUERY), self._peers())
        try:
            if not local:
                raise RefusedRow("system.local is empty")
            steps = topology_steps(
                local[0], peers, (host.address, host.port), default_port=self._default_port
            )
            return await run_in_steps(steps, self._connection.loop)
        except RefusedRow as refused:
            raise ConnectFailed(
                f"the node cannot say who it is: {refused}", host=host, hint="has it finished starting?"
            ) from refused

    async def versions(self, is_down: Callable[[UUID], bool]) -> dict[UUID, list[UUID]]:
        """The hosts by their schema version."""
        local, peers = await asyncio.gather(self._rows(LOCAL_VERSION_QUERY), self._peers())
        return schema_versions(local[0] if local else {}, peers, is_down)

    async def schema_version(self) -> UUID | None:
        """The version of the schema that the node has; None if it does not say."""
        rows = await self._rows(LOCAL_VERSION_QUERY)
        return rows[0].get("schema_version") if rows else None

    async def keyspaces(self) -> list[dict[str, Any]]:
        """All keyspaces with their replication."""
        return await self._rows(schema_query("keyspaces"))

    async def schema(self, keyspace: str | None = None, names: Collection[str] | None = None) -> SchemaRows:
        """The rows of ``system_schema``: all, those of one keyspace, or those of some of its tables and views."""
        wanted = SCHEMA_TABLES if names is None else tuple(TABLE_COLUMNS)
        queries = [schema_query(table, keyspace, names) for table in wanted]
        virtual = VIRTUAL_TABLES if names is None and _may_be_virtual(keyspace) else ()
        queries += [virtual_query(table, keyspace) for table in virtual]
        found = await asyncio.gather(*map(self._rows_if_any, queries))
        rows = dict(zip(wanted, found, strict=False))
        for table, more in zip(virtual, found[len(wanted) :], strict=True):
            rows[table] += [{**row, IS_VIRTUAL: True} for row in more] if table == "keyspaces" else more
        return rows

    async def _rows_if_any(self, query: str) -> list[dict[str, Any]]:
        try:
            return await self._rows(query)
        except RequestValidationError:
            # A table that this version of the server does not have.
            return []


def _may_be_virtual(keyspace: str | None) -> bool:
    """Whether a keyspace, or one of all, can be virtual: the server names them itself."""
    return keyspace is None or keyspace.startswith("system_")
