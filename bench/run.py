"""`make bench` and `make bench-quick`: all clients on the replay server, interleaved, and what came of it.

The replay server has one core, the client under test another. Each round runs every client once, in turns, so that
whatever else the machine does meets all of them; figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import tables
from bench.cells import FULL, GUESS, QUICK, REAL, REAL_KEYS, Cell, Group
from bench.clients.works import WORKS
from bench.figures import Figures
from bench.peers import (
    BY_NAME,
    CONTESTANTS,
    FLOOR_ADDRESS,
    LIMITS,
    PEERS_PYTHON,
    Contestant,
    Floor,
    WorkerFailed,
)
from bench.real import cassandra
from bench.replay.server import replaying
from bench.schema import fill

START_ROUNDS = 15


class Bench:
    """One run: its options, and the figures as they grow."""

    def __init__(self, args: argparse.Namespace, groups: tuple[Group, ...], console: Console) -> None:
        self.args, self.groups, self.console = args, groups, console
        self.contestants = [BY_NAME[name] for name in args.clients]
        self.figures = Figures(groups, args.clients)
        self.real: tuple[str, int] | None = None
        self._speeds: dict[tuple[str, int, str], float] = {}
        cores = sorted(os.sched_getaffinity(0))
        self.server_core = cores[0] if len(cores) > 1 else None
        self.client_core = cores[1] if len(cores) > 1 else None

    def run(self) -> Figures:
        jobs = [
            (cell, self._entered(cell), self.args.rounds or group.rounds_of(cell))
            for group in self.groups
            for cell in group.cells
        ]
        total = sum(len(entered) * (rounds + 1) for _, entered, rounds in jobs)
        columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
        with ExitStack() as stack, Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("", total=total)
            for cell, entered, rounds in jobs:
                if cell.real and self.real is None:
                    progress.update(task, description="starting Cassandra")
                    self.real = stack.enter_context(cassandra(self.args.server, self.args.network))
                    fill(*self.real, keys=REAL_KEYS)
                for contestant in self._turns(cell, entered, rounds):
                    progress.update(task, description=f"{cell.title}: {contestant.name}", advance=1)
            if self.args.start:
                progress.update(task, description="from nothing to the first row")
                self._measure_start()
        return self.figures

    @contextmanager
    def _server(self, cell: Cell) -> Iterator[tuple[str, int]]:
        """Where the cell's contact point listens."""
        if cell.real:
            assert self.real is not None
            yield self.real
            return
        base, _, last = self.args.address.rpartition(".")
        hosts = [(f"{base}.{int(last) + i}", self.args.port) for i in range(cell.hosts)]
        with replaying(hosts, core=self.server_core):
            yield hosts[0]

    def _entered(self, cell: Cell) -> list[Contestant]:
        """Who has a place in the cell; limits are of one replay host, pinned, and the floor of reads in v4."""
        return [
            contestant
            for contestant in self.contestants
            if _protocol(cell, contestant) is not None
            and not (contestant.limit and (cell.hosts > 1 or not cell.pinned))
            and not (isinstance(contestant, Floor) and cell.work != "read")
        ]

    def _turns(self, cell: Cell, entered: list[Contestant], rounds: int) -> Iterator[Contestant]:
        """Finds each client's speed, then does the rounds, each beginning with another client."""
        speeds: dict[Contestant, float | None] = {}
        with self._server(cell) as where:
            for contestant in entered:
                yield contestant
                speeds[contestant] = self._speed(cell, contestant, where)
            order = deque(entered)
            for _ in range(rounds):
                for contestant in order:
                    yield contestant
                    speed = speeds[contestant]
                    if speed and not self.figures.series[cell, contestant.name].failed:
                        requests = max(int(speed * self.args.seconds), 2 * cell.in_flight)
                        self._measure(cell, contestant, where, requests, keep=True)
                order.rotate(-1)

    def _speed(self, cell: Cell, contestant: Contestant, where: tuple[str, int]) -> float | None:
        """About how many requests a second: found by a short run, or known from the same work before."""
        known = self._speeds.get((cell.work, cell.in_flight, contestant.name))
        if known is None or cell.real:
            first = max(GUESS[cell.work], cell.in_flight)
            known = self._measure(cell, contestant, where, first, keep=False)
            if known is not None and not cell.real:
                self._speeds[cell.work, cell.in_flight, contestant.name] = known
        return known

    def _measure(
        self, cell: Cell, contestant: Contestant, where: tuple[str, int], requests: int, *, keep: bool
    ) -> float | None:
        """Run one worker and return its requests per second, or None without a result."""
        series = self.figures.series[cell, contestant.name]
        series.protocol = _protocol(cell, contestant) or cell.protocol
        said = {"hosts": where[0], "port": where[1], "protocol": series.protocol, "requests": requests}
        said |= {"work": cell.work, "in_flight": cell.in_flight, "keys": REAL_KEYS if cell.real else None}
        try:
            measured = contestant.run(**said, core=self.client_core if cell.pinned else None)
        except WorkerFailed as e:
            series.failed = str(e)
            self.console.print(f"{cell.title}: {e}", style="red", highlight=False)
            return None
        if "unable" in measured:
            series.unable = measured["unable"]
            return None
        self.figures.versions[contestant.name] = measured["version"]
        if keep:
            names = ("per_second", "cpu_us", "kernel_us", "rss_kb")
            series.rounds.append({name: measured[name] for name in names if name in measured})
        speed: float = measured["per_second"]
        return speed

    def _measure_start(self) -> None:
        with self._server(Cell("read")) as (host, port):
            for turn, contestant in [
                (turn, c) for turn in range(START_ROUNDS + 1) for c in self.contestants if not c.limit
            ]:
                series = self.figures.start[contestant.name]
                said = {
                    "hosts": host,
                    "port": port,
                    "protocol": contestant.protocols[0],
                    "core": self.client_core,
                }
                try:
                    measured = contestant.run(**said, work="start", in_flight=1, requests=1)
                except WorkerFailed as e:
                    series.failed = str(e)
                else:
                    # The first one may have had modules to compile and files to read.
                    if turn:
                        series.rounds.append(
                            {name: ms for name, ms in measured.items() if name.endswith("_ms")}
                        )


def _protocol(cell: Cell, contestant: Contestant) -> int | None:
    """The version that a client speaks in a cell: its newest with a real server, else the table's if it can."""
    return max(contestant.protocols) if cell.real else contestant.protocol_for(cell.protocol)


def show(figures: Figures, console: Console) -> None:
    for group in figures.groups:
        console.print(tables.terminal(tables.rows_of(figures, group)))
        console.print(tables.terminal(tables.rows_of(figures, group, "cpu_us")))
    console.print(tables.terminal(tables.memory_rows(figures, figures.groups[0])))
    if figures.start:
        console.print(tables.terminal(tables.start_rows(figures)))
    for where, reason in figures.reasons().items():
        console.print(f"{where}: {reason}", highlight=False)
    if figures.machine["load_before"] > 0.5:
        load = figures.machine["load_before"]
        console.print(
            f"The machine was not idle before the run (load {load:.1f}): trust ratios, not figures."
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three works, short rounds: about two minutes")
    parser.add_argument("--rounds", type=int, help="for every table; each has its own number unless said")
    parser.add_argument("--seconds", type=float, help="about how long one client works in one round")
    names = ",".join(each.name for each in (*CONTESTANTS, *LIMITS))
    parser.add_argument("--clients", default=names, help=f"of {names}")
    parser.add_argument("--works", help="only these, of " + ", ".join(WORKS))
    parser.add_argument(
        "--address", default=FLOOR_ADDRESS[0], help="where replay listens; other hosts are next to it"
    )
    parser.add_argument("--port", type=int, default=FLOOR_ADDRESS[1])
    parser.add_argument("--no-cassandra", action="store_true", help="the replay server only")
    parser.add_argument("--server", help="HOST:PORT of a real Cassandra; one is started unless said")
    parser.add_argument("--network", help="where the started one listens, as 127.0.60.")
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    args = parser.parse_args()
    args.seconds = args.seconds or (0.6 if args.quick else 0.4)
    args.start = not args.works
    args.clients = [name for name in args.clients.split(",") if name in BY_NAME]
    return args


def chosen(args: argparse.Namespace) -> tuple[Group, ...]:
    groups = QUICK if args.quick else FULL if args.no_cassandra else (*FULL, REAL)
    if not args.works:
        return groups
    works = args.works.split(",")
    kept = [replace(g, cells=tuple(c for c in g.cells if c.work in works)) for g in groups]
    return tuple(group for group in kept if group.cells)


def main() -> None:
    args, console = arguments(), Console()
    if not PEERS_PYTHON.exists():
        raise SystemExit("the peers are not installed: run `make bench-peers`")
    groups = chosen(args)
    figures = Bench(args, groups, console).run()
    show(figures, console)
    if args.output:
        figures.save(args.output)
        console.print(f"figures: {args.output}", highlight=False)


if __name__ == "__main__":
    main()
