"""The keywords of `connect`, for type checkers: what each may be given as. `ConnectOptions` says what they mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

if TYPE_CHECKING:
    from ssl import SSLContext
    from uuid import UUID

    from aiocql.enums import ConsistencyLevel
    from aiocql.nodes.host import Host
    from aiocql.options.auth import Auth
    from aiocql.options.pool import PoolOptions
    from aiocql.options.profile import ExecutionProfile
    from aiocql.options.tls import TLSOptions
    from aiocql.policies.load_balancing import SupportsPlan
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.policies.retry import RetryPolicy
    from aiocql.policies.speculative import SpeculativeExecutionPolicy
    from aiocql.types.registry import CodecRegistry

__all__ = ["ConnectKeywords", "SharedKeywords"]


class Translator(Protocol):
    """An address translator of one's own."""

    def translate(self, address: str, port: int, /) -> tuple[str, int]:
        """Where to connect instead; the same for no change."""


AddressTranslation = (
    Callable[[str, int], tuple[str, int]] | Mapping[str, Any] | Mapping[tuple[str, int], Any] | Translator
)


class SharedKeywords(TypedDict, total=False):
    """The keywords of `connect` that do not say what it gives."""

    port: int
    keyspace: str | None
    local_datacenter: str | None
    auth: Auth | None
    allow_plaintext_auth: bool
    allowed_authenticators: Collection[str]
    ssl: TLSOptions | SSLContext | bool | None
    protocol_version: int | None
    compression: Literal["lz4", "snappy"] | None
    pool: PoolOptions
    consistency_level: ConsistencyLevel | str
    serial_consistency_level: ConsistencyLevel | str | None
    page_size: int | None
    idempotent: bool | None
    request_timeout: float | None
    attempt_timeout: float | None
    connect_timeout: float
    heartbeat_interval: float | None
    heartbeat_timeout: float
    load_balancing: SupportsPlan | None
    retry: RetryPolicy | None
    reconnection: ReconnectionPolicy | None
    speculative: SpeculativeExecutionPolicy | None
    profiles: Mapping[str, ExecutionProfile | Mapping[str, Any]]
    address_translator: AddressTranslation | None
    host_filter: Callable[[Host], bool] | Iterable[str] | None
    schema_agreement_timeout: float
    topology_refresh_interval: float | None
    codecs: CodecRegistry | None
    batch_size_warn_threshold: int | None
    max_concurrent_requests: int | None
    max_requests_per_second: float | None
    max_throttled_requests: int
    slow_query_threshold: float | None
    max_frame_size: int
    prepared_cache_size: int
    schema_metadata: bool
    application_name: str | None
    application_version: str | None
    client_id: UUID | None


class ConnectKeywords(SharedKeywords, total=False):
    """The keywords of `connect`."""

    into: Any
