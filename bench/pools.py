"""What connections cost and what they carry: memory at rest and in flight, and how throughput grows with them.

Each figure comes from a separate process. The server is in another one: for memory a scripted server, which can speak
TLS and keep requests waiting; for throughput the replay server, held to the first core while the client has the second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import machine
from bench.replay.server import replaying

ADDRESS = "127.0.21.1"
SEED_CONNECTION = 128 * 1024
"""Bytes of one connection (seed 003, "Memory Budgeting")."""
SEED_BUDGET = 16.4e6
"""Bytes of 50 connections and 5,000 requests in flight (the same)."""
DELAY_MS, HIGH_MARK = 5, 51
ROUNDS = 5


def run(worker: str, *arguments: object) -> dict[str, Any]:
    """Run one worker in a new process and return its figures. Raises CalledProcessError; errors go to the terminal."""
    command = [sys.executable, "-m", "bench.pool_workers", worker, *map(str, arguments)]
    measured: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return measured


@contextmanager
def scripted(port: int, kind: str) -> Iterator[str]:
    """Run a scripted server in a separate process; yield the file of its authority, or "-" without TLS."""
    command = [sys.executable, "-m", "bench.pool_workers", "serve", ADDRESS, str(port), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip() or "-"
        finally:
            process.terminate()


def memory(port: int) -> dict[str, Any]:
    """Bytes of one idle connection without and with TLS, and of 50 of them with 5,000 requests in flight."""
    found = {}
    for name in ("plain", "tls"):
        with scripted(port, name) as authority:
            found[name] = run("idle", ADDRESS, port, authority)
    with scripted(port, "plain"):
        found["budget"] = run("budget", ADDRESS, port)
    return found


def opening(port: int) -> dict[str, float]:
    """Milliseconds to open one connection to a scripted server, by what is asked of it."""
    found = {}
    for name, user in (("plain", "-"), ("auth", "user"), ("tls", "-"), ("tls and auth", "user")):
        with scripted(port, name.replace(" and ", "-")) as authority:
            found[name] = run("opening", ADDRESS, port, authority, user)["ms"]
    return found


def scaling(port: int, seconds: float) -> dict[int, list[dict[str, float]]]:
    """Requests a second with 1, 2, 4 and 8 connections, each at its high mark, against answers that take 5 ms."""
    found: dict[int, list[dict[str, float]]] = {n: [] for n in (1, 2, 4, 8)}
    with replaying([(ADDRESS, port)], delay_ms=DELAY_MS, core=0):
        for _ in range(ROUNDS):
            for n, rounds in found.items():
                rounds.append(run("scaling", ADDRESS, port, n, seconds))
    return found


def throughput(port: int, seconds: float) -> dict[str, list[dict[str, float]]]:
    """Requests a second in one process with default options and no delay, by loop and by requests in flight."""
    cases = [(loop, n) for loop in ("asyncio", "uvloop") for n in (100, 400)]
    found: dict[str, list[dict[str, float]]] = {f"{loop}, {n} in flight": [] for loop, n in cases}
    with replaying([(ADDRESS, port)], core=0):
        for _ in range(ROUNDS):
            for loop, n in cases:
                found[f"{loop}, {n} in flight"].append(run("throughput", ADDRESS, port, loop, n, seconds))
    return found


def _memory_table(found: dict[str, Any]) -> Table:
    table = Table(title="Memory", title_justify="left")
    for name in ("what", "measured", "seed 003"):
        table.add_column(name)
    limits = {"plain": f"{SEED_CONNECTION // 1024} KB", "tls": "-"}
    for name, limit in limits.items():
        table.add_row(f"an idle connection, {name}", f"{found[name]['bytes'] / 1024:.0f} KB", limit)
    budget = found["budget"]
    for part in ("session", "connections", "requests"):
        table.add_row(part, f"{budget[part] / 1e6:.1f} MB", "")
    total = budget["connections"] + budget["requests"]
    table.add_row("50 connections and 5,000 requests in flight", f"{total / 1e6:.1f} MB", "16.4 MB")
    return table


def _median(rounds: list[dict[str, float]], figure: str) -> float:
    return statistics.median(each[figure] for each in rounds)


def _scaling_table(found: dict[int, list[dict[str, float]]]) -> Table:
    table = Table(title="n connections x 51 requests / 5 ms", title_justify="left")
    for name in ("connections", "requests/s", "best round", "formula", "share", "us of CPU", "CPU used"):
        table.add_column(name, justify="right")
    for n, rounds in found.items():
        formula = n * HIGH_MARK / (DELAY_MS / 1000)
        rate, cpu = _median(rounds, "per_second"), _median(rounds, "cpu_us")
        best = max(each["per_second"] for each in rounds)
        used = f"{rate * cpu / 1e6:.0%}"
        shares = f"{rate / formula:.0%}, {best / formula:.0%}"
        table.add_row(str(n), f"{rate:,.0f}", f"{best:,.0f}", f"{formula:,.0f}", shares, f"{cpu:.1f}", used)
    return table


def _throughput_table(found: dict[str, list[dict[str, float]]]) -> Table:
    table = Table(title="Reads of one row in one process, default options", title_justify="left")
    for name in ("loop", "requests/s", "best round", "us of CPU", "per second of CPU"):
        table.add_column(name, justify="right")
    for name, rounds in found.items():
        rate, cpu = _median(rounds, "per_second"), _median(rounds, "cpu_us")
        best = max(each["per_second"] for each in rounds)
        table.add_row(name, f"{rate:,.0f}", f"{best:,.0f}", f"{cpu:.1f}", f"{1e6 / cpu:,.0f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=21042)
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="for each figure of throughput, each round"
    )
    parser.add_argument("--only", choices=["memory", "opening", "scaling", "throughput"], help="one of them")
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    args, console = parser.parse_args(), Console()
    said: dict[str, Any] = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "machine": machine()}
    if args.only in (None, "memory"):
        said["memory"] = found = memory(args.port)
        console.print(_memory_table(found))
    if args.only in (None, "opening"):
        said["opening_ms"] = times = opening(args.port)
        console.print(
            "Opening one connection:", ", ".join(f"{name} {ms:.1f} ms" for name, ms in times.items())
        )
    if args.only in (None, "scaling"):
        said["scaling"] = rates = scaling(args.port, args.seconds)
        console.print(_scaling_table(rates))
    if args.only in (None, "throughput"):
        said["throughput"] = free = throughput(args.port, args.seconds)
        console.print(_throughput_table(free))
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
