"""What a session tells of its cluster: hosts, metadata, events; and how it is asked to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.errors import InterfaceError
from aiocql.nodes.table import Hosts

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.cluster.events import ClusterEvent, EventStream
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.session.services import Services

__all__ = ["ClusterView"]


class ClusterView:
    """The part of a `Session` that looks at the cluster."""

    _services: Services

    @property
    def hosts(self) -> Hosts:
        """All hosts of the cluster, whether they are used or not: a tuple, which prints as a table."""
        return Hosts(self._services.cluster.hosts)

    @property
    def metadata(self) -> ClusterSnapshot:
        """What is known of the cluster now: frozen, replaced whole when it changes."""
        return self._services.cluster.snapshot

    def events(self) -> EventStream:
        """What happens in the cluster from now on: ``async for event in session.events()``.

        Hosts that come and go, changes of the schema, and the signals of overload (`EventKind`). It ends when the
        session is closed. A reader that is slow misses the oldest of more than 1,000 events.
        """
        self._services.executor.verify()
        return self._services.cluster.events.stream()

    def listen(self, listener: Callable[[ClusterEvent], object]) -> Callable[[], None]:
        """Calls `listener` with each event from now on, in the event loop; gives a function that ends it.

        A listener must not block. One that raises is logged and goes on listening.
        """
        self._services.executor.verify()
        return self._services.cluster.events.listen(listener)

    async def refresh_topology(self) -> None:
        """Reads the list of hosts again now; events and the periodic reading do it by themselves.

        Raises ConnectFailed while the control connection is being opened, and what its request raises.
        """
        self._services.executor.verify()
        await self._services.cluster.refresh_topology()

    async def refresh_schema(self, keyspace: str | None = None, table: str | None = None) -> None:
        """Reads the schema again now: all of it, that of one keyspace, or that of one table in it with its views.

        Events do it by themselves. Raises ConnectFailed while the control connection is being opened, and what its
        requests raise; InterfaceError for a table without its keyspace.
        """
        self._services.executor.verify()
        if table is not None and keyspace is None:
            raise InterfaceError("refresh_schema() was given a table without its keyspace")
        await self._services.cluster.refresh_schema(keyspace, table)

    async def wait_for_schema_agreement(self, timeout: float | None = None) -> bool:
        """Waits until all hosts that are up have the same schema; False if they still differ after `timeout` seconds.

        By default, `schema_agreement_timeout` of the session. A statement that changes the schema does it by itself.
        Raises ConnectFailed while the control connection is being opened, and what its requests raise.
        """
        self._services.executor.verify()
        return await self._services.cluster.wait_for_schema_agreement(timeout)
