"""What concurrency gives on a real Cassandra: n reads at once, against n in sequence through the official driver.

One node, prepared statement, LOCAL_ONE, warmed, median of fifteen bursts; the clients take turns. Nobody is held to a
core: the server has as much of the machine as it takes. Bare sockets show what of a burst's time is the server's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import machine
from bench.peers import BY_NAME, CONTESTANTS, SOCKETS, WorkerFailed
from bench.real import cassandra
from bench.schema import fill

SIZES = (10, 50, 100)
ROUNDS, BURSTS = 3, 5
OFFICIAL = "cassandra-driver"
WARM_UP = 10_000
SERVER_WARM_UP = 200_000
"""Reads of one round of warming the server."""
SETTLED_ROUNDS, SETTLED = 4, 1.03
"""The server is warm when so many rounds did not beat the best before them by more than this."""
WARM_UP_SECONDS = 300.0

Times = dict[int, list[float]]


def _add(times: Times, measured: dict[str, list[float]]) -> None:
    for size, values in measured.items():
        times[int(size)] += values


def is_settled(rates: list[float]) -> bool:
    """Whether the last rounds were no faster than those before."""
    before, last = rates[:-SETTLED_ROUNDS], rates[-SETTLED_ROUNDS:]
    return bool(before) and max(last) <= max(before) * SETTLED


def warm(host: str, port: int, console: Console) -> None:
    """Reads until the server gets no faster: until it has compiled what it runs often, it is what is measured.

    Cassandra on two cores begins at 4,000 reads a second and comes to ten times that in two minutes.
    """
    rates: list[float] = []
    end = time.monotonic() + WARM_UP_SECONDS
    while not is_settled(rates) and time.monotonic() < end:
        said = BY_NAME["aiocql"].run(
            hosts=host, port=port, work="read", requests=SERVER_WARM_UP, keys=max(SIZES), protocol=5
        )
        rates.append(said["per_second"])
        console.print(f"warming the server: {rates[-1]:,.0f} reads a second", highlight=False)


def measure(host: str, port: int, clients: list[str], console: Console) -> tuple[Times, dict[str, Times]]:
    """Milliseconds of the sequence through the official driver, and of each client's bursts, by size."""
    sequence: Times = defaultdict(list)
    bursts: dict[str, Times] = {name: defaultdict(list) for name in clients}
    warm(host, port, console)
    said = {
        "hosts": host,
        "port": port,
        "work": "bursts",
        "requests": BURSTS,
        "warm_up": WARM_UP,
        "keys": max(SIZES),
    }
    for turn in range(ROUNDS):
        for name in clients[turn % len(clients) :] + clients[: turn % len(clients)]:
            try:
                measured = BY_NAME[name].run(**said, protocol=max(BY_NAME[name].protocols))
            except WorkerFailed as e:
                console.print(str(e), style="red", highlight=False)
                continue
            _add(bursts[name], measured["at_once_ms"])
            _add(sequence, measured["one_by_one_ms"])
    return sequence, bursts


def table(sequence: Times, bursts: dict[str, Times]) -> Table:
    """Medians in milliseconds, and how many times faster than the sequence."""
    out = Table(
        title="n reads at once, against one after the other through cassandra-driver", title_justify="left"
    )
    out.add_column("client", no_wrap=True)
    for size in SIZES:
        out.add_column(f"{size}, ms", justify="right", no_wrap=True)
        out.add_column("x", justify="right", no_wrap=True)
    base = {size: statistics.median(sequence[size]) for size in SIZES}
    out.add_row(
        f"{OFFICIAL}, in sequence",
        *(text for n in SIZES for text in (f"{base[n]:.2f}", "1.0")),
        end_section=True,
    )
    for name, times in bursts.items():
        if times:
            medians = [(n, statistics.median(times[n])) for n in SIZES]
            out.add_row(name, *(text for n, ms in medians for text in (f"{ms:.2f}", f"{base[n] / ms:.1f}")))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="HOST:PORT of a Cassandra; one is started unless said")
    parser.add_argument("--network", help="where the started one listens, as 127.0.60.")
    parser.add_argument("--clients", default=",".join(c.name for c in (*CONTESTANTS, SOCKETS)))
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    args, console = parser.parse_args(), Console(width=100)
    names = args.clients.split(",")
    if OFFICIAL not in names:
        names.append(OFFICIAL)
    with cassandra(args.server, args.network) as (host, port):
        fill(host, port, keys=max(SIZES))
        sequence, bursts = measure(host, port, names, console)
    if not sequence:
        raise SystemExit(f"{OFFICIAL} gave no figures to compare with")
    console.print(table(sequence, bursts))
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        date = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        said = {"date": date, "machine": machine(), "sequence_ms": sequence, "at_once_ms": bursts}
        args.output.write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
