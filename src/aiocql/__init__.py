"""aiocql: the asyncio-native Apache Cassandra driver.

::

    async with aiocql.connect("127.0.0.1") as session:
        result = await session.execute("SELECT name, price FROM shop.item WHERE id = ?", [42])
        print(result.one())
"""

from aiocql._version import __version__
from aiocql.auth import Authenticator, PlainTextAuthenticator
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
from aiocql.metadata.host import Host
from aiocql.metadata.host_states import HostDistance, HostState
from aiocql.options import ConnectOptions, PoolOptions
from aiocql.rows import Row
from aiocql.sentinels import EMPTY, UNSET
from aiocql.session.connect import connect
from aiocql.session.options import ExecuteOptions
from aiocql.session.result import Result
from aiocql.session.session import Session
from aiocql.statements import PreparedStatement
from aiocql.tls import TLSOptions

__all__ = [
    "EMPTY",
    "UNSET",
    "AlreadyExists",
    "Attempt",
    "AuthenticationFailed",
    "Authenticator",
    "BadCredentials",
    "BatchType",
    "BusyConnection",
    "CASWriteUnknown",
    "CDCWriteFailure",
    "ChecksumMismatch",
    "CodecError",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectOptions",
    "ConnectionException",
    "ConnectionLost",
    "ConsistencyLevel",
    "DecodeError",
    "EncodeError",
    "Error",
    "ExecuteOptions",
    "FrameTooLarge",
    "FunctionFailure",
    "HeartbeatFailed",
    "Host",
    "HostDistance",
    "HostState",
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
    "RequestExecutionError",
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
    "TruncateError",
    "TruncatedError",
    "Unauthorized",
    "Unavailable",
    "Unprepared",
    "UnsupportedProtocolVersion",
    "WriteFailure",
    "WriteTimeout",
    "WriteType",
    "WrongContext",
    "__version__",
    "connect",
]
