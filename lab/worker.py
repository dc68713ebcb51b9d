"""The process under test: connects through the proxies, runs the load, tells a sample a second, ends on demand.

It reads commands from its standard input, one a line (`block 1.5`, `alter`, `stop`), and writes lines of JSON:
``{"ready": ...}``, ``{"sample": ...}`` each second, ``{"final": ...}``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import resource
import sys
import time
from typing import Any

import aiocql
from lab.ledger import Ledger
from lab.load import SCHEMA, Load, Tally

TIMEOUT = 8.0
"""Seconds of one request, its retries and waiting included."""


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def resident_kb() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024


async def connect(points: list[str], translate: dict[str, tuple[str, int]]) -> aiocql.Session:
    """A session that reaches each node through its proxy."""
    return await aiocql.connect(
        *points,
        local_datacenter="dc1",
        consistency_level="LOCAL_QUORUM",
        request_timeout=TIMEOUT,
        attempt_timeout=1.5,
        heartbeat_interval=4.0,
        heartbeat_timeout=2.0,
        pool=aiocql.PoolOptions(core_local=2, max_local=4),
        address_translator=lambda address, port: translate.get(f"{address}:{port}", (address, port)),
    )


async def samples(session: aiocql.Session, load: Load) -> None:
    """Tells what the last second was like, every second, and keeps an eye on the loop itself."""
    begun = last = time.monotonic()
    due = begun + 1.0
    while True:
        await asyncio.sleep(0.05)
        now = time.monotonic()
        load.held_up = max(0.9 * load.held_up, now - last - 0.05)
        last = now
        if now < due:
            continue
        due = now + 1.0
        tally, load.tally = load.tally, Tally()
        stats = session.stats()
        say(
            sample={
                "seconds": now - begun,
                "done": tally.done,
                "cancelled": tally.cancelled,
                "errors": tally.errors,
                "slowest": tally.slowest,
                "late": tally.late,
                "wrong": len(load.ledger.wrong),
                "held_up": load.held_up,
                "rss_kb": resident_kb(),
                "descriptors": descriptors(),
                "tasks": len(asyncio.all_tasks()),
                "connections": stats.open_connections,
                "in_flight": stats.in_flight,
                "orphans": sum(host.orphans for host in stats.hosts),
                "waiting": stats.waiting,
            }
        )


async def commands() -> asyncio.StreamReader:
    """Standard input, a line at a time."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def obey(reader: asyncio.StreamReader, session: aiocql.Session) -> None:
    """Does what it is told until it is told to stop."""
    columns = 0
    while line := (await reader.readline()).split():
        match line:
            case [b"block", seconds]:
                time.sleep(float(seconds))  # noqa: ASYNC251  # what a callback that computes for too long does
            case [b"alter"]:
                columns += 1
                await session.execute(f"ALTER TABLE soak.kv ADD c{columns} int", timeout=30.0)
            case _:
                return


async def verify(session: aiocql.Session, ledger: Ledger) -> tuple[int, int]:
    """Reads everything that was appended and every row, with nothing disturbed any more.

    In small pages and for as long as it takes: what was missed while nodes were away is repaired by these reads.
    """
    patient: dict[str, Any] = {"page_size": 20, "timeout": 600.0, "attempt_timeout": 60.0}
    elements = session.stream("SELECT k, l FROM soak.lists", consistency_level="ALL", **patient)
    twice, missing = ledger.check_elements([(row.k, row.l) async for row in elements])
    async for row in session.stream("SELECT k, v FROM soak.kv", **patient):
        ledger.check(row.k, (row.k, row.v), ledger.acknowledged[row.k])
    return twice, missing


async def run(args: argparse.Namespace) -> None:
    ledger = Ledger(args.seed)
    reader = await commands()
    before = descriptors()
    session = await connect(args.points, json.loads(args.translate))
    for statement in SCHEMA:
        await session.execute(statement, timeout=30.0)
    load = Load(session, ledger, TIMEOUT)
    await load.fill()
    say(ready={"protocol": session.protocol_version, "pid": os.getpid()})
    load.start(args.rate, args.cancellations)
    sampling = asyncio.create_task(samples(session, load), name="samples")
    await obey(reader, session)
    lost = await load.stop()
    sampling.cancel()
    await asyncio.wait([sampling])
    twice, missing = await verify(session, ledger)
    await session.close()
    gc.collect()
    await asyncio.sleep(0.5)
    say(
        final={
            "lost_awaiters": lost,
            "repeated": twice,
            "missing": missing,
            "appended": ledger.appended,
            "wrong": ledger.wrong[:50],
            "tasks_left": [
                task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()
            ],
            "descriptors_left": descriptors() - before,
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("points", nargs="+", help="contact points: the proxies")
    parser.add_argument("--translate", default="{}", help="JSON: node's address:port to its proxy's")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--cancellations", type=float, default=100.0, help="cancelled reads a second")
    parser.add_argument("--seed", type=int, default=1)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
