"""What opening a connection needs to know, the same for all connections of a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiocql.options import ConnectOptions
    from aiocql.tls import TLSContexts

__all__ = ["ConnectionSettings"]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """`options` as the user gave them, and what is made of them once a session."""

    options: ConnectOptions
    tls: TLSContexts | None = None
    startup: Mapping[str, str] = field(default_factory=dict)
    make_decoder: Any = None

    @property
    def limit(self) -> int:
        """Requests in flight on one connection."""
        return self.options.pool.max_requests_per_connection
