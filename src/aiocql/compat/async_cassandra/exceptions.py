"""async-cassandra's exceptions. Two have the names of builtins, as they have there."""

from __future__ import annotations

__all__ = [
    "AsyncCassandraError",
    "AuthenticationError",
    "ConfigurationError",
    "ConnectionError",
    "QueryError",
    "TimeoutError",
]


class AsyncCassandraError(Exception):
    """Base of them; `cause` is the error behind it, where there is one."""

    def __init__(self, message: str, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self.cause = cause


class ConnectionError(AsyncCassandraError):
    """The cluster cannot be reached, or the session or cluster is closed."""


class QueryError(AsyncCassandraError):
    """A request failed for a reason that cassandra-driver has no exception for."""


class TimeoutError(AsyncCassandraError):
    """Kept for ``except``: timeouts are `cassandra.OperationTimedOut`, which is the builtin TimeoutError too."""


class AuthenticationError(AsyncCassandraError):
    """Kept for ``except``: see `cassandra.AuthenticationFailed`, the cause of a ConnectionError."""


class ConfigurationError(AsyncCassandraError):
    """An option that cannot be right."""
