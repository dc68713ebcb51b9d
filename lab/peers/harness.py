"""What the clients share: requests begun at a steady rate, whatever became of those before; what became of each.

A client is a separate process, in the environment of its driver. It connects, says that it is ready, begins a
request every so often until a line comes on its standard input, and writes all that it saw as one line of JSON. Times
are those of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path

__all__ = ["Client", "Driver", "main"]

KEYS = 100
READ = "SELECT k, v FROM compared.kv WHERE k = ?"
WRITE = "INSERT INTO compared.kv (k, v) VALUES (?, ?)"
AT_ONCE = 4000
"""Requests under way at the same time, at most: more than a rate of 300 a second leaves in twelve seconds."""


class Client:
    """One driver: `connect`, `write`, `read`, `close`."""

    version = "?"

    async def connect(self, hosts: list[str], port: int, tuned: bool) -> None:
        """A session at LOCAL_QUORUM, request timeout ten seconds; `tuned`: set up for nodes that fall silent."""
        raise NotImplementedError

    async def write(self, k: int, v: str) -> None:
        raise NotImplementedError

    async def read(self, k: int) -> tuple[int, str]:
        raise NotImplementedError

    async def close(self) -> None:
        """Ends the session."""


class Driver:
    """Begins the requests and keeps what became of them: when each began, its seconds, and "" or what went wrong."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.seen: list[tuple[float, float, str]] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self, rate: float, over: asyncio.Event) -> None:
        """Alternates writes and reads over the keys until `over`; then waits for what is under way."""
        begun, number = time.monotonic(), 0
        while not over.is_set():
            await asyncio.sleep(max(begun + number / rate - time.monotonic(), 0.0))
            if len(self.tasks) < AT_ONCE:
                task = asyncio.create_task(self.request(number))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            number += 1
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0)), *self.tasks], timeout=30.0)

    async def request(self, number: int) -> None:
        begun, outcome = time.monotonic(), ""
        key = number // 2 % KEYS
        try:
            if number % 2:
                k, v = await self.client.read(key)
                if k != key or not v.startswith(f"{key}:"):
                    outcome = f"wrong: row {k} for key {key}"
            else:
                await self.client.write(key, f"{key}:{number}")
        except Exception as error:  # whatever a driver raises
            outcome = type(error).__name__
        self.seen.append((begun, time.monotonic() - begun, outcome))


async def _measure(client: Client, args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    await client.connect(args.hosts.split(","), args.port, args.tuned)
    for key in range(KEYS):
        await client.write(key, f"{key}:0")
    loop.add_reader(sys.stdin.fileno(), over.set)
    print(json.dumps({"ready": client.version}), flush=True)
    driver = Driver(client)
    await driver.run(args.rate, over)
    loop.remove_reader(sys.stdin.fileno())
    said = {"seen": driver.seen, "never_ended": len(driver.tasks)}
    args.output.write_text(json.dumps(said))


def main(client: Client) -> None:
    """Runs the load that the command line describes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", required=True, help="contact points, separated by commas")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--output", type=Path, required=True)
    asyncio.run(_measure(client, parser.parse_args()))
    os._exit(0)  # the threads of some drivers keep a process from ending
