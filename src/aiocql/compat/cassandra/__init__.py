"""The synchronous API of cassandra-driver, in modules of the same names.

``from cassandra.cluster import Cluster`` becomes ``from aiocql.compat.cassandra.cluster import Cluster``.
`aiocql.compat.install()` does it for a whole program.
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
