"""Instruments for tests: scripted servers and clusters, a fault proxy, stepped loops, a real local cluster.

Names are imported when they are first asked for, so that one instrument does not bring the others with it.
"""

from __future__ import annotations

import importlib
from typing import Any

# The public names by their module: the only list. tools/public_stubs.py writes `__init__.pyi` from it.
_NAMES = {
    "cassandra.cluster": ["CassandraCluster"],
    "cassandra.containers": ["ContainerCluster"],
    "cassandra.node": ["CassandraNode"],
    "certificates": ["Certificate", "CertificateAuthority"],
    "errors": [
        "ClusterTimeout",
        "ContainerEngineError",
        "JarsNotAvailable",
        "LauncherError",
        "NodeStartFailed",
        "NodetoolFailed",
        "ToolNotFound",
    ],
    "loop.memory_loop": ["MemoryLoop", "MemoryNetwork"],
    "loop.pipes": ["PipeTransport", "connect_pipe"],
    "loop.stepping": ["Outcome", "Victim", "cancel_at_every_step"],
    "loop.virtual_time": ["LeftBehind", "LoopStuck", "VirtualTimeLoop", "run_virtual"],
    "proxy.fault_proxy": ["FaultProxy", "ProxyConnection", "Rule"],
    "proxy.faults": ["BlackHole", "Cut", "Delay", "Drip", "Fault", "Flip", "Reset", "Stall", "Truncate"],
    "server.answers": [
        "Answer",
        "AuthChallenge",
        "AuthSuccess",
        "Authenticate",
        "NoAnswer",
        "Prepared",
        "RawAnswer",
        "Ready",
        "Rows",
        "SchemaChange",
        "SchemaChangeEvent",
        "SetKeyspace",
        "StatusChange",
        "Supported",
        "TopologyChange",
        "Void",
    ],
    "server.auth": ["challenges", "endless_challenges", "plain_text"],
    "server.cql_types": ["tuple_of", "udt"],
    "server.error_answers": [
        "AlreadyExistsAnswer",
        "CasWriteUnknownAnswer",
        "ErrorAnswer",
        "FunctionFailureAnswer",
        "ReadFailureAnswer",
        "ReadTimeoutAnswer",
        "UnavailableAnswer",
        "UnpreparedAnswer",
        "WriteFailureAnswer",
        "WriteTimeoutAnswer",
    ],
    "server.frames": ["Opcode"],
    "server.notation": ["UNSET"],
    "server.priming": ["Prime"],
    "server.requests": ["ReceivedRequest"],
    "server.scripted_cluster": ["ScriptedCluster"],
    "server.scripted_schema": ["ScriptedSchema", "ScriptedTable"],
    "server.scripted_server": ["HeldAnswer", "ScriptedServer"],
    "server.system_tables": ["ClusterView", "Node"],
    "server.values": ["Raw"],
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
