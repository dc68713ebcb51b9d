"""``system``, ``system_schema`` and ``system_virtual_schema`` as a scripted Cassandra 5.0 answers them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiocql.testing.server.requests import ReceivedRequest
from aiocql.testing.server.result_metadata import Columns
from aiocql.testing.server.scripted_schema import ScriptedSchema
from aiocql.testing.server.selection import Table

__all__ = ["ClusterView", "Node", "system_table"]


@dataclass(eq=False)
class Node:
    """What the system tables say of one node.

    `address` and `port` are where clients connect; `broadcast_address` (default: `address`) is the node's key
    in ``peers``. `schema_version` overrides the cluster's. `overrides` replaces columns of the node's rows by
    name, for rows that are incomplete or wrong.
    """

    address: str = "127.0.0.1"
    port: int = 9042
    datacenter: str = "datacenter1"
    rack: str = "rack1"
    host_id: uuid.UUID = field(default_factory=uuid.uuid4)
    tokens: Sequence[str] = ("0",)
    release_version: str = "5.0.6"
    broadcast_address: str | None = None
    schema_version: uuid.UUID | None = None
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def peer(self) -> str:
        """The node's address inside of the cluster."""
        return self.broadcast_address or self.address


@dataclass
class ClusterView:
    """What the nodes of one cluster know: each other and the schema."""

    nodes: list[Node] = field(default_factory=list)
    name: str = "Scripted Cluster"
    partitioner: str = "org.apache.cassandra.dht.Murmur3Partitioner"
    schema: ScriptedSchema = field(default_factory=ScriptedSchema)
    traces: list[dict[str, Any]] = field(default_factory=list)

    def new_trace(self, node: Node, request: ReceivedRequest) -> uuid.UUID:
        """Record a traced request for ``system_traces`` and return its id."""
        session_id = uuid.uuid1()
        trace = {
            "session_id": session_id,
            "client": "127.0.0.1",
            "command": "QUERY",
            "coordinator": node.address,
            "coordinator_port": 7000,
            "duration": 1000,
            "parameters": {"query": request.query or ""},
            "request": f"Execute CQL3 {request.opcode.name.lower()}",
            "started_at": 0,
        }
        self.traces.append(trace)
        return session_id


def system_table(view: ClusterView, node: Node, keyspace: str, name: str) -> Table | None:
    """The table as `node` shows it, None where it has no such table (``peers_v2`` before Cassandra 4.0)."""
    makers = {
        "local": lambda: Table(_LOCAL, [_local(view, node)]),
        "peers": lambda: Table(_PEERS, [_peer(view, other) for other in _others(view, node)]),
        "peers_v2": lambda: Table(_PEERS_V2, [_peer_v2(view, other) for other in _others(view, node)], 2),
    }
    before_4 = int(node.release_version.split(".")[0]) < 4
    if keyspace == "system":
        return makers[name]() if name in makers and not (before_4 and name == "peers_v2") else None
    if keyspace == "system_traces" and name in _TRACES:
        return Table(
            _TRACES[name], view.traces if name == "sessions" else [_trace_event(t) for t in view.traces]
        )
    if keyspace == "system_virtual_schema" and not before_4:
        return Table(_VIRTUAL[name], ()) if name in _VIRTUAL else None
    if keyspace == "system_schema" and name in _SCHEMA:
        return Table(_SCHEMA[name], _schema_rows(view.schema, name))
    return None


def _others(view: ClusterView, node: Node) -> list[Node]:
    return [other for other in view.nodes if other is not node]


def _columns(text: str) -> Columns:
    return [(name, of) for name, of in (part.strip().split(" ", 1) for part in text.split(";"))]


# --- system -------------------------------------------------------------------------------------------------

_LOCAL = _columns(
    "key text; bootstrapped text; broadcast_address inet; broadcast_port int; cluster_name text; "
    "cql_version text; data_center text; gossip_generation int; host_id uuid; listen_address inet; "
    "listen_port int; "
    "native_protocol_version text; partitioner text; rack text; release_version text; rpc_address inet; "
    "rpc_port int; schema_version uuid; tokens set<text>; truncated_at map<uuid, blob>"
)
_PEERS = _columns(
    "peer inet; data_center text; host_id uuid; preferred_ip inet; rack text; release_version text; "
    "rpc_address inet; schema_version uuid; tokens set<text>"
)
_PEERS_V2 = _columns(
    "peer inet; peer_port int; data_center text; host_id uuid; native_address inet; native_port int; "
    "preferred_ip inet; preferred_port int; rack text; release_version text; schema_version uuid; "
    "tokens set<text>"
)


def _common(view: ClusterView, node: Node) -> dict[str, Any]:
    return {
        "data_center": node.datacenter,
        "host_id": node.host_id,
        "rack": node.rack,
        "release_version": node.release_version,
        "schema_version": node.schema_version or view.schema.version,
        "tokens": list(node.tokens),
        **node.overrides,
    }


def _local(view: ClusterView, node: Node) -> dict[str, Any]:
    return {
        "key": "local",
        "bootstrapped": "COMPLETED",
        "broadcast_address": node.peer,
        "broadcast_port": 7000,
        "cluster_name": view.name,
        "cql_version": "3.4.7",
        "gossip_generation": 1,
        "listen_address": node.peer,
        "listen_port": 7000,
        "native_protocol_version": "5",
        "partitioner": view.partitioner,
        "rpc_address": node.address,
        "rpc_port": node.port,
        **_common(view, node),
    }


def _peer(view: ClusterView, node: Node) -> dict[str, Any]:
    return {"peer": node.peer, "rpc_address": node.address, **_common(view, node)}


def _peer_v2(view: ClusterView, node: Node) -> dict[str, Any]:
    return {
        "peer": node.peer,
        "peer_port": 7000,
        "native_address": node.address,
        "native_port": node.port,
        **_common(view, node),
    }


# --- traces -------------------------------------------------------------------------------------------------

_TRACES: dict[str, Columns] = {
    "sessions": _columns(
        "session_id uuid; client inet; command text; coordinator inet; coordinator_port int; duration int; "
        "parameters map<text, text>; request text; started_at timestamp"
    ),
    "events": _columns(
        "session_id uuid; event_id timeuuid; activity text; source inet; source_elapsed int; source_port int; "
        "thread text"
    ),
}


def _trace_event(trace: dict[str, Any]) -> dict[str, Any]:
    return {
        "session_id": trace["session_id"],
        "event_id": trace["session_id"],
        "activity": "Answering from the script",
        "source": trace["coordinator"],
        "source_elapsed": trace["duration"],
        "source_port": trace["coordinator_port"],
        "thread": "Native-Transport-Requests-1",
    }


# --- schema -------------------------------------------------------------------------------------------------

_TABLE_OPTIONS = (
    "additional_write_policy text; allow_auto_snapshot boolean; {base}bloom_filter_fp_chance double; "
    "caching map<text, text>; cdc boolean; comment text; compaction map<text, text>; "
    "compression map<text, text>; "
    "crc_check_chance double; dclocal_read_repair_chance double; default_time_to_live int; "
    "extensions map<text, blob>; {flags}gc_grace_seconds int; id uuid; {include}incremental_backups boolean; "
    "max_index_interval int; memtable text; memtable_flush_period_in_ms int; min_index_interval int; "
    "read_repair text; read_repair_chance double; speculative_retry text{where}"
)
_FUNCTION = "keyspace_name text; {name} text; argument_types list<text>; "

_SCHEMA: dict[str, Columns] = {
    "keyspaces": _columns("keyspace_name text; durable_writes boolean; replication map<text, text>"),
    "tables": _columns(
        "keyspace_name text; table_name text; "
        + _TABLE_OPTIONS.format(base="", flags="flags set<text>; ", include="", where="")
    ),
    "views": _columns(
        "keyspace_name text; view_name text; "
        + _TABLE_OPTIONS.format(
            base="base_table_id uuid; base_table_name text; ",
            flags="",
            include="include_all_columns boolean; ",
            where="; where_clause text",
        )
    ),
    "columns": _columns(
        "keyspace_name text; table_name text; column_name text; clustering_order text; "
        "column_name_bytes blob; kind text; position int; type text"
    ),
    "types": _columns("keyspace_name text; type_name text; field_names list<text>; field_types list<text>"),
    "functions": _columns(
        _FUNCTION.format(name="function_name")
        + "argument_names list<text>; body text; called_on_null_input boolean; language text; "
        "return_type text"
    ),
    "aggregates": _columns(
        _FUNCTION.format(name="aggregate_name")
        + "final_func text; initcond text; return_type text; state_func text; state_type text"
    ),
    "indexes": _columns(
        "keyspace_name text; table_name text; index_name text; kind text; options map<text, text>"
    ),
    "triggers": _columns("keyspace_name text; table_name text; trigger_name text; options map<text, text>"),
    "dropped_columns": _columns(
        "keyspace_name text; table_name text; column_name text; dropped_time timestamp; kind text; type text"
    ),
}
_VIRTUAL: dict[str, Columns] = {
    "keyspaces": _columns("keyspace_name text"),
    "tables": _columns("keyspace_name text; table_name text; comment text"),
    "columns": _SCHEMA["columns"],
}


def _schema_rows(schema: ScriptedSchema, name: str) -> list[dict[str, Any]]:
    if name == "keyspaces":
        return [keyspace.row() for keyspace in schema.keyspaces.values()]
    if name == "tables":
        return [table.row() for table in schema.tables()]
    if name == "columns":
        return [row for table in schema.tables() for row in table.column_rows()]
    if name == "types":
        return [row for keyspace in schema.keyspaces.values() for row in keyspace.type_rows()]
    return []
