"""Builds `replay` with the C compiler that is there, starts it for one host or several, and stops it."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.replay import records
from bench.replay.records import Record
from bench.replay.topology import Host, Topology

HERE = Path(__file__).parent
RECORDINGS = HERE.parent / "recordings"
BINARY = HERE.parent.parent / "build" / "bench" / "replay"
SOURCES = ("replay.c", "records.c", "records.h", "crc.h")


class ReplayFailed(Exception):
    """The replay server could not be built or started; the text is what it said."""


def build() -> Path:
    """The binary, compiled anew when its sources are younger."""
    newest = max((HERE / name).stat().st_mtime for name in SOURCES)
    if BINARY.exists() and BINARY.stat().st_mtime > newest:
        return BINARY
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None:
        raise ReplayFailed("no C compiler: install gcc")
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    fresh = BINARY.with_suffix(f".{os.getpid()}")
    sources = [str(HERE / name) for name in SOURCES if name.endswith(".c")]
    done = subprocess.run(
        [compiler, "-O2", "-o", str(fresh), *sources], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReplayFailed(done.stderr)
    fresh.replace(BINARY)
    return BINARY


def _arguments(hosts: list[Host], folder: Path, extra: Iterable[Record]) -> Iterator[str]:
    """The common recordings, then each listener with what it alone says."""
    recorded = [list(records.load(path)) for path in sorted(RECORDINGS.glob("v*.bin.xz"))]
    if not recorded:
        raise ReplayFailed(f"nothing is recorded in {RECORDINGS}: run `make bench-record`")
    common = folder / "common.bin"
    records.save(common, itertools.chain(*recorded, extra))
    yield str(common)
    topologies = [Topology(version, hosts) for version in recorded]
    for host in hosts:
        own = folder / f"{host.address}_{host.port}.bin"
        records.save(own, (record for topology in topologies for record in topology.of(host)))
        yield from ("--listen", f"{host.address}:{host.port}", str(own))


@contextmanager
def replaying(
    addresses: Sequence[tuple[str, int]],
    *,
    max_version: int = 5,
    delay_ms: float = 0,
    core: int | None = None,
    extra: Iterable[Record] = (),
) -> Iterator[subprocess.Popen[str]]:
    """Runs the server on `addresses`, each a host of one cluster (replication 3), until the block ends.

    `delay_ms` holds every answer back; `core` is the only core it may use; `extra` are answers beside the
    recorded ones. Raises `ReplayFailed`.
    """
    hosts = [Host(address, port, i, len(addresses)) for i, (address, port) in enumerate(addresses)]
    options = ["--max-version", str(max_version), "--delay", str(delay_ms)]
    options += ["--core", str(core)] if core is not None else []
    with tempfile.TemporaryDirectory() as folder:
        command = [str(build()), *options, *_arguments(hosts, Path(folder), extra)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline().strip() != "ready":
                    raise ReplayFailed("the replay server did not start: see what it said above")
                yield process
            finally:
                process.terminate()
