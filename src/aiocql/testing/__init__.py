"""Instruments for tests: scripted servers and clusters, a fault proxy, stepped loops, a real local cluster.

Names are imported when they are first asked for, so that one instrument does not bring the others with it.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "scripted_server": ["HeldAnswer", "ScriptedServer"],
    "system_tables": ["ClusterView", "Node"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
