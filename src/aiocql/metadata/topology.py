"""Who is in the cluster: rows of ``system.local``, ``system.peers_v2`` and ``system.peers``, read with suspicion.

A row names an address that the driver will connect to and perhaps send a password to: a row that is incomplete or
names no address of a host is refused, and the reason kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from aiocql.metadata.tokens import run

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["HostRecord", "RefusedRow", "Topology", "read_topology", "topology_steps"]

LOCAL_QUERY = "SELECT * FROM system.local WHERE key='local'"
PEERS_V2_QUERY = "SELECT * FROM system.peers_v2"
PEERS_QUERY = "SELECT * FROM system.peers"

MURMUR3 = "org.apache.cassandra.dht.Murmur3Partitioner"

MAX_HOSTS = 10_000
MAX_TOKENS_PER_HOST = 16_384

Row = Mapping[str, Any]


class RefusedRow(ValueError):
    """A row that cannot be used, with the reason."""


class HostRecord:
    """One node as its row describes it.

    `address` and `port` are where the driver is to connect; `native` is what the server itself says, untranslated, or
    None if it does not say.
    """

    __slots__ = (
        "address",
        "broadcast_address",
        "datacenter",
        "host_id",
        "is_local",
        "listen_address",
        "native",
        "port",
        "rack",
        "release_version",
        "schema_version",
        "tokens",
    )

    def __init__(
        self,
        host_id: UUID,
        address: str,
        port: int,
        datacenter: str,
        rack: str,
        tokens: tuple[int, ...] = (),
        *,
        native: tuple[str, int] | None = None,
        release_version: str | None = None,
        broadcast_address: str | None = None,
        listen_address: str | None = None,
        schema_version: UUID | None = None,
        is_local: bool = False,
    ) -> None:
        self.host_id = host_id
        self.address = address
        self.port = port
        self.datacenter = datacenter
        self.rack = rack
        self.tokens = tokens
        self.native = native
        self.release_version = release_version
        self.broadcast_address = broadcast_address
        self.listen_address = listen_address
        self.schema_version = schema_version
        self.is_local = is_local

    def __repr__(self) -> str:
        return (
            f"<HostRecord {self.address} port {self.port} {self.datacenter}/{self.rack} "
            f"{self.host_id} {len(self.tokens)} tokens>"
        )


class Topology:
    """All nodes that the system tables of one node name, and the reasons why rows of them were refused."""

    __slots__ = ("cluster_name", "partitioner", "records", "refused", "schema_version")

    def __init__(
        self,
        cluster_name: str | None,
        partitioner: str | None,
        schema_version: UUID | None,
        records: tuple[HostRecord, ...],
        refused: tuple[str, ...],
    ) -> None:
        self.cluster_name = cluster_name
        self.partitioner = partitioner
        self.schema_version = schema_version
        self.records = records
        self.refused = refused


def read_topology(
    local: Row, peers: Iterable[Row], connected_to: tuple[str, int], *, default_port: int = 9042
) -> Topology:
    """Reads the one row of ``system.local`` and the rows of ``system.peers_v2`` (or ``system.peers``).

    `connected_to` is the address of the node that answered: it is used for that node whatever its row says, since it
    is known to work. `default_port` serves peers whose rows name none. Raises RefusedRow if the local row cannot be
    used; other rows that cannot are left out and listed in `refused`.
    """
    return run(topology_steps(local, peers, connected_to, default_port=default_port))


def topology_steps(
    local: Row, peers: Iterable[Row], connected_to: tuple[str, int], *, default_port: int = 9042
) -> Generator[None, None, Topology]:
    """`read_topology` in steps of one row, for an event loop that has other work as well."""
    partitioner = _text(local.get("partitioner"))
    has_tokens = partitioner is None or partitioner.endswith("Murmur3Partitioner")
    first = _read_local(local, connected_to, has_tokens)
    records = [first]
    refused: list[str] = []
    known: set[object] = {first.host_id, (first.address, first.port)}
    for row in peers:
        yield
        try:
            record = _read_peer(row, default_port, has_tokens)
            _refuse_known(record, known)
        except RefusedRow as reason:
            refused.append(f"{_describe(row)}: {reason}")
            continue
        if len(records) == MAX_HOSTS:
            refused.append(f"more than {MAX_HOSTS} hosts: the rest is left out")
            break
        known.update((record.host_id, (record.address, record.port)))
        records.append(record)
    return Topology(
        _text(local.get("cluster_name")),
        partitioner,
        _uuid(local.get("schema_version")),
        tuple(records),
        tuple(refused),
    )


def _refuse_known(record: HostRecord, known: set[object]) -> None:
    if record.host_id in known:
        raise RefusedRow(f"host_id {record.host_id} is there twice")
    if (record.address, record.port) in known:
        raise RefusedRow("another row has the same address and port")


def _read_local(row: Row, connected_to: tuple[str, int], has_tokens: bool) -> HostRecord:
    host_id = _uuid(row.get("host_id"))
    if host_id is None:
        raise RefusedRow("system.local has no host_id")
    native_address = _text(row.get("rpc_address"))
    native_port = row.get("rpc_port")
    native = None
    if native_address is not None and why_unusable(native_address) is None:
        native = (native_address, native_port if _is_port(native_port) else connected_to[1])
    return HostRecord(
        host_id,
        connected_to[0],
        connected_to[1],
        _text(row.get("data_center")) or "",
        _text(row.get("rack")) or "",
        _tokens(row.get("tokens")) if has_tokens else (),
        native=native,
        release_version=_text(row.get("release_version")),
        broadcast_address=_text(row.get("broadcast_address")),
        listen_address=_text(row.get("listen_address")),
        schema_version=_uuid(row.get("schema_version")),
        is_local=True,
    )


def _read_peer(row: Row, default_port: int, has_tokens: bool) -> HostRecord:
    host_id = _uuid(row.get("host_id"))
    address = _text(row.get("native_address") or row.get("rpc_address"))
    datacenter = _text(row.get("data_center"))
    rack = _text(row.get("rack"))
    for name, value in (
        ("host_id", host_id),
        ("address", address),
        ("data_center", datacenter),
        ("rack", rack),
    ):
        if not value:
            raise RefusedRow(f"it has no {name} (a node that is joining or leaving may look so)")
    assert host_id is not None
    assert address is not None
    assert datacenter is not None
    assert rack is not None
    reason = why_unusable(address)
    if reason is not None:
        raise RefusedRow(reason)
    port = row.get("native_port")
    if port is None:
        port = default_port
    if not _is_port(port):
        raise RefusedRow(f"its port {port!r} is none")
    tokens = _tokens(row.get("tokens")) if has_tokens else ()
    if has_tokens and not tokens:
        raise RefusedRow("it has no tokens (a node that is joining has none)")
    return HostRecord(
        host_id,
        address,
        port,
        datacenter,
        rack,
        tokens,
        native=(address, port),
        release_version=_text(row.get("release_version")),
        broadcast_address=_text(row.get("peer")),
        schema_version=_uuid(row.get("schema_version")),
    )


def why_unusable(address: str) -> str | None:
    """Why this can be no host's address (a wildcard, multicast, not an address at all), or None if it can."""
    from ipaddress import ip_address

    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address!r} is no address"
    if parsed.is_unspecified:
        return f"its address is {address}: broadcast_rpc_address is not set on it"
    if parsed.is_multicast or str(parsed) == "255.255.255.255":
        return f"its address {address} is no host's (multicast or broadcast)"
    return None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _uuid(value: object) -> UUID | None:
    from uuid import UUID

    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _is_port(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 < value < 65536


def _tokens(texts: Iterable[object] | None) -> tuple[int, ...]:
    """The tokens as numbers; RefusedRow if one is no 64-bit number."""
    if not texts:
        return ()
    tokens = []
    for text in texts:
        token = _token(str(text))
        if token is None:
            raise RefusedRow("one of its tokens is no 64-bit number")
        tokens.append(token)
        if len(tokens) > MAX_TOKENS_PER_HOST:
            raise RefusedRow(f"it has more than {MAX_TOKENS_PER_HOST} tokens")
    # Sorted, so that two readings of the same tokens are equal.
    return tuple(sorted(tokens))


def _token(text: str) -> int | None:
    # The length is checked first: reading a very long number takes quadratic time.
    if not 0 < len(text) <= 20:
        return None
    try:
        token = int(text)
    except ValueError:
        return None
    return token if -(1 << 63) <= token < 1 << 63 else None


def _describe(row: Row) -> str:
    where = row.get("native_address") or row.get("rpc_address") or row.get("peer")
    return f"peer {where}" if where is not None else f"peer with host_id {row.get('host_id')}"
