"""`make bench` and `make bench-quick`: all clients on the replay server, interleaved, and what came of it.

The replay server has one core, the client under test another. Each round runs every client once, in turns, so that
whatever else the machine does meets all of them; figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import tables
from bench.cells import FULL, GUESS, QUICK, Cell, Group
from bench.clients.works import WORKS
from bench.figures import Figures
from bench.peers import BY_NAME, FLOOR_ADDRESS, PEERS_PYTHON, ROOT, Contestant, WorkerFailed
from bench.replay.server import replaying
from bench.report import write_page

RESULTS = ROOT / "bench" / "results"
START_ROUNDS = 5


class Bench:
    """One run: its options, and the figures as they grow."""

    def __init__(self, args: argparse.Namespace, groups: tuple[Group, ...], console: Console) -> None:
        self.args, self.groups, self.console = args, groups, console
        self.contestants = [BY_NAME[name] for name in args.clients]
        self.figures = Figures(groups, args.clients)
        self.seconds = args.seconds
        cores = sorted(os.sched_getaffinity(0))
        self.server_core = cores[0] if len(cores) > 1 else None
        self.client_core = cores[1] if len(cores) > 1 else None

    def addresses(self, hosts: int) -> list[tuple[str, int]]:
        base, _, last = self.args.address.rpartition(".")
        return [(f"{base}.{int(last) + i}", self.args.port) for i in range(hosts)]

    def run(self) -> Figures:
        jobs = [(cell, self._entered(cell)) for group in self.groups for cell in group.cells]
        total = sum(len(entered) * (self.args.rounds + 1) for _, entered in jobs)
        columns = ("{task.description}", MofNCompleteColumn(), TimeElapsedColumn())
        shown = [TextColumn(column) if isinstance(column, str) else column for column in columns]
        with Progress(*shown, console=self.console, transient=True) as progress:
            task = progress.add_task("", total=total)
            for cell, entered in jobs:
                with self._server(cell.hosts):
                    for contestant in self._turns(cell, entered):
                        progress.update(task, description=f"{cell.title}: {contestant.name}", advance=1)
            if self.args.start:
                self._measure_start()
        return self.figures

    @contextmanager
    def _server(self, hosts: int) -> Iterator[None]:
        with replaying(self.addresses(hosts), core=self.server_core):
            yield

    def _entered(self, cell: Cell) -> list[Contestant]:
        return [
            contestant
            for contestant in self.contestants
            if contestant.protocol_for(cell.protocol) is not None
            and not (contestant.limit and (cell.protocol, cell.hosts, cell.work) != (4, 1, "read"))
        ]

    def _turns(self, cell: Cell, entered: list[Contestant]) -> Iterator[Contestant]:
        """Finds each client's speed, then does the rounds, each beginning with another client."""
        speeds = {}
        for contestant in entered:
            yield contestant
            speeds[contestant] = self._measure(
                cell, contestant, max(GUESS[cell.work], cell.in_flight), keep=False
            )
        order = deque(entered)
        for _ in range(self.args.rounds):
            for contestant in order:
                yield contestant
                speed = speeds[contestant]
                if speed and not self._given_up(cell, contestant):
                    self._measure(
                        cell, contestant, max(int(speed * self.seconds), 2 * cell.in_flight), keep=True
                    )
            order.rotate(-1)

    def _given_up(self, cell: Cell, contestant: Contestant) -> bool:
        return bool(self.figures.series[cell, contestant.name].failed)

    def _measure(self, cell: Cell, contestant: Contestant, requests: int, *, keep: bool) -> float | None:
        series = self.figures.series[cell, contestant.name]
        series.protocol = contestant.protocol_for(cell.protocol) or cell.protocol
        try:
            measured = contestant.run(
                hosts=self.args.address,
                port=self.args.port,
                protocol=series.protocol,
                work=cell.work,
                in_flight=cell.in_flight,
                requests=requests,
                core=self.client_core if cell.pinned else None,
            )
        except WorkerFailed as e:
            series.failed = str(e)
            self.console.print(f"{cell.title}: {e}", style="red", highlight=False)
            return None
        if "unable" in measured:
            series.unable = measured["unable"]
            return None
        self.figures.versions[contestant.name] = measured["version"]
        if keep:
            names = ("per_second", "cpu_us", "rss_kb")
            series.rounds.append({name: measured[name] for name in names if name in measured})
        speed: float = measured["per_second"]
        return speed

    def _measure_start(self) -> None:
        with self._server(1):
            for contestant in [c for _ in range(START_ROUNDS) for c in self.contestants if not c.limit]:
                series = self.figures.start[contestant.name]
                said = {
                    "hosts": self.args.address,
                    "port": self.args.port,
                    "protocol": contestant.protocols[0],
                }
                try:
                    measured = contestant.run(
                        **said, work="start", in_flight=1, requests=1, core=self.client_core
                    )
                except WorkerFailed as e:
                    series.failed = str(e)
                else:
                    series.rounds.append({name: ms for name, ms in measured.items() if name.endswith("_ms")})


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
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="about how long one client works in one round")
    parser.add_argument("--clients", default=",".join(BY_NAME), help="of " + ", ".join(BY_NAME))
    parser.add_argument("--works", help="only these, of " + ", ".join(WORKS))
    parser.add_argument(
        "--address", default=FLOOR_ADDRESS[0], help="where replay listens; other hosts are next to it"
    )
    parser.add_argument("--port", type=int, default=FLOOR_ADDRESS[1])
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    parser.add_argument("--page", type=Path, help="writes the documentation's page there")
    args = parser.parse_args()
    args.rounds = args.rounds or (2 if args.quick else 5)
    args.seconds = args.seconds or (0.6 if args.quick else 2.0)
    args.start = not args.works
    args.clients = [name for name in args.clients.split(",") if name in BY_NAME]
    return args


def chosen(args: argparse.Namespace) -> tuple[Group, ...]:
    groups = QUICK if args.quick else FULL
    if not args.works:
        return groups
    works = args.works.split(",")
    kept = [Group(g.key, g.title, tuple(c for c in g.cells if c.work in works)) for g in groups]
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
    if args.page:
        write_page(figures, args.page)
        console.print(f"page: {args.page}", highlight=False)


if __name__ == "__main__":
    main()
