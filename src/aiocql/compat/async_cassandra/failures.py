"""async-cassandra's rule for errors.

Those of cassandra-driver pass, a closed session is a ConnectionError, all others are QueryErrors.
"""

from __future__ import annotations

from typing import NoReturn

from aiocql.compat.async_cassandra.exceptions import ConnectionError, QueryError
from aiocql.compat.cassandra.errors import DriverException, translated
from aiocql.errors import CodecError, ConnectionException, Error, ProtocolError, ServerError, SessionClosed

__all__ = ["raise_as_there"]


def raise_as_there(error: Exception, what: str) -> NoReturn:
    """Raises cassandra-driver's exception for an error; where it has none, a QueryError that says `what` failed."""
    if isinstance(error, SessionClosed):
        raise ConnectionError("Session is closed", cause=error) from error
    other = translated(error)
    passes = isinstance(other, DriverException | ServerError | ConnectionException | ProtocolError)
    if isinstance(other, CodecError) or not (passes or isinstance(other, TimeoutError)):
        text = error.message if isinstance(error, Error) else str(error)
        if isinstance(error, Error) and error.hint:
            text += f" ({error.hint})"
        raise QueryError(f"{what}: {text}", cause=error) from error
    raise other from (None if other is error else error)
