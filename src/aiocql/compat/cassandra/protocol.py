"""Errors that cassandra-driver has in its `protocol` module."""

from aiocql.compat.cassandra.errors import (
    ErrorMessage,
    InternalError,
    OverloadedErrorMessage,
    ServerErrorMessage,
    SyntaxException,
)

__all__ = [
    "ErrorMessage",
    "InternalError",
    "OverloadedErrorMessage",
    "ServerError",
    "ServerErrorMessage",
    "SyntaxException",
]

ServerError = ServerErrorMessage
