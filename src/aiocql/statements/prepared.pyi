from collections.abc import Mapping, Sequence
from typing import Any, Generic

from typing_extensions import TypeVar

from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.responses import Prepared
from aiocql.protocol.row_decoder import RowDecoder
from aiocql.rows.row import Row
from aiocql.types.codec import Codec

_RowT_co = TypeVar("_RowT_co", default=Row, covariant=True)

def is_select(query: str) -> bool: ...
def is_lwt(query: str) -> bool: ...
def is_use(query: str) -> bool: ...

class PreparedStatement(Generic[_RowT_co]):
    query: str
    keyspace: str | None
    prepared_keyspace: str | None
    table: str | None
    id: bytes
    columns: tuple[Column, ...]
    codecs: tuple[Codec, ...]
    pk_indexes: tuple[int, ...]
    result_metadata: ResultMetadata
    result_metadata_id: bytes | None
    decoder: RowDecoder | None
    options: Any
    defaults: dict[str, Any]
    last_used: float
    stale_since: int
    is_lwt: bool
    is_select: bool
    origin: Any
    def __init__(
        self,
        query: str,
        prepared: Prepared,
        codecs: tuple[Codec, ...],
        decoder: RowDecoder | None,
        keyspace: str | None = None,
        defaults: dict[str, Any] | None = None,
        origin: Any = None,
        pk_indexes: tuple[int, ...] | None = None,
    ) -> None: ...
    @property
    def result_columns(self) -> tuple[Column, ...]: ...
    def arrange(self, values: Any) -> Sequence[Any]: ...
    def rebind(
        self, prepared: Prepared, codecs: tuple[Codec, ...], pk_indexes: tuple[int, ...] | None = None
    ) -> None: ...
    def share(self, same: dict[Any, Any]) -> None: ...
    def copy(self) -> PreparedStatement[Any]: ...
    def with_columns(
        self, columns: tuple[Column, ...], codecs: tuple[Codec, ...]
    ) -> PreparedStatement[Any]: ...
    def encode(self, values: Sequence[Any] | Mapping[str, Any]) -> tuple[bytes, int | None]: ...
