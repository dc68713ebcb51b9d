"""`import cassandra` as aiocql: for programs that are written for cassandra-driver and stay as they are.

Modules and names that `aiocql.compat.cassandra` has are used from there. All others, cqlengine among them, come from
cassandra-driver where it is installed, and run over the names of aiocql.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from aiocql.compat.schema import read_keyspaces
from aiocql.errors import InterfaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["install"]

OURS = "aiocql.compat.cassandra"
FROM_DRIVER = frozenset({"metadata"})
"""Modules of cassandra-driver that are used although aiocql has them: programs create their objects."""


class _Merged(ModuleType):
    """A module of aiocql under cassandra-driver's name. Names that it lacks come from cassandra-driver's module."""

    _driver_file: Path | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._driver_file is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        original = _load_original(self.__name__, self._driver_file)
        return getattr(original, name)


def _load_original(name: str, file: Path) -> ModuleType:
    """Return cassandra-driver's module of this name, which has a private name."""
    private = f"aiocql.compat._driver.{name}"
    module = sys.modules.get(private)
    if module is None:
        spec = importlib.util.spec_from_file_location(private, file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[private] = importlib.util.module_from_spec(spec)
        module.__package__ = "cassandra"
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[private]
            raise
    return module


class _MergedLoader(Loader):
    def __init__(self, own: str, driver_file: Path | None) -> None:
        self._own = own
        self._driver_file = driver_file

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Merged(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        own = importlib.import_module(self._own)
        names = {
            name: value
            for name, value in vars(own).items()
            # A submodule has another object under cassandra-driver's name.
            if not name.startswith("__") and not isinstance(value, ModuleType)
        }
        vars(module).update(names, __doc__=own.__doc__, _driver_file=self._driver_file)


class _Finder(MetaPathFinder):
    """Finds `cassandra` and its modules."""

    def __init__(self, driver: Path | None) -> None:
        self._driver = driver

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "cassandra":
            spec = ModuleSpec(fullname, _MergedLoader(OURS, self._file("__init__")), is_package=True)
            spec.submodule_search_locations = [str(self._driver)] if self._driver is not None else []
            return spec
        package, _, name = fullname.partition(".")
        if package != "cassandra" or "." in name:
            return None
        own = f"{OURS}.{name}"
        is_own = importlib.util.find_spec(own) is not None
        if is_own and not (name in FROM_DRIVER and self._driver is not None):
            return ModuleSpec(fullname, _MergedLoader(own, self._file(name)))
        return PathFinder.find_spec(fullname, path)

    def _file(self, name: str) -> Path | None:
        file = self._driver / f"{name}.py" if self._driver is not None else None
        return file if file is not None and file.exists() else None


def install() -> None:
    """Make `import cassandra` mean aiocql in this process.

    Call it before any module of cassandra-driver is imported. Further calls do nothing.

    Raises:
        InterfaceError: cassandra-driver was imported before.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    if "cassandra" in sys.modules:
        raise InterfaceError(
            "cassandra-driver was imported before aiocql.compat.install()",
            hint="call install() first, or run the program with `python -m aiocql.compat PROGRAM`",
        )
    spec = importlib.util.find_spec("cassandra")
    driver = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
    sys.meta_path.insert(0, _Finder(driver))
    if driver is not None:
        from aiocql.compat.cassandra.metadata import Metadata

        Metadata.read_keyspaces = staticmethod(read_keyspaces)
