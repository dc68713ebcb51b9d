"""The names of cassandra-driver that are used beside an asyncio session, in modules of the same names.

``from cassandra.query import SimpleStatement`` becomes ``from aiocql.compat.cassandra.query import SimpleStatement``.
The synchronous `Cluster` and `Session` are not among them: `aiocql.compat.async_cassandra` has theirs.
"""

from aiocql.compat.cassandra.consistency import (
    ConsistencyLevel,
    ProtocolVersion,
    WriteType,
    consistency_value_to_name,
)
from aiocql.compat.cassandra.errors import (
    AlreadyExists,
    AuthenticationFailed,
    CDCWriteFailure,
    ConfigurationException,
    CoordinationFailure,
    DriverException,
    FunctionFailure,
    InvalidRequest,
    NoHostAvailable,
    OperationTimedOut,
    ReadFailure,
    ReadTimeout,
    RequestExecutionException,
    RequestValidationException,
    Timeout,
    Unauthorized,
    Unavailable,
    UnsupportedOperation,
    WriteFailure,
    WriteTimeout,
)

__all__ = [
    "AlreadyExists",
    "AuthenticationFailed",
    "CDCWriteFailure",
    "ConfigurationException",
    "ConsistencyLevel",
    "CoordinationFailure",
    "DriverException",
    "FunctionFailure",
    "InvalidRequest",
    "NoHostAvailable",
    "OperationTimedOut",
    "ProtocolVersion",
    "ReadFailure",
    "ReadTimeout",
    "RequestExecutionException",
    "RequestValidationException",
    "Timeout",
    "Unauthorized",
    "Unavailable",
    "UnsupportedOperation",
    "WriteFailure",
    "WriteTimeout",
    "WriteType",
    "consistency_value_to_name",
]
