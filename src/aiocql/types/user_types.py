"""What a user-defined type is in Python: a tuple with named fields by default, or a class of the user's.

Field names come from the server, so none of them is run, evaluated or set as it stands: a class gets an
attribute for a field only where the name is an ordinary identifier; every field is reached by
`value["name"]`.
"""

from __future__ import annotations

import functools
import keyword
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any, ClassVar

from aiocql.errors import ConfigurationError
from aiocql.types.descriptors import UserType

__all__ = ["UserTypeValue", "builder", "user_type_class"]


class UserTypeValue(tuple[Any, ...]):
    """A value of a user-defined type: a tuple whose fields are attributes and, under any name, items.

    Equal to a tuple of the same values. `_fields` are the names as Cassandra has them.
    """

    __slots__ = ()
    _keyspace: ClassVar[str] = ""
    _name: ClassVar[str] = ""
    _fields: ClassVar[tuple[str, ...]] = ()
    _places: ClassVar[Mapping[str, int]] = {}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            try:
                key = self._places[key]
            except KeyError:
                raise KeyError(key) from None
        return tuple.__getitem__(self, key)

    def get(self, name: str, default: Any = None) -> Any:
        """The field's value, or `default` where the type has no such field."""
        place = self._places.get(name)
        return default if place is None else tuple.__getitem__(self, place)

    def keys(self) -> tuple[str, ...]:
        """The field names; with it, `dict(value)` is a dict of the fields."""
        return self._fields

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _items(self) -> Iterator[tuple[str, Any]]:
        return zip(self._fields, self, strict=True)

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{name}={value!r}' for name, value in self._items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self._keyspace, self._name, self._fields, tuple(self)))


def _restore(keyspace: str, name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> UserTypeValue:
    return _make_class(keyspace, name, fields)(values)


def user_type_class(cql_type: UserType) -> type[UserTypeValue]:
    """The class for a type: the same one for the same name and fields."""
    return _make_class(cql_type.keyspace, cql_type.name, cql_type.field_names)


@functools.lru_cache(maxsize=1024)  # bounded: names come from the server
def _make_class(keyspace: str, name: str, fields: tuple[str, ...]) -> type[UserTypeValue]:
    places: dict[str, int] = {}
    namespace: dict[str, Any] = {"__slots__": (), "_keyspace": keyspace, "_name": name, "_fields": fields}
    for place, field in enumerate(fields):
        if places.setdefault(field, place) == place and _is_attribute(field):
            namespace[field] = property(itemgetter(place))
    namespace["_places"] = places
    namespace["__doc__"] = f"The user-defined type {name} of keyspace {keyspace}."
    return type(name if name.isidentifier() else "UserTypeValue", (UserTypeValue,), namespace)


def _is_attribute(field: str) -> bool:
    reserved = field.startswith("__") or field in UserTypeValue.__dict__
    return (
        field.isidentifier() and not keyword.iskeyword(field) and (not reserved or field in ("get", "keys"))
    )


def builder(cls: type[Any], names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """A function that makes a `cls` of a tuple of all field values.

    A mapping class receives all fields. Any other class is called with keyword arguments: the fields that both
    have, and None for each required parameter of the class that the type lacks. Raises ConfigurationError if no
    field matches.
    """
    if issubclass(cls, Mapping):
        make: Callable[[Any], Any] = cls
        return lambda values: make(zip(names, values, strict=True))
    wanted, required = _parameters(cls)
    taken = [(name, place) for place, name in enumerate(names) if wanted is None or name in wanted]
    if not taken:
        raise ConfigurationError(
            f"{cls.__qualname__} has none of the fields {', '.join(names)}",
            hint="name its fields or constructor parameters as the user type does",
        )
    lacking = dict.fromkeys(name for name in required if name not in names)
    return lambda values: cls(**lacking, **{name: values[place] for name, place in taken})


def _parameters(cls: type[Any]) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """The keyword parameters of a class (None: any), and those among them without a default."""
    import inspect

    parameters = inspect.signature(cls).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None, ()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return frozenset(p.name for p in named), tuple(p.name for p in named if p.default is p.empty)
