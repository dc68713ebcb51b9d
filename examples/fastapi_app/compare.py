"""The synchronous driver, async-cassandra and aiocql under one FastAPI application, side by side.

::

    pip install -r comparison/requirements.txt
    CASSANDRA_CONTACT_POINTS=host python compare.py            # prints the table
    CASSANDRA_CONTACT_POINTS=host python compare.py --readme   # and writes it into README.md

Each driver's application runs in a uvicorn process of its own. They take turns, are warmed first, and the medians of
all rounds are shown. `--python` names the interpreter whose environment has the other two drivers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx

HERE = Path(__file__).parent
DRIVERS = {
    "cassandra-driver, one after the other": "with_cassandra_driver",
    "async-cassandra": "with_async_cassandra",
    "aiocql": "with_aiocql",
}
SIZES = (10, 50, 100)
BURSTS = 7
USERS, AT_ONCE = 500, 50
PUBLISHED = (
    "| *async-cassandra's own figures, against the same in sequence* "
    "| *879/s (10.2x)* | *2,208/s (25.6x)* | *1,826/s (21.0x)* | *825/s* | |"
)
BEGIN, END = "<!-- table: compare.py -->", "<!-- end of table -->"

Figures = dict[str, dict[object, list[float]]]


@contextlib.contextmanager
def served(module: str, python: str) -> Iterator[str]:
    """The application of one driver."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [
        python,
        "-m",
        "uvicorn",
        f"comparison.{module}:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen([*command, "--no-access-log"], cwd=HERE)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{module} does not serve")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/reads?requests=1", timeout=30).status_code == 200:
                    break
            time.sleep(0.1)
        yield url
    finally:
        # async-cassandra sleeps for ten seconds when it is closed; nothing is measured there.
        process.send_signal(signal.SIGKILL)
        process.wait()


async def measure(url: str, figures: dict[object, list[float]]) -> None:
    """One round of one driver: seconds for each size, and users a second."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        for _ in range(5):
            await seconds(client, 100)
        await users_a_second(client, USERS // 5)
        for _ in range(BURSTS):
            for size in SIZES:
                figures[size].append(await seconds(client, size))
            figures["many"].append(await users_within_a_request(client, USERS, figures["lost"]))
        figures["users"].append(await users_a_second(client, USERS, figures["failed"]))


async def seconds(client: httpx.AsyncClient, requests: int) -> float:
    answer = await client.get("/reads", params={"requests": requests})
    found: float = answer.raise_for_status().json()["seconds"]
    return found


async def users_within_a_request(client: httpx.AsyncClient, users: int, lost: list[float]) -> float:
    """Users a second that one request to the application creates; 0 where an insert failed."""
    answer = await client.post("/users/many", params={"users": users})
    if answer.status_code != 201:
        lost.append(1.0)
        return 0.0
    found: float = answer.json()["seconds"]
    return users / found


async def users_a_second(client: httpx.AsyncClient, users: int, failed: list[float] | None = None) -> float:
    """Users created until the last one was. A client whose user was refused stops, and is counted in `failed`."""
    left = iter(range(users))
    created: list[float] = []

    async def create() -> None:
        for _ in left:
            if (await client.post("/users")).status_code != 201:
                if failed is not None:
                    failed.append(1.0)
                return
            created.append(time.perf_counter())

    begun = time.perf_counter()
    await asyncio.gather(*(create() for _ in range(AT_ONCE)))
    return len(created) / (max(created) - begun)


def table(figures: Figures) -> str:
    """Reads a second and how many times those of the first driver, by size; users a second."""
    base = {size: statistics.median(figures[next(iter(DRIVERS))][size]) for size in SIZES}
    heads = [f"{size} requests" for size in SIZES]
    lines = [
        f"| driver | {' | '.join(heads)} | users created | by one HTTP request each |",
        "|---|" + "---:|" * (len(SIZES) + 2),
        PUBLISHED,
    ]
    for name in DRIVERS:
        cells = []
        for size in SIZES:
            median = statistics.median(figures[name][size])
            cells.append(f"{size / median:,.0f}/s ({base[size] / median:.1f}x)")
        for kind, failures in (("many", "lost"), ("users", "failed")):
            failed = f", {len(figures[name][failures])} failed" if figures[name][failures] else ""
            cells.append(f"{statistics.median(figures[name][kind]):,.0f}/s{failed}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Puts the table into the README."""
    page = (HERE / "README.md").read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    (HERE / "README.md").write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the applications")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for turn in range(arguments.rounds):
        names = list(DRIVERS)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            with served(DRIVERS[name], arguments.python) as url:
                asyncio.run(measure(url, figures[name]))
    date = time.strftime("%Y-%m-%d", time.gmtime())
    text = (
        f"{table(figures)}\n\n{date}, {os.cpu_count()} cores shared by server, application and client, "
        f"Python {platform.python_version()}; medians of {arguments.rounds} rounds of {BURSTS} bursts, "
        f"{USERS} users by {AT_ONCE} clients in each round."
    )
    print(text)
    if arguments.readme:
        write(text)


if __name__ == "__main__":
    main()
