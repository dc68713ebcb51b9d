"""The clients that are compared: what runs them, which protocol versions they speak."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PEERS_PYTHON = ROOT / "build" / "peers" / "bin" / "python"


class WorkerFailed(Exception):
    """A worker ended without a result; the text is the end of what it said."""


@dataclass(frozen=True)
class Contestant:
    """One client in one form. `own` is this project's environment, else that of the peers."""

    name: str
    module: str
    protocols: tuple[int, ...] = (4,)
    loop: str = "asyncio"
    own: bool = False

    def command(self, **arguments: object) -> list[str]:
        python = sys.executable if self.own else str(PEERS_PYTHON)
        said = [f"--{name.replace('_', '-')}={value}" for name, value in arguments.items() if value is not None]
        return [python, "-m", f"bench.clients.{self.module}", f"--loop={self.loop}", *said]

    def run(self, timeout: float = 120, **arguments: object) -> dict[str, Any]:
        """Runs the worker to its end; raises `WorkerFailed`."""
        command = self.command(**arguments)
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as e:
            raise WorkerFailed(f"{self.name} did not end in {timeout:g} s") from e
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if not lines:
            said = [line for line in done.stderr.splitlines() if line.strip("+-| ")][-1:]
            raise WorkerFailed(f"{self.name} ended with {done.returncode}: {''.join(said).strip(' |')}")
        result: dict[str, Any] = json.loads(lines[-1])
        return result


CONTESTANTS = (
    Contestant("aiocql", "aiocql", (4, 5), own=True),
    Contestant("aiocql-uvloop", "aiocql", (4, 5), loop="uvloop", own=True),
    Contestant("scylladb-rs-driver", "scylladb_rs"),
    Contestant("acsylla", "acsylla"),
    Contestant("scyllapy", "scyllapy"),
    Contestant("cassandra-driver", "cassandra_driver", (4, 5)),
    Contestant("async-cassandra", "async_cassandra", (5,)),
)
BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}
