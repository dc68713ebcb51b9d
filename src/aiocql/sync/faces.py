"""Synchronous faces of asynchronous objects: the same names, whose calls run in the loop and are waited for.

`add_methods` gives a class a method for each public method of the asynchronous class; `face_of` returns the face of an
object that a method returned. A class that gains a method, or a method that returns another asynchronous iterator or
context manager, needs nothing here; `tools/sync_stubs.py` writes the types.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from aiocql.sync.call import run, run_function
from aiocql.sync.internals import internals_of
from aiocql.sync.surroundings import check_caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.sync.background import Background

__all__ = ["Face", "IteratorFace", "add_methods", "face_class", "face_of", "listed", "register"]

_faces: dict[type, type[Face]] = {}


class Face:
    """The synchronous face of one object that belongs to a loop."""

    def __init__(self, native: Any, background: Background) -> None:
        self._native = native
        self._background = background

    def _target(self) -> Any:
        """Return the asynchronous object."""
        return self._native

    def _wait_for(self, method: Callable[[Any], Any]) -> Any:
        """Await what the method returns, in the loop."""
        check_caller()
        target = self._target()
        return face_of(run(self._background, lambda: method(target)), self._background)

    def _call(self, method: Callable[[Any], Any]) -> Any:
        """Call a method that does not wait, in the loop."""
        check_caller()
        target = self._target()
        return face_of(run_function(self._background, lambda: method(target)), self._background)

    def __enter__(self) -> Self:
        self._wait_for(lambda native: native.__aenter__())
        return self

    def __exit__(self, *raised: object) -> None:
        self._wait_for(lambda native: native.__aexit__(*raised))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._target(), name)

    def __repr__(self) -> str:
        return repr(self._native)


class IteratorFace(Face, Iterator[Any]):
    """An asynchronous iterator as an iterator. A `for` loop that is left early gives up what is on its way."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return self._wait_for(lambda native: native.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """End the iteration and give up what is on its way."""
        if hasattr(self._native, "aclose"):
            self._wait_for(lambda native: native.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __del__(self) -> None:
        native, background = getattr(self, "_native", None), getattr(self, "_background", None)
        if native is not None and background is not None:
            # Its destructor gives up what is on its way, and must run in the loop.
            background.post_quietly(_Release(native))


class _Release:
    """Holds the last reference to an object until the loop drops it."""

    def __init__(self, native: Any) -> None:
        self._native = native

    def begin(self) -> None:
        self._native = None


def face_of(value: Any, background: Background) -> Any:
    """Return the face of an asynchronous object; return any other value as it is."""
    kind = type(value)
    if kind in _faces or any(hasattr(kind, name) for name in ("__anext__", "__aenter__")):
        return face_class(kind)(value, background)
    return value


def face_class(kind: type) -> type[Face]:
    """Return the class of faces for an asynchronous class; make it at the first request."""
    face = _faces.get(kind)
    if face is None:
        base = IteratorFace if hasattr(kind, "__anext__") else Face
        made = type(kind.__name__, (base,), {"__doc__": kind.__doc__, "__module__": "aiocql.sync"})
        face = register(kind, made)
        add_methods(face, kind)
    return face


def register(kind: type, face: type[Face]) -> type[Face]:
    """Have `face_of` use this class for objects of `kind`."""
    _faces[kind] = face
    return face


def add_methods(face: type[Face], kind: type) -> None:
    """Give the face what `kind` has, but for its internals and names that the face defines itself."""
    hidden = internals_of(kind.__name__)
    for name in dir(kind):
        if name.startswith("_") or name in hidden or name == "aclose" or hasattr(face, name):
            continue
        attribute = inspect.getattr_static(kind, name)
        if inspect.iscoroutinefunction(attribute):
            setattr(face, name, _waiting(name, attribute))
        elif inspect.isfunction(attribute):
            setattr(face, name, _calling(name, attribute))
        else:
            setattr(face, name, _reading(name, attribute))


def _waiting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def method(self: Face, *args: Any, **kwargs: Any) -> Any:
        args = tuple(listed(each) for each in args)
        kwargs = {key: listed(each) for key, each in kwargs.items()}
        return self._wait_for(lambda native: getattr(native, name)(*args, **kwargs))

    return _without_coroutine_flag(method)


def _calling(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def method(self: Face, *args: Any, **kwargs: Any) -> Any:
        return self._call(lambda native: getattr(native, name)(*args, **kwargs))

    return method


def _reading(name: str, attribute: Any) -> property:
    def read(self: Face) -> Any:
        return getattr(self._target(), name)

    return property(read, doc=getattr(attribute, "__doc__", None))


def _without_coroutine_flag(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method without the link to the coroutine function, which `inspect` would follow."""
    del method.__wrapped__  # type: ignore[attr-defined]
    return method


def listed(value: Any) -> Any:
    """Return an iterator's items as a list: an iterator is read in the thread that calls, not in the loop."""
    return list(value) if isinstance(value, Iterator) and not hasattr(value, "__arrow_c_stream__") else value
