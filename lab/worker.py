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
import ssl
import sys
import time
import warnings
from typing import Any

import aiocql
from aiocql.policies import ConstantSpeculativeExecutionPolicy
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


class Complaints:
    """What nobody awaited, closed or handled, as Python and asyncio tell it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        asyncio.get_running_loop().set_exception_handler(self._loop)
        sys.unraisablehook = lambda told: self.heard.append(
            f"{told.err_msg or 'unraisable'}: {told.exc_value!r}"
        )
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, category, *_: self.heard.append(
            f"{category.__name__}: {message}"
        )

    def _loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.heard.append(f"{context['message']}: {context.get('exception')!r}")
        loop.default_exception_handler(context)


async def connect(args: argparse.Namespace) -> list[aiocql.Session]:
    """Two sessions that reach each node through its proxy: one with LZ4 and speculative executions, one over TLS.

    The one over TLS speaks v4, whose frames have no checksum: without TLS a flipped byte would be a wrong value.
    """
    tls: dict[str, Any] = {}
    if args.authority:
        context = ssl.create_default_context(cafile=args.authority)
        context.check_hostname = False  # the certificates name the nodes, not their proxies
        tls = {"ssl": context, "protocol_version": 4}
    speculative = ConstantSpeculativeExecutionPolicy(0.1)
    return [
        await _connect(args, compression="lz4", speculative=speculative),
        await _connect(args, compression="lz4", **tls),
    ]


async def _connect(args: argparse.Namespace, **options: Any) -> aiocql.Session:
    translate = json.loads(args.translate)
    return await aiocql.connect(
        *args.points,
        local_datacenter="dc1",
        consistency_level="LOCAL_QUORUM",
        request_timeout=TIMEOUT,
        attempt_timeout=1.5,
        heartbeat_interval=4.0,
        heartbeat_timeout=2.0,
        pool=aiocql.PoolOptions(core_local=2, max_local=4),
        address_translator=lambda address, port: translate.get(f"{address}:{port}", (address, port)),
        **options,
    )


def open_requests(sessions: list[aiocql.Session]) -> dict[str, int]:
    """What the sessions have to do with requests at this moment."""
    stats = [session.stats() for session in sessions]
    return {
        "connections": sum(s.open_connections for s in stats),
        "in_flight": sum(s.in_flight for s in stats),
        "orphans": sum(host.orphans for s in stats for host in s.hosts),
        "waiting": sum(s.waiting for s in stats),
    }


async def samples(sessions: list[aiocql.Session], load: Load) -> None:
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
        say(
            sample={
                "seconds": now - begun,
                "done": tally.done,
                "outran": tally.outran,
                "cancelled": tally.cancelled,
                "errors": tally.errors,
                "slowest": tally.slowest,
                "late": tally.late,
                "wrong": len(load.ledger.wrong),
                "held_up": load.held_up,
                "rss_kb": resident_kb(),
                "descriptors": descriptors(),
                "tasks": len(asyncio.all_tasks()),
                **open_requests(sessions),
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
    """Carry out commands until the command to stop."""
    columns = tables = 0
    while line := (await reader.readline()).split():
        match line:
            case [b"block", seconds]:
                time.sleep(float(seconds))  # noqa: ASYNC251  # what a callback that computes for too long does
            case [b"alter"]:
                columns += 1
                await change(session, f"ALTER TABLE soak.kv ADD c{columns} int")
            case [b"tables", count]:
                for _ in range(int(count)):
                    tables += 1
                    await change(session, f"CREATE TABLE soak.t{tables} (k int PRIMARY KEY)")
                    await change(session, f"DROP TABLE IF EXISTS soak.t{tables}")
            case _:
                return
        say(obeyed=line[0].decode())


async def change(session: aiocql.Session, statement: str) -> None:
    """A change of the schema; that it can fail while nodes come and go is the cluster's matter."""
    try:
        await session.execute(statement, timeout=30.0)
    except aiocql.Error as error:
        print(f"{statement}: {type(error).__name__}", file=sys.stderr)


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
    complaints = Complaints()
    reader = await commands()
    before = descriptors()
    sessions = await connect(args)
    session = sessions[0]
    for statement in SCHEMA:
        await session.execute(statement, timeout=30.0)
    load = Load(sessions, ledger, TIMEOUT)
    await load.fill()
    say(ready={"protocols": [s.protocol_version for s in sessions], "pid": os.getpid()})
    load.start(args.rate, args.cancellations)
    sampling = asyncio.create_task(samples(sessions, load), name="samples")
    await obey(reader, session)
    lost, crashed = await load.stop()
    sampling.cancel()
    await asyncio.wait([sampling])
    twice, missing = await verify(session, ledger)
    left_open = open_requests(sessions)
    for each in sessions:
        await each.close()
    gc.collect()
    await asyncio.sleep(0.5)
    say(
        final={
            "lost_awaiters": lost,
            "crashed": crashed,
            "complaints": complaints.heard[:50],
            "left_open": left_open,
            "repeated": twice,
            "missing": missing,
            "appended": ledger.appended,
            "acknowledged": sum(ledger.acknowledged_elements),
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
    parser.add_argument("--authority", help="file of the certificate authority, where the nodes speak TLS")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--cancellations", type=float, default=100.0, help="cancelled reads a second")
    parser.add_argument("--seed", type=int, default=1)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
