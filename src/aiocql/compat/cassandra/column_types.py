"""CQL types as the classes of `cassandra.cqltypes`, which shells and tools look at."""

from __future__ import annotations

from typing import Any

from aiocql.types import descriptors

__all__ = ["driver_type"]


def driver_type(kind: Any) -> Any:
    """Return the class for a type; the type itself where cassandra-driver is not installed."""
    try:
        from cassandra import cqltypes
    except ImportError:
        return kind
    return _class_of(kind, cqltypes)


def _class_of(kind: Any, types: Any) -> Any:
    def inner(*kinds: Any) -> list[Any]:
        return [_class_of(each, types) for each in kinds]

    if isinstance(kind, descriptors.UserType):
        return types.UserType.make_udt_class(
            kind.keyspace, kind.name, kind.field_names, tuple(inner(*kind.field_types))
        )
    if isinstance(kind, descriptors.TupleType):
        return types.TupleType.apply_parameters(inner(*kind.elements))
    if isinstance(kind, descriptors.MapType):
        return types.MapType.apply_parameters(inner(kind.key, kind.value))
    if isinstance(kind, descriptors.ListType):
        return types.ListType.apply_parameters(inner(kind.element))
    if isinstance(kind, descriptors.SetType):
        return types.SetType.apply_parameters(inner(kind.element))
    if isinstance(kind, descriptors.VectorType):
        return types.VectorType.apply_parameters([*inner(kind.element), kind.dimensions], None)
    return types._cqltypes.get(str(kind), types.BytesType)
