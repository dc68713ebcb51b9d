"""From what the system tables say to hosts: the objects that exist already stay, known by their host id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiocql.cluster.address_translation import AddressTranslator, translate
from aiocql.errors import InterfaceError
from aiocql.metadata.topology import HostRecord
from aiocql.nodes.host import Host

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["KnownHost", "MergedTopology", "merge_topology", "ring_signature"]


class KnownHost:
    """A host and the record that it was last made or updated from.

    `by_connection` says that its address is the one that a control connection reached it at, not one that a node told.
    """

    __slots__ = ("by_connection", "host", "record")

    def __init__(self, host: Host, record: HostRecord, by_connection: bool = False) -> None:
        self.host = host
        self.record = record
        self.by_connection = by_connection


class MergedTopology:
    """What a reading of the topology changes.

    `known` is all hosts by id; `added`, `removed` and `moved` (another address than before) are the differences;
    `warnings` says what was left out and why.
    """

    __slots__ = ("added", "known", "moved", "removed", "warnings")

    def __init__(self) -> None:
        self.known: dict[UUID, KnownHost] = {}
        self.added: list[Host] = []
        self.removed: list[Host] = []
        self.moved: list[Host] = []
        self.warnings: list[str] = []

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts, those that were known before first."""
        return tuple(entry.host for entry in self.known.values())


def merge_topology(
    known: Mapping[UUID, KnownHost],
    records: Iterable[HostRecord],
    translator: AddressTranslator | None = None,
) -> MergedTopology:
    """Applies a reading: updates hosts that are known, makes the others, says which have gone.

    A host that the translator fails for keeps its address if it has one and is left out otherwise.
    """
    merged = MergedTopology()
    for record in records:
        before = known.get(record.host_id)
        keeps = before is not None and _keeps_address(record, before)
        try:
            address, port = _where(record, before if keeps else None, translator)
        except InterfaceError as error:
            merged.warnings.append(error.message)
            if before is not None:
                merged.known[record.host_id] = before
            continue
        if before is None:
            host = Host(address, port, **_identity(record))
            merged.added.append(host)
        else:
            host = before.host
            if (host.address, host.port) != (address, port):
                merged.moved.append(host)
            host.update(address, port, **_identity(record))
        merged.known[record.host_id] = KnownHost(host, record, keeps or record.is_local)
    # Hosts keep their places, whichever node was asked.
    staying = {host_id: merged.known[host_id] for host_id in known if host_id in merged.known}
    merged.known = staying | merged.known
    merged.removed = [entry.host for host_id, entry in known.items() if host_id not in merged.known]
    return merged


def _keeps_address(record: HostRecord, before: KnownHost) -> bool:
    """Whether a host stays where a control connection reached it.

    The node that answers is used at the address it answered from, its peers at those that they name. When another node
    answers the next time, a host that serves is not moved for that: only if what it says of itself has changed.
    """
    same = record.native is not None and record.native == before.record.native
    return same and before.host.open_connections > 0 and (record.is_local or before.by_connection)


def _where(
    record: HostRecord, kept: KnownHost | None, translator: AddressTranslator | None
) -> tuple[str, int]:
    if kept is not None:
        return kept.host.address, kept.host.port
    if record.is_local:
        return record.address, record.port
    return translate(translator, record.address, record.port)


def _identity(record: HostRecord) -> dict[str, Any]:
    return {
        "host_id": record.host_id,
        "datacenter": record.datacenter,
        "rack": record.rack,
        "release_version": record.release_version,
        "broadcast_address": record.broadcast_address,
        "listen_address": record.listen_address,
        "schema_version": record.schema_version,
    }


def ring_signature(known: Iterable[KnownHost]) -> Sequence[object]:
    """What the ring and its replicas depend on: equal before and after means that no new token map is needed."""
    return [
        (entry.record.host_id, entry.record.datacenter, entry.record.rack, entry.record.tokens)
        for entry in known
    ]
