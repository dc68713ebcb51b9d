from typing import Any
from uuid import UUID

from aiocql.nodes.node_counters import NodeCounters
from aiocql.nodes.states import HostDistance, HostState

def format_endpoint(address: str, port: int) -> str: ...

class Host:
    host_id: UUID | None
    address: str
    port: int
    endpoint: str
    datacenter: str | None
    rack: str | None
    release_version: str | None
    broadcast_address: str | None
    listen_address: str | None
    schema_version: UUID | None
    state_code: int
    distance_code: int
    state: HostState
    distance: HostDistance
    is_reconnecting: bool
    is_slow: bool
    load: NodeCounters
    pool: Any
    def __init__(
        self,
        address: str,
        port: int = 9042,
        *,
        host_id: UUID | None = None,
        datacenter: str | None = None,
        rack: str | None = None,
        release_version: str | None = None,
        broadcast_address: str | None = None,
        listen_address: str | None = None,
        schema_version: UUID | None = None,
    ) -> None: ...
    def update(
        self,
        address: str,
        port: int,
        *,
        host_id: UUID | None = None,
        datacenter: str | None = None,
        rack: str | None = None,
        release_version: str | None = None,
        broadcast_address: str | None = None,
        listen_address: str | None = None,
        schema_version: UUID | None = None,
    ) -> None: ...
    @property
    def open_connections(self) -> int: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def is_up(self) -> bool: ...
