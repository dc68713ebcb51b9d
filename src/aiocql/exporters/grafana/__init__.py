"""A Grafana dashboard and Prometheus alert rules for what `aiocql.exporters.prometheus` exports.

``python -m aiocql.exporters.grafana FOLDER`` writes both files to a folder.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["FILES", "read", "write"]

FILES = ("dashboard.json", "alerts.yml")


def read(name: str) -> str:
    """The text of one of `FILES`."""
    return files("aiocql.exporters.grafana").joinpath(name).read_text(encoding="utf-8")


def write(folder: str | Path) -> list[Path]:
    """Writes `FILES` to a folder that is there, and says where they are."""
    places = [Path(folder) / name for name in FILES]
    for place in places:
        place.write_text(read(place.name), encoding="utf-8")
    return places
