"""Packages that some conversions need and the driver does not."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from aiocql.errors import InterfaceError

__all__ = ["need"]


def need(module: str, what: str) -> Any:
    """Import a module. Raises InterfaceError if it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InterfaceError(
            f"{what} needs {module}, which is not installed", hint=f"pip install {module}"
        ) from error
