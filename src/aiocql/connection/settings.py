"""What opening a connection needs to know, the same for all connections of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiocql.options.connect import ConnectOptions
    from aiocql.options.tls import TLSContexts

__all__ = ["ConnectionSettings"]


class ConnectionSettings:
    """`options` as the user gave them, and what is made of them once a session."""

    __slots__ = ("options", "startup", "tls")

    def __init__(
        self,
        options: ConnectOptions,
        tls: TLSContexts | None = None,
        startup: Mapping[str, str] | None = None,
    ) -> None:
        self.options = options
        self.tls = tls
        self.startup = startup or {}

    @property
    def limit(self) -> int:
        """Requests in flight on one connection."""
        return self.options.pool.max_requests_per_connection
