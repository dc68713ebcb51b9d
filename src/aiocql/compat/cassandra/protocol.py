"""Errors that cassandra-driver has in its `protocol` module."""

from aiocql.compat.cassandra.errors import (
    OverloadedErrorMessage,
    ServerErrorMessage,
    SyntaxException,
)

__all__ = ["OverloadedErrorMessage", "ServerError", "ServerErrorMessage", "SyntaxException"]

ServerError = ServerErrorMessage
