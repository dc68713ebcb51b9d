"""aiocql: the asyncio-native Apache Cassandra driver.

::

    async with aiocql.connect("127.0.0.1") as session:
        result = await session.execute("SELECT name, price FROM shop.item WHERE id = ?", [42])
        print(result.one())
"""

import logging
from typing import TYPE_CHECKING, Any

from aiocql._version import __version__
from aiocql.enums import BatchType, ConsistencyLevel, WriteType
from aiocql.errors import (
    AlreadyExists,
    Attempt,
    AuthenticationFailed,
    BadCredentials,
    BusyConnection,
    CASWriteUnknown,
    CDCWriteFailure,
    ChecksumMismatch,
    CodecError,
    ConfigurationError,
    ConnectFailed,
    ConnectionException,
    ConnectionLost,
    DecodeError,
    EncodeError,
    Error,
    FrameTooLarge,
    FunctionFailure,
    HeartbeatFailed,
    InterfaceError,
    InternalServerError,
    InvalidConfiguration,
    InvalidRequest,
    IsBootstrapping,
    MorePagesError,
    NoHostAvailable,
    OperationTimedOut,
    Overloaded,
    ProtocolError,
    ReadFailure,
    ReadTimeout,
    RequestExecutionError,
    RequestThrottled,
    RequestValidationError,
    ServerError,
    ServerProtocolError,
    SessionClosed,
    SyntaxException,
    TLSFailed,
    TruncatedError,
    TruncateError,
    Unauthorized,
    Unavailable,
    Unprepared,
    UnsupportedProtocolVersion,
    WriteFailure,
    WriteTimeout,
    WrongContext,
)
from aiocql.sentinels import EMPTY, UNSET

if TYPE_CHECKING:
    from aiocql.cluster.events import ClusterEvent, EventKind
    from aiocql.columns.batch import RecordBatch
    from aiocql.columns.table import Table
    from aiocql.execution.call_options import ExecuteOptions
    from aiocql.monitoring.monitor import ConnectionMonitor
    from aiocql.nodes.host import Host
    from aiocql.nodes.states import HostDistance, HostState
    from aiocql.options.auth import Authenticator, PlainTextAuthenticator
    from aiocql.options.connect import ConnectOptions
    from aiocql.options.pool import PoolOptions
    from aiocql.options.profile import ExecutionProfile
    from aiocql.options.tls import InsecureTLSWarning, TLSOptions
    from aiocql.policies.reconnection import (
        ConstantReconnectionPolicy,
        ExponentialReconnectionPolicy,
        ReconnectionPolicy,
    )
    from aiocql.results.result import Result
    from aiocql.rows.row import Row
    from aiocql.session.connect import connect
    from aiocql.session.session import Session
    from aiocql.statements.prepared import PreparedStatement
    from aiocql.types.arrow import ArrowTypes
    from aiocql.types.containers import CqlMap, CqlSet
    from aiocql.types.registry import CodecRegistry, ValueCodec
    from aiocql.types.timeuuid import (
        datetime_from_uuid1,
        max_uuid_from_time,
        min_uuid_from_time,
        uuid_from_time,
    )
    from aiocql.types.values import Date, Duration, Time, Timestamp

# Errors, enumerations and sentinels are there at once. What stands on the compiled core, and what not every program
# needs, comes when it is first asked for: a program that only names aiocql, for `--help` or for its annotations, does
# not wait for it.
_LAZY = {
    "ArrowTypes": "types.arrow",
    "Authenticator": "options.auth",
    "ClusterEvent": "cluster.events",
    "CodecRegistry": "types.registry",
    "ConnectOptions": "options.connect",
    "ConnectionMonitor": "monitoring.monitor",
    "ConstantReconnectionPolicy": "policies.reconnection",
    "CqlMap": "types.containers",
    "CqlSet": "types.containers",
    "Date": "types.values",
    "Duration": "types.values",
    "EventKind": "cluster.events",
    "ExecuteOptions": "execution.call_options",
    "ExecutionProfile": "options.profile",
    "ExponentialReconnectionPolicy": "policies.reconnection",
    "Host": "nodes.host",
    "HostDistance": "nodes.states",
    "HostState": "nodes.states",
    "InsecureTLSWarning": "options.tls",
    "PlainTextAuthenticator": "options.auth",
    "PoolOptions": "options.pool",
    "PreparedStatement": "statements.prepared",
    "RecordBatch": "columns.batch",
    "ReconnectionPolicy": "policies.reconnection",
    "Result": "results.result",
    "Row": "rows.row",
    "Session": "session.session",
    "TLSOptions": "options.tls",
    "Table": "columns.table",
    "Time": "types.values",
    "Timestamp": "types.values",
    "ValueCodec": "types.registry",
    "connect": "session.connect",
    "datetime_from_uuid1": "types.timeuuid",
    "max_uuid_from_time": "types.timeuuid",
    "min_uuid_from_time": "types.timeuuid",
    "uuid_from_time": "types.timeuuid",
}


# Nothing is printed unless the application configures logging.
logging.getLogger("aiocql").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'aiocql' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"aiocql.{module}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


__all__ = [
    "EMPTY",
    "UNSET",
    "AlreadyExists",
    "ArrowTypes",
    "Attempt",
    "AuthenticationFailed",
    "Authenticator",
    "BadCredentials",
    "BatchType",
    "BusyConnection",
    "CASWriteUnknown",
    "CDCWriteFailure",
    "ChecksumMismatch",
    "ClusterEvent",
    "CodecError",
    "CodecRegistry",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectOptions",
    "ConnectionException",
    "ConnectionLost",
    "ConnectionMonitor",
    "ConsistencyLevel",
    "ConstantReconnectionPolicy",
    "CqlMap",
    "CqlSet",
    "Date",
    "DecodeError",
    "Duration",
    "EncodeError",
    "Error",
    "EventKind",
    "ExecuteOptions",
    "ExecutionProfile",
    "ExponentialReconnectionPolicy",
    "FrameTooLarge",
    "FunctionFailure",
    "HeartbeatFailed",
    "Host",
    "HostDistance",
    "HostState",
    "InsecureTLSWarning",
    "InterfaceError",
    "InternalServerError",
    "InvalidConfiguration",
    "InvalidRequest",
    "IsBootstrapping",
    "MorePagesError",
    "NoHostAvailable",
    "OperationTimedOut",
    "Overloaded",
    "PlainTextAuthenticator",
    "PoolOptions",
    "PreparedStatement",
    "ProtocolError",
    "ReadFailure",
    "ReadTimeout",
    "ReconnectionPolicy",
    "RecordBatch",
    "RequestExecutionError",
    "RequestThrottled",
    "RequestValidationError",
    "Result",
    "Row",
    "ServerError",
    "ServerProtocolError",
    "Session",
    "SessionClosed",
    "SyntaxException",
    "TLSFailed",
    "TLSOptions",
    "Table",
    "Time",
    "Timestamp",
    "TruncateError",
    "TruncatedError",
    "Unauthorized",
    "Unavailable",
    "Unprepared",
    "UnsupportedProtocolVersion",
    "ValueCodec",
    "WriteFailure",
    "WriteTimeout",
    "WriteType",
    "WrongContext",
    "__version__",
    "connect",
    "datetime_from_uuid1",
    "max_uuid_from_time",
    "min_uuid_from_time",
    "uuid_from_time",
]
