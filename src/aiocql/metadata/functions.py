"""User types, functions and aggregates."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from aiocql.errors import Error
from aiocql.metadata.record import Record
from aiocql.types.descriptors import UserType
from aiocql.types.names import parse_cql_type

__all__ = ["AggregateMetadata", "FunctionMetadata", "UserTypeMetadata", "thawed_text", "user_types_in"]

Row = Mapping[str, Any]


def thawed_text(text: str) -> str:
    """A type without a ``frozen<>`` around all of it: how arguments and results are declared."""
    return text[len("frozen<") : -1] if text.startswith("frozen<") and text.endswith(">") else text


def user_types_in(text: str) -> list[str]:
    """The names of the user types in the text of a type, in the order in which the text has them."""
    found: list[str] = []

    def note(keyspace: str, name: str) -> UserType:
        found.append(name)
        return UserType(keyspace, name, (), ())

    # A text that this driver does not understand names no type that it could put in order.
    with contextlib.suppress(Error):
        parse_cql_type(text, note)
    return found


class UserTypeMetadata(Record):
    """A user type: the names of its fields and their types, in order."""

    FIELDS = ("keyspace_name", "name", "field_names", "field_types")
    keyspace_name: str
    name: str
    field_names: Sequence[str]
    field_types: Sequence[str]

    @classmethod
    def from_row(cls, row: Row, *, before_4: bool = False) -> UserTypeMetadata:
        """Reads a row of ``system_schema.types``."""
        return cls(
            before_4=before_4,
            keyspace_name=row["keyspace_name"],
            name=row["type_name"],
            field_names=tuple(row.get("field_names") or ()),
            field_types=tuple(row.get("field_types") or ()),
        )

    def export_as_cql(self) -> str:
        """The statement that makes this type."""
        pairs = zip(self.field_names, self.field_types, strict=False)
        fields = ",\n".join(f"    {self._quoted(name)} {text}" for name, text in pairs)
        return f"CREATE TYPE {self._quoted(self.keyspace_name)}.{self._quoted(self.name)} (\n{fields}\n);"

    def __repr__(self) -> str:
        return f"<UserTypeMetadata {self.keyspace_name}.{self.name}>"


class FunctionMetadata(Record):
    """A user-defined function."""

    FIELDS = (
        "keyspace_name",
        "name",
        "argument_names",
        "argument_types",
        "return_type",
        "language",
        "body",
        "called_on_null_input",
    )
    keyspace_name: str
    name: str
    argument_names: Sequence[str]
    argument_types: Sequence[str]
    return_type: str
    language: str
    body: str
    called_on_null_input: bool

    @classmethod
    def from_row(cls, row: Row, *, before_4: bool = False) -> FunctionMetadata:
        """Reads a row of ``system_schema.functions``."""
        return cls(
            before_4=before_4,
            keyspace_name=row["keyspace_name"],
            name=row["function_name"],
            argument_names=tuple(row.get("argument_names") or ()),
            argument_types=tuple(thawed_text(text) for text in row.get("argument_types") or ()),
            return_type=thawed_text(row.get("return_type") or ""),
            language=row.get("language") or "",
            body=row.get("body") or "",
            called_on_null_input=bool(row.get("called_on_null_input")),
        )

    @property
    def signature(self) -> str:
        """The name with the types of the arguments: functions of one name differ in these."""
        return f"{self.name}({', '.join(self.argument_types)})"

    def export_as_cql(self) -> str:
        """The statement that makes this function."""
        pairs = zip(self.argument_names, self.argument_types, strict=False)
        arguments = ", ".join(f"{self._quoted(name)} {text}" for name, text in pairs)
        on_null = "CALLED" if self.called_on_null_input else "RETURNS NULL"
        body = f"$${self.body}$$" if "$$" not in self.body else "'" + self.body.replace("'", "''") + "'"
        return (
            f"CREATE FUNCTION {self._quoted(self.keyspace_name)}.{self._quoted(self.name)}({arguments})\n"
            f"    {on_null} ON NULL INPUT\n"
            f"    RETURNS {self.return_type}\n"
            f"    LANGUAGE {self.language}\n"
            f"    AS {body};"
        )

    def __repr__(self) -> str:
        return f"<FunctionMetadata {self.keyspace_name}.{self.signature}>"


class AggregateMetadata(Record):
    """A user-defined aggregate. `initial` is the first state as CQL writes it, or None."""

    FIELDS = (
        "keyspace_name",
        "name",
        "argument_types",
        "state_function",
        "state_type",
        "final_function",
        "initial",
        "return_type",
    )
    keyspace_name: str
    name: str
    argument_types: Sequence[str]
    state_function: str
    state_type: str
    final_function: str | None
    initial: str | None
    return_type: str

    @classmethod
    def from_row(cls, row: Row, *, before_4: bool = False) -> AggregateMetadata:
        """Reads a row of ``system_schema.aggregates``."""
        return cls(
            before_4=before_4,
            keyspace_name=row["keyspace_name"],
            name=row["aggregate_name"],
            argument_types=tuple(thawed_text(text) for text in row.get("argument_types") or ()),
            state_function=row.get("state_func") or "",
            state_type=thawed_text(row.get("state_type") or ""),
            final_function=row.get("final_func"),
            initial=row.get("initcond"),
            return_type=thawed_text(row.get("return_type") or ""),
        )

    @property
    def signature(self) -> str:
        """The name with the types of the arguments."""
        return f"{self.name}({', '.join(self.argument_types)})"

    def export_as_cql(self) -> str:
        """The statement that makes this aggregate."""
        name = f"{self._quoted(self.keyspace_name)}.{self._quoted(self.name)}"
        lines = [
            f"CREATE AGGREGATE {name}({', '.join(self.argument_types)})",
            f"    SFUNC {self._quoted(self.state_function)}",
            f"    STYPE {self.state_type}",
        ]
        if self.final_function is not None:
            lines.append(f"    FINALFUNC {self._quoted(self.final_function)}")
        if self.initial is not None:
            lines.append(f"    INITCOND {self.initial}")
        return "\n".join(lines) + ";"

    def __repr__(self) -> str:
        return f"<AggregateMetadata {self.keyspace_name}.{self.signature}>"
