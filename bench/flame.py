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
PYTHON, COMPILED, INTERPRETER, SYSTEM, OTHER = "#8fbfe0", "#f2b366", "#d8d8d2", "#e59a94", "#c9d7a8"
_INNER = re.compile(
    r"^(_PyEval|_PyObject|PyObject|_PyFunction|method_vectorcall|cfunction_|gen_send|slot_|_PyVector)"
)


def name_of(frame: str) -> str:
    """A frame as it is shown: without the folder of its file, and compiled functions by their own names."""
    function, _, where = frame.partition(" (")
    where = where.rstrip(")").rpartition("/")[2]
    compiled = re.match(r"__pyx_(?:f|pw|pf|gb|mp|tp)\w*?_?6aiocql_(\w+)", function)
    if compiled:
        return re.sub(r"(?<![a-zA-Z])\d+_?", "", compiled[1].replace("_", " ")).replace(" ", "_")
    return f"{function} ({where})" if where else function


def colour_of(name: str) -> str:
    if ".py" in name:
        return PYTHON if "asyncio" not in name and "events.py" not in name else INTERPRETER
    if ".pyx" in name or "aiocql" in name or ".cpython" in name:
        return COMPILED
    if re.match(r"(__?libc|__send|__recv|send|recv|epoll|write|syscall)", name):
        return SYSTEM
    return INTERPRETER if _INNER.match(name) or name.startswith(("Py", "_Py")) else OTHER


def of_requests(stacks: dict[Stack, int]) -> dict[Stack, int]:
    """The stacks of the running loop, from the loop's own turn on, without the interpreter's own calls between."""
    kept: dict[Stack, int] = {}
    for stack, samples in stacks.items():
        turns = [i for i, frame in enumerate(stack) if frame.startswith("_run_once ")]
        if not turns:
            continue
        inner = [frame for frame in stack[turns[-1] :] if not _INNER.match(frame)]
        shown = tuple(name_of(frame) for frame in inner)
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
