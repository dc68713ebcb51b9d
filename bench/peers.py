"""The clients that are compared: what runs them, which protocol versions they speak."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PEERS_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
FLOOR = Path(__file__).parent / "replay" / "floor.py"
FLOOR_ADDRESS = ("127.0.0.1", 9142)
"""The bare loop connects there and nowhere else."""

TIMEOUT = 60.0
"""Seconds that a worker may take."""

_PINNED = "import os,runpy,sys; core=sys.argv.pop(1); core and os.sched_setaffinity(0,{int(core)}); "
_RUN_PATH = "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"


class WorkerFailed(Exception):
    """A worker ended without a result; the text is the last thing that it said."""


@dataclass(frozen=True)
class Contestant:
    """One client in one form. `own` runs in this project's environment, others in that of the peers.

    A `limit` is no client: it shows how far one could go.
    """

    name: str
    module: str
    protocols: tuple[int, ...] = (4,)
    loop: str = "asyncio"
    own: bool = False
    limit: bool = False
    beside: int | None = None
    """The only version in whose tables it has a place."""

    def protocol_for(self, wanted: int) -> int | None:
        """The version that it speaks in a table of version `wanted`; None when it has no place there."""
        if self.beside not in (None, wanted):
            return None
        if wanted in self.protocols:
            return wanted
        return min(self.protocols) if wanted < min(self.protocols) else None

    def command(self, **arguments: object) -> list[str]:
        python = sys.executable if self.own else str(PEERS_PYTHON)
        said = [
            f"--{name.replace('_', '-')}={value}" for name, value in arguments.items() if value is not None
        ]
        return [python, "-m", f"bench.clients.{self.module}", f"--loop={self.loop}", *said]

    def run(self, **arguments: object) -> dict[str, Any]:
        """Runs the worker to its end; raises `WorkerFailed`."""
        lines = [line for line in _output(self.name, self.command(**arguments)) if line.startswith("{")]
        if not lines:
            raise WorkerFailed(f"{self.name} said nothing")
        result: dict[str, Any] = json.loads(lines[-1])
        return result


class Floor(Contestant):
    """The bare asyncio loop that only splits frames and resolves futures: reads in v4, from one address."""

    def run(self, **arguments: object) -> dict[str, Any]:
        at = (str(arguments["hosts"]), arguments["port"])
        if arguments["work"] != "read" or at != FLOOR_ADDRESS:
            return {"unable": "reads from one address only"}
        core = arguments.get("core")
        said = [str(arguments["in_flight"]), str(arguments["requests"])]
        pinned = "" if core is None else str(core)
        command = [sys.executable, "-c", _PINNED + _RUN_PATH, pinned, str(FLOOR), *said]
        os.environ["UV"] = "1" if self.loop == "uvloop" else "0"
        text = " ".join(_output(self.name, command))
        match = re.search(r"(\d+) op/s cpu/op ([\d.]+) us", text)
        if not match:
            raise WorkerFailed(f"{self.name}: {text}")
        return {"per_second": float(match[1]), "cpu_us": float(match[2]), "version": ""}


def _output(name: str, command: list[str]) -> list[str]:
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise WorkerFailed(f"{name} did not end in {TIMEOUT:g} s") from e
    if done.returncode:
        raise WorkerFailed(f"{name} ended with {done.returncode}: {_error_of(done.stderr)}")
    return done.stdout.splitlines()


def _environment() -> dict[str, str]:
    """Modules are compiled once, as those that were installed are: else each start would compile ours anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _error_of(text: str) -> str:
    """The line of a traceback that names the error: the last one that looks like it, or the last one."""
    lines = [line.strip(" |") for line in text.splitlines() if line.strip("+-| ")]
    named = [
        line for line in lines if re.match(r"[A-Za-z_.]+(Error|Exception|Answer|Failed|Out|Lost)\b", line)
    ]
    return (named or lines or [""])[-1]


NEWER = "aiocql in v5"
"""The same client in the same rounds: figures of two tables are minutes apart."""
CONTESTANTS = (
    Contestant("aiocql", "aiocql", (4, 5), own=True),
    Contestant("aiocql-uvloop", "aiocql", (4, 5), loop="uvloop", own=True),
    Contestant("scylladb-rs-driver", "scylladb_rs"),
    Contestant("acsylla", "acsylla"),
    Contestant("scyllapy", "scyllapy"),
    Contestant("cassandra-driver", "cassandra_driver", (4, 5)),
    Contestant("async-cassandra", "async_cassandra", (5,)),
)
LIMITS = (
    Contestant(NEWER, "aiocql", (5,), own=True, limit=True, beside=4),
    Contestant("compiled core alone", "core", (4, 5), own=True, limit=True),
    Floor("bare asyncio loop", "floor", own=True, limit=True),
)
SOCKETS = Contestant("bare sockets", "sockets", own=True, limit=True)
"""The limit of `bench.concurrency`: what the server takes of a burst."""
BY_NAME = {contestant.name: contestant for contestant in (*CONTESTANTS, *LIMITS, SOCKETS)}
