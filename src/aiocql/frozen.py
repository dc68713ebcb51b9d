"""Option objects: frozen, keyword-only, and cheap to import (a dataclass of thirty fields costs milliseconds)."""

from __future__ import annotations

from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Frozen"]


class _Hidden:
    """A secret as the `__dict__` of options holds it: whatever shows that, `vars` for example, shows no secret."""

    __slots__ = ("_reveal",)

    def __init__(self, value: Any) -> None:
        self._reveal: Callable[[], Any] = lambda: value

    def __call__(self) -> Any:
        return self._reveal()

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


class _Secret:
    """The attribute of an option whose value is hidden."""

    def __init__(self, name: str, default: Any) -> None:
        self._name = name
        self._default = default

    def __get__(self, options: Any, owner: type) -> Any:
        hidden = None if options is None else options.__dict__.get(self._name)
        return self._default if hidden is None else hidden()

    def __set__(self, options: Any, value: Any) -> None:
        raise AttributeError(f"{type(options).__name__} is frozen")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frozen:
    """Base of a class whose annotated attributes, each with its default, are what it takes by keyword.

    A subclass checks in `_check`. `repr` shows what differs from the defaults, and of secrets only that they are there.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    SECRETS: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        cls.FIELDS = tuple(name for name in get_annotations(cls) if not name.isupper())
        for name in cls.SECRETS:
            setattr(cls, name, _Secret(name, cls.__dict__[name]))

    def __init__(self, **values: Any) -> None:
        for name in values:
            if name not in self.FIELDS:
                raise TypeError(f"{type(self).__name__} has no option {name!r}")
        for name, value in values.items():
            self.__dict__[name] = _Hidden(value) if name in self.SECRETS else value
        self._check()

    def _check(self) -> None:
        """Raises ConfigurationError for values that cannot be right, and brings what has several forms into one."""

    def replace(self, **changes: Any) -> Self:
        """The same but for `changes`."""
        return type(self)(**{**{name: getattr(self, name) for name in self.__dict__}, **changes})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: replace({name}=...) gives another")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = []
        for name in self.FIELDS:
            value = getattr(self, name)
            if value != getattr(type(self), name):
                shown.append(f"{name}=***" if name in self.SECRETS else f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"
