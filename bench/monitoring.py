"""`make bench-monitoring`: what watching costs, as shares of throughput and of a core.

One process reads one row at a time from the replay server with 100 requests in flight. Processor time for a request is
compared, because its inverse is the throughput of a process that is the limit. Rounds with and without metrics or spans
take turns and last some milliseconds, and the fastest tenth of each kind is compared: what else the machine does slows
down most rounds, but not all. What happens once a second, whatever the requests, is measured separately.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import os
import pty
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry, generate_latest

import aiocql
from aiocql.exporters.live import LiveView
from aiocql.exporters.opentelemetry import DurationExporter, meter_session, trace_session
from aiocql.exporters.prometheus import SessionCollector
from bench.clients.works import READ
from bench.replay.server import replaying

ADDRESSES = [("127.0.25.1", 25042), ("127.0.25.2", 25042), ("127.0.25.3", 25042)]
IN_FLIGHT = 100


class NoSpans(SpanExporter):
    """Throws spans away."""

    def export(self, spans: Any) -> SpanExportResult:
        return SpanExportResult.SUCCESS


class NoMetrics(MetricExporter):
    """Throws metrics away."""

    def export(self, metrics_data: Any, timeout_millis: float = 0, **kwargs: Any) -> MetricExportResult:
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 0) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 0, **kwargs: Any) -> None:
        pass


async def read(session: Any, keys: Any, requests: int) -> float:
    """Processor seconds of this process for a request."""
    numbers = itertools.islice(keys, requests)

    async def reader() -> None:
        execute = session.execute
        for key in numbers:
            await execute(READ, [key])

    gc.collect()
    gc.disable()
    begun = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(reader())
    used = time.process_time() - begun
    gc.enable()
    return used / requests


@contextlib.asynccontextmanager
async def metrics(session: Any) -> AsyncIterator[None]:
    """What metrics ask of each request: a threshold for slow ones. Counters are always kept."""
    session.log_slow_queries(1.0)
    yield
    session.log_slow_queries(None)


@contextlib.asynccontextmanager
async def nothing(session: Any) -> AsyncIterator[None]:
    yield


async def once_a_second(session: Any, times: int) -> float:
    """Processor seconds of a scrape by Prometheus, a collection by OpenTelemetry and a round of the monitor."""
    registry = CollectorRegistry()
    registry.register(SessionCollector(session))
    reader = PeriodicExportingMetricReader(
        DurationExporter(NoMetrics(), session), export_interval_millis=3_600_000
    )
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter_session(session, meter_provider=provider)
    monitor = aiocql.ConnectionMonitor(session)
    found = []
    for _ in range(times):
        begun = time.process_time()
        generate_latest(registry)
        reader.collect()
        await monitor.get_connection_stats()
        found.append(time.process_time() - begun)
    await asyncio.to_thread(provider.shutdown)
    return statistics.median(found)


async def throughput(session: Any, rounds: int, requests: int) -> dict[str, Any]:
    """The cost of a request in each mode, and the shares of throughput that watching takes."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(NoSpans()))

    @contextlib.asynccontextmanager
    async def spans(session: Any) -> AsyncIterator[None]:
        tracing = trace_session(session, sample=0.01, tracer_provider=provider)
        yield
        tracing.stop()

    modes: dict[str, Callable[[Any], Any]] = {"plain": nothing, "metrics": metrics, "spans": spans}
    keys = itertools.count(1_000_000)
    await read(session, keys, 50 * requests)
    gc.freeze()
    found: dict[str, list[float]] = {name: [] for name in modes}
    order = random.Random(1)
    for _ in range(rounds):
        for name in order.sample(list(modes), len(modes)):
            async with modes[name](session):
                found[name].append(await read(session, keys, requests))
    await asyncio.to_thread(provider.shutdown)
    best = {name: statistics.quantiles(each, n=10)[0] for name, each in found.items()}
    work = await once_a_second(session, 50)
    figures: dict[str, Any] = {f"{name}_us": value * 1e6 for name, value in best.items()}
    figures["once_a_second_share"] = work
    figures["metrics_share"] = 1 - (1 - work) * best["plain"] / best["metrics"]
    figures["spans_share"] = 1 - best["plain"] / best["spans"]
    return figures


async def page_share(session: Any, seconds: float) -> float:
    """Share of a core that serving the page's figures once a second takes of the process, over a real socket."""
    async with await LiveView(session).serve() as server:
        port = int(server.url.rstrip("/").rpartition(":")[2])
        begun, used = time.monotonic(), time.process_time()
        while time.monotonic() - begun < seconds:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /data HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            await reader.read()
            writer.close()
            await asyncio.sleep(1)
        return (time.process_time() - used) / (time.monotonic() - begun)


async def top_share(session: Any, seconds: float) -> dict[str, float]:
    """Share of a core that `aiocql top --attach` takes in a separate terminal, and of the process that it watches."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "aiocql.sock"
        async with await LiveView(session).serve_unix(place):
            ours, theirs = pty.openpty()
            command = [str(Path(sys.executable).with_name("aiocql")), "top", "--attach", str(place)]
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=os.environ | {"TERM": "xterm-256color"},
            )
            os.close(theirs)
            os.set_blocking(ours, False)
            loop = asyncio.get_running_loop()

            written = bytearray()

            def read_on() -> None:
                with contextlib.suppress(BlockingIOError):
                    written.extend(os.read(ours, 65536))

            loop.add_reader(ours, read_on)
            while b"Connections" not in written:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await asyncio.sleep(5)  # what its start costs is not meant
            begun, before, own = time.monotonic(), cpu_of(process.pid), time.process_time()
            await asyncio.sleep(seconds)
            passed = time.monotonic() - begun
            found = {
                "top_share": (cpu_of(process.pid) - before) / passed,
                "top_attached_process_share": (time.process_time() - own) / passed,
            }
            loop.remove_reader(ours)
            process.kill()
            await process.wait()
            os.close(ours)
            return found


def cpu_of(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(rounds: int, requests: int, seconds: float) -> dict[str, Any]:
    hosts = [f"{address}:{port}" for address, port in ADDRESSES]
    async with aiocql.connect(*hosts) as session:
        figures = await throughput(session, rounds, requests)
        figures["page_share"] = await page_share(session, seconds)
        return figures | await top_share(session, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_200)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    with replaying(ADDRESSES):
        figures = asyncio.run(measure(args.rounds, args.requests, args.seconds))
    for name, value in figures.items():
        print(f"{name:28} {value:.2f} us" if name.endswith("_us") else f"{name:28} {100 * value:.2f} %")
    if args.output is not None:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
