"""The processes behind `bench.pools`: each measures one thing and prints it as one line of JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONNECTIONS, IN_FLIGHT = 50, 5000
READ = "SELECT k,v FROM bench.kv WHERE k=?"
FIRST_KEY = 1_000_000


def resident() -> int:
    """Bytes of this process that are in memory, when all garbage is gone."""
    gc.collect()
    with open("/proc/self/statm") as line:
        return int(line.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def _forever(connections: int, in_flight: int = 1024) -> Any:
    import aiocql

    return aiocql.PoolOptions(
        core_local=1, max_local=connections, max_requests_per_connection=in_flight, idle_timeout=3600
    )


async def _touch(session: Any, requests: int) -> None:
    """Every connection has sent and received: a buffer that was never used costs nothing yet."""
    await asyncio.gather(*(session.execute("SELECT key FROM system.local") for _ in range(requests)))


async def idle(address: str, port: str, authority: str) -> dict[str, float]:
    """Bytes that each of `CONNECTIONS` more connections adds."""
    import aiocql

    tls = aiocql.TLSOptions(ca=authority) if authority != "-" else None
    async with aiocql.connect((address, int(port)), ssl=tls, pool=_forever(CONNECTIONS + 10)) as session:
        await session.warm_up(10)
        await _touch(session, 1200)
        before = resident()
        await session.warm_up(CONNECTIONS + 10)
        await _touch(session, 1200)
        return {"bytes": (resident() - before) / CONNECTIONS}


async def opening(address: str, port: str, authority: str, user: str) -> dict[str, float]:
    """Milliseconds until one more connection stands, the server's own time included: the median of thirty."""
    import aiocql

    tls = aiocql.TLSOptions(ca=authority) if authority != "-" else None
    auth = (user, "secret") if user != "-" else None
    clock, times = time.perf_counter, []
    async with aiocql.connect((address, int(port)), ssl=tls, auth=auth, pool=_forever(40)) as session:
        for n in range(2, 32):
            start = clock()
            await session.warm_up(n)
            times.append((clock() - start) * 1000)
    return {"ms": sorted(times)[len(times) // 2]}


async def budget(address: str, port: str) -> dict[str, float]:
    """Bytes of the session alone, of 50 connections, and of 5,000 requests that wait for their answers."""
    bare = resident()
    import aiocql

    async with aiocql.connect(
        (address, int(port)), pool=_forever(CONNECTIONS), request_timeout=None
    ) as session:
        await session.prepare(READ)
        alone = resident()
        await session.warm_up(CONNECTIONS)
        await _touch(session, 1000)
        connected = resident()
        tasks = [asyncio.create_task(session.execute(READ, [FIRST_KEY + i])) for i in range(IN_FLIGHT)]
        await asyncio.sleep(1)
        stats = session.stats()
        assert (stats.in_flight, stats.open_connections, stats.waiting) == (IN_FLIGHT, CONNECTIONS, 0)
        full = resident()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await session.close(drain_timeout=0)
    return {"session": alone - bare, "connections": connected - alone, "requests": full - connected}


async def _closed_loop(session: Any, in_flight: int, seconds: float) -> dict[str, float]:
    """Keeps so many requests in flight; each task sends its next one when its last was answered."""
    done = 0
    end = 0.0
    execute, clock = session.execute, time.perf_counter

    async def work(key: int) -> None:
        nonlocal done
        while clock() < end:
            (await execute(READ, [key])).one()
            done += 1

    figures = {}
    for length in (min(seconds, 1.0), seconds):
        done, end = 0, clock() + length
        cpu, start = time.process_time(), clock()
        await asyncio.gather(*(work(FIRST_KEY + i) for i in range(in_flight)))
        figures = {"per_second": done / (clock() - start), "cpu_us": (time.process_time() - cpu) / done * 1e6}
    return figures


async def scaling(address: str, port: str, connections: str, seconds: str) -> dict[str, float]:
    """So many connections, each at its high mark."""
    import aiocql

    n = int(connections)
    pool = aiocql.PoolOptions(core_local=n, max_local=n, max_requests_per_connection=64)
    async with aiocql.connect((address, int(port)), pool=pool) as session:
        await session.prepare(READ)
        await session.warm_up(n)
        return await _closed_loop(session, n * 51, float(seconds))


async def throughput(address: str, port: str, _: str, in_flight: str, seconds: str) -> dict[str, float]:
    """Default options; the loop was chosen by `main`."""
    import aiocql

    async with aiocql.connect((address, int(port))) as session:
        await session.prepare(READ)
        return await _closed_loop(session, int(in_flight), float(seconds))


async def serve(address: str, port: str, kind: str) -> dict[str, float]:
    """A scripted node that never answers `READ`; says where its authority is, and goes on until it is ended."""
    from aiocql.testing import CertificateAuthority, NoAnswer, ScriptedServer, plain_text

    with tempfile.TemporaryDirectory() as folder:
        context, authority = None, ""
        if "tls" in kind:
            import ssl

            made = CertificateAuthority(Path(folder))
            certificate = made.issue("node", [address])
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate_path, certificate.key_path)
            authority = str(made.certificate_path)
        auth = plain_text({"user": "secret"}) if "auth" in kind else None
        async with ScriptedServer(address, int(port), ssl=context, auth=auth) as server:
            server.keep_requests = False
            server.prime(READ, NoAnswer(), bind=[("k", "int")], partition_key=[0], columns=[("v", "text")])
            print(authority, flush=True)
            await asyncio.get_running_loop().create_future()
    return {}


WORKERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (idle, opening, budget, scaling, throughput, serve)
}


def main() -> None:
    name, *arguments = sys.argv[1:]
    factory = None
    if name in ("scaling", "throughput"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        if "uvloop" in arguments:
            import uvloop

            factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        print(json.dumps(runner.run(WORKERS[name](*arguments))), flush=True)


if __name__ == "__main__":
    main()
