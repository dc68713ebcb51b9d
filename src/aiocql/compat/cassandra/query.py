"""Statements, batches and row factories as cassandra-driver has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from aiocql.compat.cassandra.consistency import ConsistencyLevel
from aiocql.compat.cassandra.rows import (
    dict_factory,
    named_tuple_factory,
    ordered_dict_factory,
    tuple_factory,
)
from aiocql.compat.cassandra.trace import QueryTrace, TraceEvent, TraceUnavailable
from aiocql.enums import BatchType
from aiocql.sentinels import UNSET as UNSET_VALUE

if TYPE_CHECKING:
    from aiocql.statements import prepared as statements

__all__ = [
    "FETCH_SIZE_UNSET",
    "UNSET_VALUE",
    "BatchStatement",
    "BatchType",
    "BoundStatement",
    "ConsistencyLevel",
    "PreparedStatement",
    "QueryTrace",
    "SimpleStatement",
    "Statement",
    "TraceEvent",
    "TraceUnavailable",
    "ValueSequence",
    "dict_factory",
    "named_tuple_factory",
    "ordered_dict_factory",
    "tuple_factory",
]

FETCH_SIZE_UNSET: Any = object()
"""A statement that says nothing of its page size."""

Values = Sequence[Any] | Mapping[str, Any] | None


class ValueSequence(list[Any]):
    """Values for ``IN %s``."""


class Statement:
    """What all statements may say of how they are executed; None leaves it to the profile."""

    retry_policy: Any = None
    consistency_level: int | None = None
    serial_consistency_level: int | None = None
    fetch_size: Any = FETCH_SIZE_UNSET
    keyspace: str | None = None
    table: str | None = None
    custom_payload: Mapping[str, bytes] | None = None
    is_idempotent: bool = False
    routing_key: Any = None

    OPTIONS: ClassVar[tuple[str, ...]] = (
        "retry_policy",
        "consistency_level",
        "serial_consistency_level",
        "fetch_size",
        "keyspace",
        "custom_payload",
        "is_idempotent",
        "routing_key",
    )

    def _say(self, options: Mapping[str, Any]) -> None:
        """Keeps what was said; what was not stays the class's."""
        for name, value in options.items():
            if name not in self.OPTIONS:
                raise TypeError(f"{type(self).__name__} has no option {name!r}")
            if value is not None:
                setattr(self, name, value)


class SimpleStatement(Statement):
    """A statement as text. A `routing_key` that is the address of a host makes that host execute it."""

    def __init__(
        self,
        query_string: str,
        retry_policy: Any = None,
        consistency_level: int | None = None,
        routing_key: Any = None,
        serial_consistency_level: int | None = None,
        fetch_size: Any = FETCH_SIZE_UNSET,
        keyspace: str | None = None,
        custom_payload: Mapping[str, bytes] | None = None,
        is_idempotent: bool = False,
    ) -> None:
        self.query_string = query_string
        self.retry_policy = retry_policy
        self.consistency_level = consistency_level
        self.routing_key = routing_key
        self.serial_consistency_level = serial_consistency_level
        self.fetch_size = fetch_size
        self.keyspace = keyspace
        self.custom_payload = custom_payload
        self.is_idempotent = is_idempotent

    def __repr__(self) -> str:
        level = self.consistency_level
        name = "Not Set" if level is None else ConsistencyLevel.value_to_name[level]
        return f'<SimpleStatement query="{self.query_string}", consistency={name}>'

    __str__ = __repr__


class PreparedStatement(Statement):
    """A prepared statement. What is set on it holds for every execution that says nothing else."""

    def __init__(self, native: statements.PreparedStatement) -> None:
        self.native = native
        self.query_string = native.query

    @property
    def query_id(self) -> bytes:
        """What the server knows it by."""
        return self.native.id

    @property
    def column_metadata(self) -> Sequence[Any]:
        """The columns that its markers stand for."""
        return self.native.columns

    @property
    def routing_key_indexes(self) -> Sequence[int]:
        """The places of the partition key among the values."""
        return self.native.pk_indexes

    def bind(self, values: Values) -> BoundStatement:
        """The statement with values. Those that are missing at the end, or by name, leave their columns as they are."""
        return BoundStatement(self).bind(values)

    def __repr__(self) -> str:
        return f'<PreparedStatement query="{self.query_string}">'

    __str__ = __repr__


class BoundStatement(Statement):
    """A prepared statement with its values."""

    def __init__(self, prepared_statement: PreparedStatement, *unnamed: Any, **options: Any) -> None:
        self.prepared_statement = prepared_statement
        self.values: list[Any] = []
        for name in self.OPTIONS:
            setattr(self, name, getattr(prepared_statement, name))
        names = ("retry_policy", "consistency_level", "routing_key", "serial_consistency_level", "fetch_size")
        self._say({**dict(zip(names, unnamed, strict=False)), **options})

    def bind(self, values: Values) -> BoundStatement:
        """Takes these values. Raises ValueError (an EncodeError) for more than there are markers."""
        self.values = bound_values(self.prepared_statement.native, values)
        return self

    def __repr__(self) -> str:
        return f'<BoundStatement query="{self.prepared_statement.query_string}">'

    __str__ = __repr__


def bound_values(native: statements.PreparedStatement, values: Values) -> list[Any]:
    """Values in the order of the markers; `UNSET_VALUE` for those that are missing."""
    columns = native.columns
    if isinstance(values, Mapping):
        return [values.get(column.name, UNSET_VALUE) for column in columns]
    given = list(native.arrange(values))
    return given + [UNSET_VALUE] * (len(columns) - len(given))


class BatchStatement(Statement):
    """Several writes in one request."""

    def __init__(
        self,
        batch_type: BatchType = BatchType.LOGGED,
        retry_policy: Any = None,
        consistency_level: int | None = None,
        serial_consistency_level: int | None = None,
        session: Any = None,
        custom_payload: Mapping[str, bytes] | None = None,
    ) -> None:
        self.batch_type = batch_type
        self.retry_policy = retry_policy
        self.consistency_level = consistency_level
        self.serial_consistency_level = serial_consistency_level
        self.custom_payload = custom_payload
        self.entries: list[tuple[Any, Values]] = []

    def add(self, statement: Any, parameters: Values = None) -> BatchStatement:
        """Adds a statement of any kind, with its values. Returns the batch."""
        if not isinstance(statement, str | SimpleStatement | PreparedStatement | BoundStatement):
            raise ValueError(f"a {type(statement).__name__} is no statement for a batch")
        self.entries.append((statement, parameters))
        return self

    def add_all(self, statements: Iterable[Any], parameters: Iterable[Values]) -> BatchStatement:
        """Adds statements, each with its values."""
        for statement, values in zip(statements, parameters, strict=False):
            self.add(statement, values)
        return self

    def clear(self) -> None:
        """Takes all statements out."""
        self.entries.clear()

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<BatchStatement type={self.batch_type.name}, statements={len(self)}>"

    __str__ = __repr__
