"""`make soak MINUTES=n`: a real cluster behind proxies, a process under load, one disturbance after the other.

At the end it says which of the six statements held, and writes a report; the exit status is 1 if one did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiocql.monitoring.report import page
from aiocql.testing import CassandraCluster, FaultProxy
from aiocql.testing.certificates import CertificateAuthority
from aiocql.testing.errors import LauncherError
from lab.disturbances import ALL, QUICK, Disturbance, Lab
from lab.report import write_report
from lab.verdict import Event, Held, baseline, judge, recovery

__all__ = ["Soak", "soak"]

CALM = 10.0
"""Seconds of undisturbed load at the beginning, and after each disturbance at least."""
RECOVERY_LIMIT = 20.0
"""Seconds that throughput may take to come back. The design's 10 s, and as much again for a machine that also runs the
cluster, whose restarted nodes compile their code anew."""
NODE_TIMEOUT = 600.0
"""Seconds that a node may take to start: it does so on the processors that the load keeps busy, and a machine that is
slow for a minute must not end the run of an hour."""


class Soak:
    """What one run saw."""

    def __init__(self) -> None:
        self.samples: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self.final: dict[str, Any] = {}
        self.protocol = ""
        """Of its sessions: ``v5 and v4``."""
        self.broken = ""
        self.ready = asyncio.Event()
        self.obeyed: asyncio.Queue[None] = asyncio.Queue()

    @property
    def now(self) -> float:
        """The worker's clock, as of its last sample."""
        return float(self.samples[-1]["seconds"]) if self.samples else 0.0

    def recovered(self) -> bool:
        """Whether throughput is what it was before the last disturbance."""
        return recovery(self.samples, self.events[-1], baseline(self.samples, self.events)) is not None

    async def listen(self, stream: asyncio.StreamReader) -> None:
        """Takes what the worker tells, until it ends."""
        while line := await stream.readline():
            told = json.loads(line)
            if "sample" in told:
                self.samples.append(told["sample"])
            elif "ready" in told:
                self.protocol = " and ".join(f"v{version}" for version in told["ready"]["protocols"])
                self.ready.set()
            elif "obeyed" in told:
                self.obeyed.put_nowait(None)
            else:
                self.final = told["final"]
        self.ready.set()
        self.obeyed.put_nowait(None)  # a process that has ended keeps nobody waiting

    def verdict(self, limit: float = RECOVERY_LIMIT) -> list[Held]:
        """The six statements. `limit`: seconds that throughput may take to come back."""
        if not self.final:
            return [Held("the process under test", False, "it ended before its time: see what it wrote")]
        held = judge(self.samples, self.events, self.final, limit=limit)
        return [*held, Held("the lab ran to its end", False, self.broken)] if self.broken else held


async def soak(
    cluster: CassandraCluster,
    seconds: float,
    disturbances: Sequence[Disturbance],
    *,
    rate: float,
    cancellations: float,
    seed: int,
    calm: float = CALM,
    report: Any = print,
    authority: Path | None = None,
) -> Soak:
    """Runs the load for so many seconds on a cluster that runs, each disturbance once at least.

    `authority`: the file of the certificate authority, where the nodes speak TLS as well.
    """
    run = Soak()
    rng = random.Random(seed)
    async with AsyncExitStack() as stack:
        proxies = []
        for node in cluster.nodes:
            address, port = node.contact_point.rsplit(":", 1)
            proxies.append(await stack.enter_async_context(FaultProxy(address, int(port))))
        worker = await _start(cluster, proxies, rate, cancellations, seed, authority)
        assert worker.stdin is not None
        assert worker.stdout is not None
        listening = asyncio.create_task(run.listen(worker.stdout))
        try:
            await run.ready.wait()
            stdin = worker.stdin

            async def obey(line: str) -> None:
                stdin.write(f"{line}\n".encode())
                await run.obeyed.get()

            lab = Lab(cluster, proxies, obey, rng)
            await asyncio.sleep(calm)
            try:
                await _disturb(run, lab, disturbances, seconds - 2 * calm, calm, report)
            except LauncherError as exc:
                # The lab's own failure: what was seen until then is still judged and told.
                run.broken = f"{type(exc).__name__}: {exc}"
            await asyncio.sleep(calm)
            stdin.write(b"stop\n")
            await listening
        finally:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
            listening.cancel()
    return run


async def _start(
    cluster: CassandraCluster,
    proxies: Sequence[FaultProxy],
    rate: float,
    cancellations: float,
    seed: int,
    authority: Path | None,
) -> asyncio.subprocess.Process:
    translate = {
        node.contact_point: (proxy.address, proxy.port)
        for node, proxy in zip(cluster.nodes, proxies, strict=True)
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lab.worker", *(f"{proxy.address}:{proxy.port}" for proxy in proxies)),
        *("--translate", json.dumps(translate), "--rate", str(rate)),
        *("--cancellations", str(cancellations), "--seed", str(seed)),
        *(("--authority", str(authority)) if authority else ()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )


async def _disturb(
    run: Soak,
    lab: Lab,
    disturbances: Sequence[Disturbance],
    seconds: float,
    calm: float,
    report: Any,
) -> None:
    """Every disturbance once, in a random order, and again, until the time is over: each when throughput is back."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    waiting: list[Disturbance] = []
    while loop.time() < until or len(run.events) < len(disturbances):
        waiting = waiting or lab.random.sample(list(disturbances), len(disturbances))
        begun, clock = run.now, loop.time()
        what = await waiting.pop()(lab)
        run.events.append(Event(what, begun, begun + loop.time() - clock))
        await asyncio.sleep(calm)
        for _ in range(int(RECOVERY_LIMIT)):
            if run.recovered():
                break
            await asyncio.sleep(1.0)
        last = run.samples[-1]
        report(
            f"{run.now / 60:6.1f} min  {what:60s} {last['done']:5,} requests/s  {last['rss_kb'] / 1024:6.1f} MB  "
            f"{last['descriptors']:3} fds  {last['wrong']} wrong"
        )


def encrypted(authority: CertificateAuthority) -> Callable[[str], dict[str, Any]]:
    """Settings with which a node speaks TLS to those who want it, and without to others, on one port."""

    def settings(address: str) -> dict[str, Any]:
        options = authority.server_options(authority.issue(address, [address]), require_client=False)
        return {"client_encryption_options": {**options, "optional": True}}

    return settings


async def main(args: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        authority = CertificateAuthority(Path(stack.enter_context(TemporaryDirectory())))
        cluster = await stack.enter_async_context(
            CassandraCluster(
                3,
                racks=["r1", "r2", "r3"],
                settings=encrypted(authority),
                start_timeout=NODE_TIMEOUT,
                report=print,
            )
        )
        run = await soak(
            cluster,
            60 * args.minutes,
            QUICK if args.quick else ALL,
            rate=args.rate,
            cancellations=args.cancellations,
            seed=args.seed,
            authority=authority.certificate_path,
        )
    held = run.verdict()
    for statement in held:
        print(f"{'held    ' if statement.held else 'NOT HELD'}  {statement.statement}: {statement.seen}")
    for wrong in run.final.get("wrong", ()):
        print(f"          {wrong}")
    raw = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": page.machine(),
        "protocol": run.protocol,
        "samples": run.samples,
        "events": [vars(event) for event in run.events],
        "final": run.final,
    }
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.with_suffix(".json").write_text(json.dumps(raw))
    if run.samples:
        title = f"Soak of {args.minutes:g} minutes, native protocol {run.protocol}, seed {args.seed}"
        write_report(args.output, title, run.samples, run.events, held)
        print(f"report: {args.output}")
    return 0 if all(statement.held for statement in held) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--cancellations", type=float, default=300.0, help="cancelled reads a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="only what leaves the nodes running")
    parser.add_argument("--output", type=Path, default=Path("build/soak.html"))
    sys.exit(asyncio.run(main(parser.parse_args())))
