"""`make bench-growth`: every size of every axis, each in a separate process, in interleaved rounds.

The replay server has one core, the driver the other; what is measured is the driver's processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.figures import machine
from bench.growth import results
from bench.growth.answers import answers
from bench.growth.axes import AXES, BY_NAME, Axis
from bench.growth.plot import plot
from bench.replay.server import replaying

ROOT = Path(__file__).parent.parent.parent
TIMEOUT = 60.0


def servers(stack: ExitStack, axes: list[Axis], address: str, port: int, core: int | None) -> dict[int, str]:
    """Starts clusters of all sizes that are wanted; the first address of each, by its number of hosts."""
    sizes = {1} | {size for axis in axes for size in axis.sizes if axis.name == "hosts"}
    names = {axis.name for axis in axes}
    extra = list(answers(*(name in names for name in ("rows", "columns", "statements"))))
    base = address.rpartition(".")[0].rpartition(".")[0]
    first = {}
    for i, size in enumerate(sorted(sizes)):
        hosts = [(f"{base}.{i}.{host}", port) for host in range(1, size + 1)]
        stack.enter_context(replaying(hosts, core=core, extra=extra if size == 1 else ()))
        first[size] = hosts[0][0]
    return first


def run_worker(
    axis: Axis, size: int, host: str, args: argparse.Namespace, core: int | None
) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.growth.worker", axis.name, str(size), "--host", host]
    command += ["--port", str(args.port), "--seconds", str(args.seconds)]
    command += [] if core is None else ["--core", str(core)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=TIMEOUT)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def jobs(axes: list[Axis], rounds: int) -> Iterator[tuple[Axis, int]]:
    """Every size of every axis, round by round; sizes in turns from both ends."""
    for turn in range(rounds):
        for axis in axes:
            for size in axis.sizes if turn % 2 else reversed(axis.sizes):
                yield axis, size


def measure(args: argparse.Namespace, axes: list[Axis], console: Console) -> results.Growth:
    cores = sorted(os.sched_getaffinity(0))
    server_core, client_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    found = results.Growth(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), machine())
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    todo = list(jobs(axes, args.rounds))
    with ExitStack() as stack, Progress(*columns, console=console, transient=True) as progress:
        first = servers(stack, axes, args.address, args.port, server_core)
        task = progress.add_task("", total=len(todo))
        for axis, size in todo:
            progress.update(task, description=f"{axis.title}: {size:,}")
            host = first[size if axis.name == "hosts" else 1]
            found.add(axis.name, size, run_worker(axis, size, host, args, client_core))
            progress.advance(task)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--axes", default=",".join(BY_NAME), help="of " + ", ".join(BY_NAME))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.25, help="of processor time, for each figure")
    parser.add_argument("--address", default="127.10.0.1", help="networks of replay hosts begin there")
    parser.add_argument("--port", type=int, default=9142)
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    parser.add_argument("--plot", type=Path, help="where the picture goes, as SVG")
    args, console = parser.parse_args(), Console(width=110)
    axes = [axis for axis in AXES if axis.name in args.axes.split(",")]
    found = measure(args, axes, console)
    for axis in axes:
        console.print(results.table(found, axis))
    console.print(results.conclusion(found), highlight=False)
    if args.output:
        found.save(args.output)
        console.print(f"figures: {args.output}", highlight=False)
    if args.plot:
        args.plot.write_text(plot(found))
        console.print(f"plot: {args.plot}", highlight=False)


if __name__ == "__main__":
    main()
