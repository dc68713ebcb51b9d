"""What columns are called and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, overload

from aiocql.columns.export import schema_capsule
from aiocql.columns.layout import Layout

if TYPE_CHECKING:
    from aiocql.types.descriptors import CqlType

__all__ = ["Field", "Schema"]


class Field:
    """A column's name, its CQL type and its Arrow type (as a format string of Arrow's C data interface)."""

    __slots__ = ("layout", "name")

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout

    @property
    def cql_type(self) -> CqlType:
        """The CQL type; `str()` prints it as CQL does."""
        assert self.layout.cql_type is not None
        return self.layout.cql_type

    @property
    def format(self) -> str:
        """The Arrow type: ``"l"`` is int64, ``"u"`` utf8, ``"tsm:UTC"`` a timestamp in milliseconds."""
        return self.layout.format

    @property
    def metadata(self) -> Mapping[str, str]:
        """The field's metadata; ``cql.type`` is the CQL type."""
        return {key.decode(): value.decode() for key, value in self.layout.metadata}

    def __arrow_c_schema__(self) -> object:
        return schema_capsule(self.layout, self.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return self.name == other.name and self.layout == other.layout

    def __hash__(self) -> int:
        return hash((self.name, self.layout))

    def __repr__(self) -> str:
        return f"<Field {self.name} {self.cql_type}>"


class Schema:
    """The fields of a table, in order. Names can occur twice."""

    __slots__ = ("fields", "layout")

    def __init__(self, fields: Iterable[Field]) -> None:
        self.fields = tuple(fields)
        self.layout = Layout(
            None,
            "struct",
            "+s",
            "table",
            names=[field.name for field in self.fields],
            children=[field.layout for field in self.fields],
            nullable=False,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names."""
        return self.layout.names

    def index(self, name: str) -> int:
        """Return the position of the first field with this name; raises KeyError."""
        try:
            return self.names.index(name)
        except ValueError:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(self.names)}") from None

    def __arrow_c_schema__(self) -> object:
        return schema_capsule(self.layout)

    @overload
    def __getitem__(self, key: int | str) -> Field: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Field, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Field | tuple[Field, ...]:
        return self.fields[self.index(key) if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __eq__(self, other: object) -> bool:
        return self.fields == other.fields if isinstance(other, Schema) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fields)

    def __repr__(self) -> str:
        return f"<Schema {', '.join(f'{field.name} {field.cql_type}' for field in self.fields)}>"
