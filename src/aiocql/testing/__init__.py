"""Instruments for tests: scripted servers and clusters, a fault proxy, stepped loops, a real local cluster.

Names are imported when they are first asked for, so that one instrument does not bring the others with it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiocql.testing.answers import Answer as Answer
    from aiocql.testing.answers import AuthChallenge as AuthChallenge
    from aiocql.testing.answers import Authenticate as Authenticate
    from aiocql.testing.answers import AuthSuccess as AuthSuccess
    from aiocql.testing.answers import NoAnswer as NoAnswer
    from aiocql.testing.answers import Prepared as Prepared
    from aiocql.testing.answers import RawAnswer as RawAnswer
    from aiocql.testing.answers import Ready as Ready
    from aiocql.testing.answers import Rows as Rows
    from aiocql.testing.answers import SchemaChange as SchemaChange
    from aiocql.testing.answers import SchemaChangeEvent as SchemaChangeEvent
    from aiocql.testing.answers import SetKeyspace as SetKeyspace
    from aiocql.testing.answers import StatusChange as StatusChange
    from aiocql.testing.answers import Supported as Supported
    from aiocql.testing.answers import TopologyChange as TopologyChange
    from aiocql.testing.answers import Void as Void
    from aiocql.testing.certificates import Certificate as Certificate
    from aiocql.testing.certificates import CertificateAuthority as CertificateAuthority
    from aiocql.testing.cluster import CassandraCluster as CassandraCluster
    from aiocql.testing.containers import ContainerCluster as ContainerCluster
    from aiocql.testing.cql_types import tuple_of as tuple_of
    from aiocql.testing.cql_types import udt as udt
    from aiocql.testing.error_answers import AlreadyExistsAnswer as AlreadyExistsAnswer
    from aiocql.testing.error_answers import CasWriteUnknownAnswer as CasWriteUnknownAnswer
    from aiocql.testing.error_answers import ErrorAnswer as ErrorAnswer
    from aiocql.testing.error_answers import FunctionFailureAnswer as FunctionFailureAnswer
    from aiocql.testing.error_answers import ReadFailureAnswer as ReadFailureAnswer
    from aiocql.testing.error_answers import ReadTimeoutAnswer as ReadTimeoutAnswer
    from aiocql.testing.error_answers import UnavailableAnswer as UnavailableAnswer
    from aiocql.testing.error_answers import UnpreparedAnswer as UnpreparedAnswer
    from aiocql.testing.error_answers import WriteFailureAnswer as WriteFailureAnswer
    from aiocql.testing.error_answers import WriteTimeoutAnswer as WriteTimeoutAnswer
    from aiocql.testing.errors import ClusterTimeout as ClusterTimeout
    from aiocql.testing.errors import ContainerEngineError as ContainerEngineError
    from aiocql.testing.errors import JarsNotAvailable as JarsNotAvailable
    from aiocql.testing.errors import LauncherError as LauncherError
    from aiocql.testing.errors import NodeStartFailed as NodeStartFailed
    from aiocql.testing.errors import NodetoolFailed as NodetoolFailed
    from aiocql.testing.errors import ToolNotFound as ToolNotFound
    from aiocql.testing.faults import BlackHole as BlackHole
    from aiocql.testing.faults import Cut as Cut
    from aiocql.testing.faults import Delay as Delay
    from aiocql.testing.faults import Drip as Drip
    from aiocql.testing.faults import Fault as Fault
    from aiocql.testing.faults import Flip as Flip
    from aiocql.testing.faults import Reset as Reset
    from aiocql.testing.faults import Stall as Stall
    from aiocql.testing.faults import Truncate as Truncate
    from aiocql.testing.frames import Opcode as Opcode
    from aiocql.testing.memory_loop import MemoryLoop as MemoryLoop
    from aiocql.testing.memory_loop import MemoryNetwork as MemoryNetwork
    from aiocql.testing.node import CassandraNode as CassandraNode
    from aiocql.testing.notation import UNSET as UNSET
    from aiocql.testing.pipes import PipeTransport as PipeTransport
    from aiocql.testing.pipes import connect_pipe as connect_pipe
    from aiocql.testing.priming import Prime as Prime
    from aiocql.testing.proxy import FaultProxy as FaultProxy
    from aiocql.testing.proxy import ProxyConnection as ProxyConnection
    from aiocql.testing.proxy import Rule as Rule
    from aiocql.testing.requests import ReceivedRequest as ReceivedRequest
    from aiocql.testing.scripted_auth import challenges as challenges
    from aiocql.testing.scripted_auth import endless_challenges as endless_challenges
    from aiocql.testing.scripted_auth import plain_text as plain_text
    from aiocql.testing.scripted_cluster import ScriptedCluster as ScriptedCluster
    from aiocql.testing.scripted_schema import ScriptedSchema as ScriptedSchema
    from aiocql.testing.scripted_schema import ScriptedTable as ScriptedTable
    from aiocql.testing.scripted_server import HeldAnswer as HeldAnswer
    from aiocql.testing.scripted_server import ScriptedServer as ScriptedServer
    from aiocql.testing.stepping import Outcome as Outcome
    from aiocql.testing.stepping import Victim as Victim
    from aiocql.testing.stepping import cancel_at_every_step as cancel_at_every_step
    from aiocql.testing.system_tables import ClusterView as ClusterView
    from aiocql.testing.system_tables import Node as Node
    from aiocql.testing.values import Raw as Raw
    from aiocql.testing.virtual_time import LeftBehind as LeftBehind
    from aiocql.testing.virtual_time import LoopStuck as LoopStuck
    from aiocql.testing.virtual_time import VirtualTimeLoop as VirtualTimeLoop
    from aiocql.testing.virtual_time import run_virtual as run_virtual

_MODULES = {
    "certificates": ["Certificate", "CertificateAuthority"],
    "cluster": ["CassandraCluster"],
    "containers": ["ContainerCluster"],
    "errors": [
        "ClusterTimeout",
        "ContainerEngineError",
        "JarsNotAvailable",
        "LauncherError",
        "NodeStartFailed",
        "NodetoolFailed",
        "ToolNotFound",
    ],
    "node": ["CassandraNode"],
    "faults": ["BlackHole", "Cut", "Delay", "Drip", "Fault", "Flip", "Reset", "Stall", "Truncate"],
    "memory_loop": ["MemoryLoop", "MemoryNetwork"],
    "pipes": ["PipeTransport", "connect_pipe"],
    "proxy": ["FaultProxy", "ProxyConnection", "Rule"],
    "stepping": ["Outcome", "Victim", "cancel_at_every_step"],
    "virtual_time": ["LeftBehind", "LoopStuck", "VirtualTimeLoop", "run_virtual"],
    "answers": [
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
    "cql_types": ["tuple_of", "udt"],
    "error_answers": [
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
    "frames": ["Opcode"],
    "notation": ["UNSET"],
    "priming": ["Prime"],
    "requests": ["ReceivedRequest"],
    "scripted_auth": ["challenges", "endless_challenges", "plain_text"],
    "scripted_cluster": ["ScriptedCluster"],
    "scripted_schema": ["ScriptedSchema", "ScriptedTable"],
    "scripted_server": ["HeldAnswer", "ScriptedServer"],
    "system_tables": ["ClusterView", "Node"],
    "values": ["Raw"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
