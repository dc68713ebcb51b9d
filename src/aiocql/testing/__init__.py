"""Instruments for tests: scripted servers and clusters, a fault proxy, stepped loops, a real local cluster.

Names are imported when they are first asked for, so that one instrument does not bring the others with it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiocql.testing.cassandra.cluster import CassandraCluster as CassandraCluster
    from aiocql.testing.cassandra.containers import ContainerCluster as ContainerCluster
    from aiocql.testing.cassandra.node import CassandraNode as CassandraNode
    from aiocql.testing.certificates import Certificate as Certificate
    from aiocql.testing.certificates import CertificateAuthority as CertificateAuthority
    from aiocql.testing.errors import ClusterTimeout as ClusterTimeout
    from aiocql.testing.errors import ContainerEngineError as ContainerEngineError
    from aiocql.testing.errors import JarsNotAvailable as JarsNotAvailable
    from aiocql.testing.errors import LauncherError as LauncherError
    from aiocql.testing.errors import NodeStartFailed as NodeStartFailed
    from aiocql.testing.errors import NodetoolFailed as NodetoolFailed
    from aiocql.testing.errors import ToolNotFound as ToolNotFound
    from aiocql.testing.loop.memory_loop import MemoryLoop as MemoryLoop
    from aiocql.testing.loop.memory_loop import MemoryNetwork as MemoryNetwork
    from aiocql.testing.loop.pipes import PipeTransport as PipeTransport
    from aiocql.testing.loop.pipes import connect_pipe as connect_pipe
    from aiocql.testing.loop.stepping import Outcome as Outcome
    from aiocql.testing.loop.stepping import Victim as Victim
    from aiocql.testing.loop.stepping import cancel_at_every_step as cancel_at_every_step
    from aiocql.testing.loop.virtual_time import LeftBehind as LeftBehind
    from aiocql.testing.loop.virtual_time import LoopStuck as LoopStuck
    from aiocql.testing.loop.virtual_time import VirtualTimeLoop as VirtualTimeLoop
    from aiocql.testing.loop.virtual_time import run_virtual as run_virtual
    from aiocql.testing.proxy.fault_proxy import FaultProxy as FaultProxy
    from aiocql.testing.proxy.fault_proxy import ProxyConnection as ProxyConnection
    from aiocql.testing.proxy.fault_proxy import Rule as Rule
    from aiocql.testing.proxy.faults import BlackHole as BlackHole
    from aiocql.testing.proxy.faults import Cut as Cut
    from aiocql.testing.proxy.faults import Delay as Delay
    from aiocql.testing.proxy.faults import Drip as Drip
    from aiocql.testing.proxy.faults import Fault as Fault
    from aiocql.testing.proxy.faults import Flip as Flip
    from aiocql.testing.proxy.faults import Reset as Reset
    from aiocql.testing.proxy.faults import Stall as Stall
    from aiocql.testing.proxy.faults import Truncate as Truncate
    from aiocql.testing.server.answers import Answer as Answer
    from aiocql.testing.server.answers import AuthChallenge as AuthChallenge
    from aiocql.testing.server.answers import Authenticate as Authenticate
    from aiocql.testing.server.answers import AuthSuccess as AuthSuccess
    from aiocql.testing.server.answers import NoAnswer as NoAnswer
    from aiocql.testing.server.answers import Prepared as Prepared
    from aiocql.testing.server.answers import RawAnswer as RawAnswer
    from aiocql.testing.server.answers import Ready as Ready
    from aiocql.testing.server.answers import Rows as Rows
    from aiocql.testing.server.answers import SchemaChange as SchemaChange
    from aiocql.testing.server.answers import SchemaChangeEvent as SchemaChangeEvent
    from aiocql.testing.server.answers import SetKeyspace as SetKeyspace
    from aiocql.testing.server.answers import StatusChange as StatusChange
    from aiocql.testing.server.answers import Supported as Supported
    from aiocql.testing.server.answers import TopologyChange as TopologyChange
    from aiocql.testing.server.answers import Void as Void
    from aiocql.testing.server.auth import challenges as challenges
    from aiocql.testing.server.auth import endless_challenges as endless_challenges
    from aiocql.testing.server.auth import plain_text as plain_text
    from aiocql.testing.server.cql_types import tuple_of as tuple_of
    from aiocql.testing.server.cql_types import udt as udt
    from aiocql.testing.server.error_answers import AlreadyExistsAnswer as AlreadyExistsAnswer
    from aiocql.testing.server.error_answers import CasWriteUnknownAnswer as CasWriteUnknownAnswer
    from aiocql.testing.server.error_answers import ErrorAnswer as ErrorAnswer
    from aiocql.testing.server.error_answers import FunctionFailureAnswer as FunctionFailureAnswer
    from aiocql.testing.server.error_answers import ReadFailureAnswer as ReadFailureAnswer
    from aiocql.testing.server.error_answers import ReadTimeoutAnswer as ReadTimeoutAnswer
    from aiocql.testing.server.error_answers import UnavailableAnswer as UnavailableAnswer
    from aiocql.testing.server.error_answers import UnpreparedAnswer as UnpreparedAnswer
    from aiocql.testing.server.error_answers import WriteFailureAnswer as WriteFailureAnswer
    from aiocql.testing.server.error_answers import WriteTimeoutAnswer as WriteTimeoutAnswer
    from aiocql.testing.server.frames import Opcode as Opcode
    from aiocql.testing.server.notation import UNSET as UNSET
    from aiocql.testing.server.priming import Prime as Prime
    from aiocql.testing.server.requests import ReceivedRequest as ReceivedRequest
    from aiocql.testing.server.scripted_cluster import ScriptedCluster as ScriptedCluster
    from aiocql.testing.server.scripted_schema import ScriptedSchema as ScriptedSchema
    from aiocql.testing.server.scripted_schema import ScriptedTable as ScriptedTable
    from aiocql.testing.server.scripted_server import HeldAnswer as HeldAnswer
    from aiocql.testing.server.scripted_server import ScriptedServer as ScriptedServer
    from aiocql.testing.server.system_tables import ClusterView as ClusterView
    from aiocql.testing.server.system_tables import Node as Node
    from aiocql.testing.server.values import Raw as Raw

_MODULES = {
    "certificates": ["Certificate", "CertificateAuthority"],
    "cassandra.cluster": ["CassandraCluster"],
    "cassandra.containers": ["ContainerCluster"],
    "errors": [
        "ClusterTimeout",
        "ContainerEngineError",
        "JarsNotAvailable",
        "LauncherError",
        "NodeStartFailed",
        "NodetoolFailed",
        "ToolNotFound",
    ],
    "cassandra.node": ["CassandraNode"],
    "proxy.faults": ["BlackHole", "Cut", "Delay", "Drip", "Fault", "Flip", "Reset", "Stall", "Truncate"],
    "loop.memory_loop": ["MemoryLoop", "MemoryNetwork"],
    "loop.pipes": ["PipeTransport", "connect_pipe"],
    "proxy.fault_proxy": ["FaultProxy", "ProxyConnection", "Rule"],
    "loop.stepping": ["Outcome", "Victim", "cancel_at_every_step"],
    "loop.virtual_time": ["LeftBehind", "LoopStuck", "VirtualTimeLoop", "run_virtual"],
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
    "server.auth": ["challenges", "endless_challenges", "plain_text"],
    "server.scripted_cluster": ["ScriptedCluster"],
    "server.scripted_schema": ["ScriptedSchema", "ScriptedTable"],
    "server.scripted_server": ["HeldAnswer", "ScriptedServer"],
    "server.system_tables": ["ClusterView", "Node"],
    "server.values": ["Raw"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
