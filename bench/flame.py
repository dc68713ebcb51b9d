"""`make bench-flame NAME=after`: where the time of a request goes, sampled with py-spy, as a flame graph.

The worker reads one row, 100 requests in flight, from the replay server. py-spy sees frames of Python and of compiled
modules in one stack; system calls are under the function that made them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.flame_graph import Stack, draw, parse
from bench.peers import BY_NAME, ROOT
from bench.replay.server import replaying

ADDRESS = "127.9.0.1"
RATE = 100
"""Samples a second."""
PYTHON, COMPILED, LOOP = "#8fbfe0", "#f2b366", "#c9d7a8"
INTERPRETER, SYSTEM, OTHER = "#d8d8d2", "#e59a94", "#f3eec3"
_TURN = re.compile(r"(\w+\.)*_run_once ")
_WAITING = "epoll_wait "


def name_of(frame: str) -> str:
    """A frame as it is shown: without the line of its function."""
    return re.sub(r":\d+\)$", ")", frame)


def colour_of(name: str) -> str:
    """By what runs: the driver's compiled and Python code, the loop, the interpreter, the system's library."""
    where = name.rpartition("(")[2]
    if "aiocql/" in where and not where.startswith("bench/"):
        return PYTHON if where.endswith(".py)") else COMPILED
    if where.startswith(("libc", "libpthread")):
        return SYSTEM
    if where.startswith(("asyncio/", "_asyncio", "selector")):
        return LOOP
    return OTHER if where.startswith("bench/") else INTERPRETER


def of_requests(stacks: dict[Stack, int]) -> dict[Stack, int]:
    """The stacks of the running loop, from the loop's own turn on; waiting for the server is left out."""
    kept: dict[Stack, int] = {}
    for stack, samples in stacks.items():
        turns = [i for i, frame in enumerate(stack) if _TURN.match(frame)]
        if turns and not stack[-1].startswith(_WAITING):
            shown = tuple(name_of(frame) for frame in stack[turns[-1] :])
            kept[shown] = kept.get(shown, 0) + samples
    return kept


def record(py_spy: str, seconds: int, requests: int, core: int | None) -> dict[Stack, int]:
    """Samples of a worker while it works."""
    said = {"hosts": ADDRESS, "port": 9142, "protocol": 4, "work": "read", "in_flight": 100, "core": core}
    worker = BY_NAME["aiocql"].command(**said, requests=requests)
    with tempfile.TemporaryDirectory() as folder, replaying([(ADDRESS, 9142)], core=0 if core else None):
        output = Path(folder) / "stacks"
        command = [py_spy, "record", "--native", "--function", "--format", "raw", "--rate", str(RATE)]
        command += ["--duration", str(seconds), "--output", str(output), "--", *worker]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not output.exists():
            raise SystemExit(f"py-spy said: {done.stderr}")
        return parse(output.read_text().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="the SVG")
    parser.add_argument("--title", default="A read, 100 in flight")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=1_000_000, help="more than it does in that time")
    parser.add_argument("--core", type=int, default=1)
    args = parser.parse_args()
    py_spy = str(Path(sys.executable).parent / "py-spy")
    stacks = of_requests(record(py_spy, args.seconds, args.requests, args.core))
    if not stacks:
        raise SystemExit("no sample is of a running loop")
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(draw(stacks, f"{args.title} ({sum(stacks.values()):,} samples)", colour_of))
    print(f"{args.output}: {sum(stacks.values()):,} samples")


if __name__ == "__main__":
    main()
