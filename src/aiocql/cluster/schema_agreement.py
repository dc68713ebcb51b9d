"""Whether all nodes have the same schema: compared by ``schema_version``, asked for until they agree."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiocql.errors import InternalServerError, OperationTimedOut, RequestExecutionError
from aiocql.logs import get_logger

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["LOCAL_VERSION_QUERY", "schema_versions", "wait_for_agreement"]

LOCAL_VERSION_QUERY = "SELECT host_id, schema_version FROM system.local WHERE key='local'"

Row = Mapping[str, Any]

_log = get_logger("aiocql.cluster")


def schema_versions(
    local: Row, peers: Iterable[Row], is_down: Callable[[UUID], bool] = lambda host_id: False
) -> dict[UUID, list[UUID]]:
    """The nodes (host ids) that have each version; agreement is a result of one entry.

    Peers that are held to be down are left out: they learn the schema when they come back. So are rows without a
    host id or a version, which belong to nodes that are joining or leaving.
    """
    versions: dict[UUID, list[UUID]] = {}
    rows = [local, *(row for row in peers if row.get("host_id") is not None and not is_down(row["host_id"]))]
    for row in rows:
        if row.get("schema_version") is not None and row.get("host_id") is not None:
            versions.setdefault(row["schema_version"], []).append(row["host_id"])
    return versions


async def wait_for_agreement(
    read_versions: Callable[[], Awaitable[Mapping[UUID, object]]],
    *,
    timeout: float,
    interval: float = 0.2,
    now: Callable[[], float],
    sleep: Callable[[float], Awaitable[object]],
) -> bool:
    """Reads the versions until there is one, for at most `timeout` seconds; False if the nodes still differ.

    At least one reading is made. `read_versions` gives what `schema_versions` makes of the rows. A host that is too
    busy to answer is asked again; other errors of the reading are the caller's.
    """
    end = now() + timeout
    while True:
        try:
            if len(await read_versions()) <= 1:
                return True
        except (OperationTimedOut, RequestExecutionError, InternalServerError) as error:
            _log.debug("schema versions could not be read: %s", error)
        if now() + interval > end:
            return False
        await sleep(interval)
