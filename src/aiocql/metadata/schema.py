"""The schema: keyspaces with their tables, views, types, functions and aggregates.

A `Schema` is a snapshot: a change makes another one, which shares every keyspace that did not change. Rows are kept as
they came and understood when somebody asks: most applications never look at most of their schema.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiocql.metadata.cql_text import literal, map_literal
from aiocql.metadata.record import FrozenMapping, Record, name_order, named
from aiocql.metadata.replication import ReplicationStrategy, parse_replication
from aiocql.metadata.schema_rows import IS_VIRTUAL, SCHEMA_TABLES, TABLE_COLUMNS, SchemaRows
from aiocql.metadata.table_options import is_before_4
from aiocql.types.descriptors import CqlType, UserType
from aiocql.types.names import parse_cql_type

# What rows become is imported when they are asked for as well: connecting takes no more of a schema than its names
# and its replication.
if TYPE_CHECKING:
    from aiocql.metadata.functions import AggregateMetadata, FunctionMetadata, UserTypeMetadata
    from aiocql.metadata.indexes import IndexMetadata
    from aiocql.metadata.table_reader import TableReader
    from aiocql.metadata.tables import TableMetadata, ViewMetadata

__all__ = ["KeyspaceMetadata", "Schema", "schema_steps"]

Row = Mapping[str, Any]

STEP = 2000
LOCAL = {"class": "org.apache.cassandra.locator.LocalStrategy"}


class Schema(FrozenMapping["KeyspaceMetadata"]):
    """All keyspaces by name."""

    __slots__ = ()

    def with_keyspace(self, name: str, keyspace: KeyspaceMetadata | None) -> Schema:
        """The schema with this keyspace in place of the one before; None: without it."""
        keyspaces = {other: each for other, each in self.items() if other != name}
        if keyspace is not None:
            keyspaces[name] = keyspace
        return Schema(keyspaces)

    def export_as_cql(self) -> str:
        """The statements that make all keyspaces but those of the server itself."""
        own = [name for name in self if name != "system" and not name.startswith("system_")]
        return "\n\n".join(self[name].export_as_cql() for name in sorted(own, key=name_order))

    def __repr__(self) -> str:
        return f"<Schema {len(self)} keyspaces>"


def schema_steps(rows: SchemaRows) -> Generator[None, None, Schema]:
    """Builds a `Schema` from the rows of all tables; a generator that returns it."""
    grouped: dict[str, SchemaRows] = {}
    done = 0
    for row in rows.get("keyspaces", ()):
        grouped[row["keyspace_name"]] = {table: [] for table in SCHEMA_TABLES}
        grouped[row["keyspace_name"]]["keyspaces"].append(row)
    for table in SCHEMA_TABLES[1:]:
        for row in rows.get(table, ()):
            done += 1
            if done % STEP == 0:
                yield
            found = grouped.get(row["keyspace_name"])
            # A table of a keyspace that is not there: dropped or made between two of the queries.
            if found is not None:
                found[table].append(row)
    return Schema({name: KeyspaceMetadata(found) for name, found in grouped.items()})


class KeyspaceMetadata(Record):
    """A keyspace and what is in it. Each mapping is by name; functions and aggregates are by signature.

    Tables of a virtual keyspace (``system_views``) show the state of the node that answers; nothing is stored.
    """

    name: str
    is_virtual: bool
    durable_writes: bool
    replication: ReplicationStrategy

    def __init__(self, rows: SchemaRows) -> None:
        row = rows["keyspaces"][0]
        self.__dict__.update(
            _rows=rows,
            name=row["keyspace_name"],
            before_4=any(map(is_before_4, rows.get("tables", ()))),
            is_virtual=bool(row.get(IS_VIRTUAL)),
            durable_writes=bool(row.get("durable_writes", True)),
            replication=parse_replication(row.get("replication") or (LOCAL if row.get(IS_VIRTUAL) else {})),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.__dict__["_rows"],)

    def _table(self, name: str) -> Sequence[Row]:
        rows: SchemaRows = self.__dict__["_rows"]
        return rows.get(name, ())

    def with_tables(self, names: Collection[str], rows: SchemaRows) -> KeyspaceMetadata:
        """The keyspace with these rows in place of those that it had of the tables and views named."""
        changed = {
            table: [*(row for row in self._table(table) if row[column] not in names), *rows.get(table, ())]
            for table, column in TABLE_COLUMNS.items()
        }
        return KeyspaceMetadata({**self.__dict__["_rows"], **changed})

    def with_views_of(self, names: Collection[str]) -> set[str]:
        """Return these tables and their views: a change of a table alters its views, but the event names the table."""
        views = {row["view_name"] for row in self._table("views") if row.get("base_table_name") in names}
        return views.union(names)

    # --- types ------------------------------------------------------------------------------------------------

    @cached_property
    def user_types(self) -> Mapping[str, UserTypeMetadata]:
        """The user types."""
        from aiocql.metadata.functions import UserTypeMetadata

        return named(
            (UserTypeMetadata.from_row(row, before_4=self.before_4) for row in self._table("types")),
            lambda each: each.name,
        )

    def parse_type(self, text: str) -> CqlType:
        """Understands a type as this keyspace writes it. Raises ConfigurationError if it cannot."""
        return self._parse(text, ())

    def _parse(self, text: str, within: tuple[str, ...]) -> CqlType:
        return parse_cql_type(text, lambda _, name: self._user_type(name, within), self.name)

    def _user_type(self, name: str, within: tuple[str, ...]) -> UserType | None:
        found = self.user_types.get(name)
        # A type cannot hold itself; rows that say so are wrong.
        if found is None or name in within:
            return None
        types = [self._parse(text, (*within, name)) for text in found.field_types]
        if len(types) != len(found.field_names):
            return None
        return UserType(self.name, name, found.field_names, types)

    # --- tables and views -------------------------------------------------------------------------------------

    @cached_property
    def _reader(self) -> TableReader:
        from aiocql.metadata.table_reader import TableReader

        return TableReader(
            self.name,
            self.__dict__["_rows"],
            self.parse_type,
            is_virtual=self.is_virtual,
            before_4=self.before_4,
        )

    @cached_property
    def tables(self) -> Mapping[str, TableMetadata]:
        """The tables."""
        return named(map(self._reader.table, self._table("tables")), lambda each: each.name)

    @cached_property
    def views(self) -> Mapping[str, ViewMetadata]:
        """The materialized views."""
        return named(map(self._reader.view, self._table("views")), lambda each: each.name)

    @cached_property
    def indexes(self) -> Mapping[str, IndexMetadata]:
        """The indexes of all tables."""
        from aiocql.metadata.indexes import IndexMetadata

        return named(
            (IndexMetadata.from_row(row, before_4=self.before_4) for row in self._table("indexes")),
            lambda each: each.name,
        )

    # --- functions --------------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> Mapping[str, FunctionMetadata]:
        """The functions, by signature: ``"plus(int, int)"``."""
        from aiocql.metadata.functions import FunctionMetadata

        rows = self._table("functions")
        return named(
            (FunctionMetadata.from_row(row, before_4=self.before_4) for row in rows),
            lambda each: each.signature,
        )

    @cached_property
    def aggregates(self) -> Mapping[str, AggregateMetadata]:
        """The aggregates, by signature."""
        from aiocql.metadata.functions import AggregateMetadata

        rows = self._table("aggregates")
        return named(
            (AggregateMetadata.from_row(row, before_4=self.before_4) for row in rows),
            lambda each: each.signature,
        )

    # --- CQL --------------------------------------------------------------------------------------------------

    def export_as_cql(self) -> str:
        """Return the statements that create this keyspace and everything in it, as DESCRIBE KEYSPACE prints them.

        Triggers, which DESCRIBE omits, follow their table's views. A server that has not been restarted since a
        keyspace with several replication options was created may print these options in another order.
        """
        statements = [self._create(), *(each.export_as_cql() for each in self._types_in_order())]
        for signature in sorted(self.functions, key=name_order):
            statements.append(self.functions[signature].export_as_cql())
        for signature in sorted(self.aggregates, key=name_order):
            statements.append(self.aggregates[signature].export_as_cql())
        for table in sorted(self.tables.values(), key=lambda each: name_order(each.name)):
            statements += table.statements()
            statements += table.view_statements()
            statements += [trigger.export_as_cql() for trigger in table.triggers.values()]
        return "\n\n".join(statements)

    def _create(self) -> str:
        if self.is_virtual:
            name = self._quoted(self.name)
            warning = f"Warning: Keyspace {name} is a virtual keyspace and cannot be recreated with CQL."
            return f"/*\n{warning}\nStructure, for reference:\nVIRTUAL KEYSPACE {name};\n*/"
        options = dict(self.replication.options)
        name = options.pop("class", "").removeprefix("org.apache.cassandra.locator.")
        replication = map_literal(options)[1:-1]
        inside = f"'class': {literal(name)}" + (f", {replication}" if replication else "")
        durable = literal(self.durable_writes)
        # Two blanks before AND: so does the server.
        return (
            f"CREATE KEYSPACE {self._quoted(self.name)} "
            f"WITH replication = {{{inside}}}  AND durable_writes = {durable};"
        )

    def _types_in_order(self) -> list[UserTypeMetadata]:
        """Types after those that they are made of, else by the bytes of their names."""
        from aiocql.metadata.columns import signed_bytes
        from aiocql.metadata.functions import user_types_in

        types = self.user_types
        ordered: dict[str, UserTypeMetadata] = {}

        def add(name: str, within: tuple[str, ...]) -> None:
            if name not in types or name in ordered or name in within:
                return
            for text in types[name].field_types:
                for used in user_types_in(text):
                    add(used, (*within, name))
            ordered[name] = types[name]

        for name in sorted(types, key=signed_bytes):
            add(name, ())
        return list(ordered.values())

    def __repr__(self) -> str:
        return f"<KeyspaceMetadata {self._quoted(self.name)} {self.replication}>"
