"""Reading the names of types: CQL's (``map<text, int>``) and those of Cassandra's classes
(``...marshal.Int32Type``).

Names come from the server: depth and number of types are limited, and nothing is looked up or run by such a
name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from aiocql.errors import ConfigurationError, ProtocolError
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    CustomType,
    ListType,
    MapType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)

__all__ = ["MAX_TYPES", "MAX_TYPE_DEPTH", "UserTypeLookup", "parse_class_name", "parse_cql_type"]

MAX_TYPE_DEPTH: Final = 64
"""How deep types may be nested."""

MAX_TYPES: Final = 16384
"""How many types one name may hold, all levels together."""

UserTypeLookup = Callable[[str, str], UserType | None]
"""Keyspace ("" where the name has none) and name of a user type, as Cassandra has them -> its description, or
None.
"""

_PACKAGE = "org.apache.cassandra.db.marshal."


class _Budget:
    """Counts levels and types of one name."""

    def __init__(self, error: type[ProtocolError] | type[ConfigurationError]) -> None:
        self.types = 0
        self.error = error

    def spend(self, depth: int) -> None:
        self.types += 1
        if depth > MAX_TYPE_DEPTH:
            raise self.error(f"a type is nested deeper than {MAX_TYPE_DEPTH} levels")
        if self.types > MAX_TYPES:
            raise self.error(f"a type is made of more than {MAX_TYPES} types")


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


# --- CQL ----------------------------------------------------------------------------------------------------

# Compiled with the first type that is more than a scalar's name: importing the driver waits for no expression.
_TOKEN = r"""\s*(?:([A-Za-z0-9_]+)|"((?:[^"]|"")*)"|'([^']*)'|([<>,.]))"""
_ALIASES = {"varchar": "text"}


def parse_cql_type(text: str, user_type: UserTypeLookup | None = None, keyspace: str = "") -> CqlType:
    """The type that CQL writes as `text`: ``frozen<map<text, list<int>>>``, ``ks.address``,
    ``'a.java.Class'``.

    `user_type` finds user types; a name without a keyspace is asked for in `keyspace`. Raises
    ConfigurationError where the text is no type, a user type is not known, or the limits are passed.
    """
    plain = SCALARS.get(text)
    if plain is not None:
        return plain
    parser = _CqlParser(text, user_type, keyspace)
    found = parser.type(1)
    if parser.kind:
        raise parser.mistake()
    return found


class _CqlParser:
    """Recursive descent, one token ahead. `kind` is "word", "quoted", "class", the sign itself, or "" at the
    end.
    """

    def __init__(self, text: str, user_type: UserTypeLookup | None, keyspace: str) -> None:
        self._text = text.rstrip()
        self._at = 0
        self._lookup = user_type
        self._keyspace = keyspace
        self._budget = _Budget(ConfigurationError)
        self.kind = ""
        self.token = ""
        self._next()

    def mistake(self) -> ConfigurationError:
        shown = self._text if len(self._text) <= 100 else self._text[:99] + "…"
        return ConfigurationError(
            f"{shown!r} is not a CQL type", hint=f"it is one up to character {self._at}"
        )

    def _next(self) -> str:
        before = self.token
        self.kind = self.token = ""
        if self._at < len(self._text):
            found = _compiled(_TOKEN).match(self._text, self._at)
            if found is None:
                raise self.mistake()
            self._at = found.end()
            word, quoted, name, sign = found.groups()
            if word is not None:
                self.kind, self.token = "word", word
            elif quoted is not None:
                self.kind, self.token = "quoted", quoted.replace('""', '"')
            elif name is not None:
                self.kind, self.token = "class", name
            else:
                self.kind = self.token = sign
        return before

    def _expect(self, kind: str) -> str:
        if self.kind != kind:
            raise self.mistake()
        return self._next()

    def type(self, depth: int) -> CqlType:
        self._budget.spend(depth)
        if self.kind == "class":
            return parse_class_name(self._next())
        if self.kind == "quoted":
            return self._user_type(self._next())
        word = self._expect("word")
        name = word.lower()
        if self.kind == "<":
            return self._generic(name, depth)
        if self.kind != ".":
            scalar = SCALARS.get(_ALIASES.get(name, name))
            if scalar is not None:
                return scalar
        return self._user_type(name)

    def _generic(self, name: str, depth: int) -> CqlType:
        self._expect("<")
        if name == "vector":
            element = self.type(depth + 1)
            self._expect(",")
            size = self._expect("word")
            self._expect(">")
            if not re.fullmatch("[0-9]{1,10}", size) or not 0 < int(size) < 1 << 31:
                raise self.mistake()
            return VectorType(element, int(size))
        parts = [self.type(depth + 1)]
        while self.kind == ",":
            self._next()
            parts.append(self.type(depth + 1))
        self._expect(">")
        made = _generic(name, parts)
        if made is None:
            raise self.mistake()
        return made

    def _user_type(self, name: str) -> CqlType:
        keyspace = self._keyspace
        if self.kind == ".":
            self._next()
            if self.kind not in ("word", "quoted"):
                raise self.mistake()
            keyspace = name
            name = self.token.lower() if self.kind == "word" else self.token
            self._next()
        found = self._lookup(keyspace, name) if self._lookup else None
        if found is None:
            where = f" in keyspace {keyspace}" if keyspace else ""
            raise ConfigurationError(f"there is no type {name}{where}")
        return found


def _generic(name: str, parts: list[CqlType]) -> CqlType | None:
    """The type that `name` makes of its parts, or None."""
    match name, parts:
        case "list", [element]:
            return ListType(element)
        case "set", [element]:
            return SetType(element)
        case "map", [key, value]:
            return MapType(key, value)
        case "tuple", [*_]:
            return TupleType(parts)
        case "frozen", [inner]:
            return _freeze(inner)
    return None


def _freeze(inner: CqlType) -> CqlType:
    match inner:
        case ListType(element):
            return ListType(element, True)
        case SetType(element):
            return SetType(element, True)
        case MapType(key, value):
            return MapType(key, value, True)
        case UserType(keyspace, name, names, types):
            return UserType(keyspace, name, names, types, True)
    return inner  # tuples and vectors are frozen always, scalars never are otherwise


# --- marshal classes ----------------------------------------------------------------------------------------

_CLASSES: Final = {
    "AsciiType": "ascii",
    "BooleanType": "boolean",
    "ByteType": "tinyint",
    "BytesType": "blob",
    "CounterColumnType": "counter",
    "DateType": "timestamp",
    "DecimalType": "decimal",
    "DoubleType": "double",
    "DurationType": "duration",
    "EmptyType": "empty",
    "FloatType": "float",
    "InetAddressType": "inet",
    "Int32Type": "int",
    "IntegerType": "varint",
    "LexicalUUIDType": "uuid",
    "LongType": "bigint",
    "ShortType": "smallint",
    "SimpleDateType": "date",
    "TimeType": "time",
    "TimestampType": "timestamp",
    "TimeUUIDType": "timeuuid",
    "UTF8Type": "text",
    "UUIDType": "uuid",
}
_GENERIC: Final = {
    "FrozenType": "frozen",
    "ListType": "list",
    "MapType": "map",
    "ReversedType": "reversed",
    "SetType": "set",
    "TupleType": "tuple",
    "UserType": "user",
    "VectorType": "vector",
}
_NAME = r"\s*([A-Za-z0-9_.$]+)\s*"


def parse_class_name(text: str) -> CqlType:
    """The type of a class of Cassandra, by its name as metadata and schema have it.

    ``org.apache.cassandra.db.marshal.`` may be left out. A class that the driver does not know (also
    CompositeType and others whose values have no CQL form) is a `CustomType`, whose values are bytes. Raises
    ProtocolError where a known class has parameters that it cannot have, or the limits are passed.
    """
    parser = _ClassParser(text)
    if not parser.is_known():
        return CustomType(text.strip())
    found = parser.type(1)
    if not parser.at_end():
        raise parser.mistake()
    return found


class _ClassParser:
    """Recursive descent over ``Name(parameter, ...)``."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0
        self._budget = _Budget(ProtocolError)

    def mistake(self) -> ProtocolError:
        shown = self._text if len(self._text) <= 100 else self._text[:99] + "…"
        return ProtocolError(f"{shown!r} is not a type: it cannot be read from character {self._at} on")

    def at_end(self) -> bool:
        return self._at == len(self._text)

    def is_known(self) -> bool:
        """Whether the text begins with a class that the driver has a codec for."""
        found = _compiled(_NAME).match(self._text)
        return found is not None and _short(found[1]) in _CLASSES.keys() | _GENERIC.keys()

    def _name(self) -> str:
        found = _compiled(_NAME).match(self._text, self._at)
        if found is None:
            raise self.mistake()
        self._at = found.end()
        return found[1]

    def _sees(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _expect(self, sign: str) -> None:
        if not self._sees(sign):
            raise self.mistake()
        self._at += len(sign)
        while self._sees(" "):
            self._at += 1

    def type(self, depth: int) -> CqlType:
        self._budget.spend(depth)
        start = self._at
        name = self._name()
        short = _short(name)
        if short in _CLASSES:
            return SCALARS[_CLASSES[short]]
        if short in _GENERIC:
            return self._generic(_GENERIC[short], depth)
        if self._sees("("):
            self._skip_parameters()
        return CustomType(self._text[start : self._at].strip())

    def _skip_parameters(self) -> None:
        """Steps over the parameters of an unknown class: whatever they are, their parentheses match."""
        level = 0
        for found in re.compile("[()]").finditer(self._text, self._at):
            level += 1 if found[0] == "(" else -1
            if level == 0:
                self._at = found.end()
                return
        raise self.mistake()

    def _generic(self, kind: str, depth: int) -> CqlType:
        self._expect("(")
        if kind == "user":
            return self._user_type(depth)
        parts = [self.type(depth + 1)]
        if kind == "vector":
            return self._vector(parts[0])
        while self._sees(","):
            self._expect(",")
            parts.append(self.type(depth + 1))
        self._expect(")")
        made = parts[0] if kind == "reversed" and len(parts) == 1 else _generic(kind, parts)
        if made is None:
            raise self.mistake()
        return made

    def _vector(self, element: CqlType) -> CqlType:
        self._expect(",")
        size = self._name()
        if not re.fullmatch("[0-9]{1,10}", size) or not 0 < int(size) < 1 << 31:
            raise self.mistake()
        self._expect(")")
        return VectorType(element, int(size))

    def _user_type(self, depth: int) -> CqlType:
        """``UserType(keyspace, hex of its name, hex of a field's name:type, ...)``"""
        keyspace = self._name()
        self._expect(",")
        name = self._hex()
        names, types = [], []
        while self._sees(","):
            self._expect(",")
            names.append(self._hex())
            self._expect(":")
            types.append(self.type(depth + 1))
        self._expect(")")
        return UserType(keyspace, name, names, types)

    def _hex(self) -> str:
        try:
            return bytes.fromhex(self._name()).decode()
        except ValueError:
            raise self.mistake() from None


def _short(name: str) -> str:
    """A class of Cassandra's own without its package; others as they are, which no table knows."""
    return name.removeprefix(_PACKAGE) if name.startswith(_PACKAGE) or "." not in name else name
