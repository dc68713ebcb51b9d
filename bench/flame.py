"""`make bench-flame NAME=after`: where the time of a request goes, as a flame graph by py-spy.

The worker reads one row, 100 requests in flight, from the replay server. py-spy sees frames of Python and of compiled
modules in one stack, and leaves out the time in which the worker waits for the server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from bench.peers import BY_NAME, ROOT
from bench.replay.server import replaying

ADDRESS = "127.9.0.1"
RATE = 100
"""Samples a second."""


def record(output: Path, seconds: int, requests: int, core: int | None) -> None:
    """Sample a worker while it works, and write the graph. Raises SystemExit if py-spy fails."""
    options = {"hosts": ADDRESS, "port": 9142, "protocol": 4, "work": "read", "in_flight": 100, "core": core}
    worker = BY_NAME["aiocql"].command(**options, requests=requests)
    py_spy = str(Path(sys.executable).parent / "py-spy")
    command = [py_spy, "record", "--native", "--function", "--format", "flamegraph", "--rate", str(RATE)]
    command += ["--duration", str(seconds), "--output", str(output.absolute()), "--", *worker]
    with replaying([(ADDRESS, 9142)], core=0 if core else None):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not output.exists():
        raise SystemExit(f"py-spy failed: {done.stderr}")


def main() -> None:
    """Write the graph that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="the SVG")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=1_000_000, help="more than it does in that time")
    parser.add_argument("--core", type=int, default=1)
    args = parser.parse_args()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    record(args.output, args.seconds, args.requests, args.core)
    print(args.output)


if __name__ == "__main__":
    main()
