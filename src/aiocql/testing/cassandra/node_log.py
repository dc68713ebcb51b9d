"""A node's log: its end for people, and what it says about the other nodes.

The view of the ring is read from the log rather than asked from nodetool: each nodetool is a separate JVM and costs
1.3 seconds of processor time, reading on in a file costs nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["NodeLog"]

# Gossiper: "InetAddress /127.1.1.2:7000 is now UP"
_EVENT = re.compile(rb"InetAddress \S*?/(?P<who>[0-9.]+:\d+) is now (?P<what>UP|DOWN)")


class NodeLog:
    """The log file of one node, over all its runs; `begin_run()` marks where the present one starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0
        self._read = 0
        self._up: set[str] = set()

    def begin_run(self) -> None:
        """Forget what earlier runs said."""
        self._start = self._read = self.path.stat().st_size if self.path.exists() else 0
        self._up.clear()

    def sees_up(self, endpoint: str) -> bool:
        """Whether the last word about `endpoint` (``address:storage port``) is that it is up."""
        self._follow()
        return endpoint in self._up

    def sees_down(self, endpoint: str) -> bool:
        """Whether the last word about `endpoint` is that it is down, or gone."""
        self._follow()
        return endpoint not in self._up

    def says(self, text: str) -> bool:
        """Whether the present run said that, anywhere."""
        return text in self._text()

    def tail(self, lines: int = 40) -> str:
        """The last lines of the present run."""
        return "\n".join(self._text().splitlines()[-lines:]) or "(the log is empty)"

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                file.seek(self._start)
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def _follow(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new.rfind(b"\n") + 1
        self._read += whole
        for match in _EVENT.finditer(new, 0, whole):
            if match["what"] == b"UP":
                self._up.add(match["who"].decode())
            else:
                self._up.discard(match["who"].decode())
