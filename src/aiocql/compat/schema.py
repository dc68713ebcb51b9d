"""The schema as objects of cassandra-driver: its own parser reads the tables of `system_schema` over aiocql."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiocql.compat.cassandra.metadata import Metadata

__all__ = ["read_keyspaces"]

_read: WeakKeyDictionary[Metadata, tuple[Any, Mapping[str, Any]]] = WeakKeyDictionary()


class _Rows(NamedTuple):
    column_names: list[str]
    parsed_rows: list[Any]


class _Connection:
    """What the parser needs of a connection."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def wait_for_response(self, message: Any, *_: Any, **__: Any) -> _Rows:
        assert self._metadata.query is not None
        result = self._metadata.query(message.query)
        return _Rows([column.name for column in result.columns], result.rows)

    def wait_for_responses(self, *messages: Any, fail_on_error: bool = True, **_: Any) -> list[Any]:
        found: list[Any] = []
        for message in messages:
            try:
                rows = self.wait_for_response(message)
            except Exception as error:
                if fail_on_error:
                    raise
                found.append((False, error))
            else:
                found.append(rows if fail_on_error else (True, rows))
        return found


def read_keyspaces(metadata: Metadata) -> Mapping[str, Any]:
    """Return the keyspaces by name; they are read again after a change of the schema."""
    from cassandra.metadata import Metadata as DriverMetadata
    from cassandra.metadata import get_schema_parser

    known = _read.get(metadata)
    schema = metadata.schema
    if known is not None and known[0] is schema:
        return known[1]
    hosts = metadata.all_hosts()
    version = next((host.release_version for host in hosts if host.release_version), "4.0.0")
    parser = get_schema_parser(_Connection(metadata), version, None, 30.0)
    made = DriverMetadata()
    made._rebuild_all(parser)
    _read[metadata] = schema, made.keyspaces
    return made.keyspaces  # type: ignore[no-any-return]
