"""Hosts and snapshots for tests of metadata, policies and cluster."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from aiocql.metadata.replication import parse_replication
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import build_token_map
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostState


def make_host(
    number: int,
    datacenter: str = "dc1",
    rack: str = "rack1",
    *,
    in_flight: int = 0,
    state: HostState = HostState.UP,
) -> Host:
    host = Host(
        f"10.0.{number // 250}.{number % 250 + 1}",
        9042,
        host_id=uuid.UUID(int=number + 1),
        datacenter=datacenter,
        rack=rack,
    )
    host.state = state
    host.load.in_flight = in_flight
    return host


def make_snapshot(
    hosts: Sequence[Host],
    tokens: Sequence[Sequence[int]] | None = None,
    replications: Mapping[str, Mapping[str, str]] | None = None,
    *,
    local_datacenter: str | None = "dc1",
) -> ClusterSnapshot:
    """Without tokens, host number i has the token i * 100."""
    tokens = tokens or [[i * 100] for i in range(len(hosts))]
    strategies = {name: parse_replication(options) for name, options in (replications or {}).items()}
    token_map = build_token_map(zip(hosts, tokens, strict=True), strategies)
    return ClusterSnapshot(hosts, token_map=token_map, local_datacenter=local_datacenter)
