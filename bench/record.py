"""`make bench-record`: records from a real Cassandra what every client asks for, into bench/recordings.

Each client does each work once through a recording proxy; a raw client adds what any other client might ask.
Run it again when a client asks something new: `replay` names what it could not answer.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from functools import partial

from bench.clients.works import PREPARED
from bench.peers import BY_NAME, CONTESTANTS, Contestant, WorkerFailed
from bench.real import cassandra
from bench.replay import raw, records
from bench.replay.record import Recorder
from bench.replay.server import RECORDINGS
from bench.schema import fill, fill_vectors

VERSIONS = (4, 5)


async def _do(contestant: Contestant, works: Iterable[str], **arguments: object) -> None:
    for work in works:
        try:
            await asyncio.to_thread(partial(contestant.run, work=work, in_flight=1, requests=1, **arguments))
        except WorkerFailed as e:
            print(f"  {e}", flush=True)
            return


async def _record(recorder: Recorder, clients: list[Contestant], works: list[str]) -> None:
    version = recorder.max_version
    async with recorder:
        await raw.ask_for_everything(recorder.address, recorder.port, version, works)
        for contestant in clients:
            if version in contestant.protocols:
                print(f"v{version}: {contestant.name}: {', '.join(works)}", flush=True)
                await _do(contestant, works, hosts=recorder.address, port=recorder.port, protocol=version)


def _save(recorder: Recorder) -> None:
    path = RECORDINGS / f"v{recorder.max_version}.bin.xz"
    kept = [record for record in recorder.records.values() if record.version == recorder.max_version]
    records.save(path, kept)
    print(f"{path.name}: {len(kept)} answers, {path.stat().st_size:,} bytes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--server", help="HOST:PORT of a Cassandra 5.0 without a keyspace bench; one is started unless said"
    )
    parser.add_argument("--network", help="where the started one listens, as 127.0.60.")
    parser.add_argument(
        "--port", type=int, default=9142, help="where the proxy listens, on the server's address"
    )
    parser.add_argument("--clients", default=",".join(contestant.name for contestant in CONTESTANTS))
    args = parser.parse_args()
    clients = [BY_NAME[name] for name in args.clients.split(",")]
    with cassandra(args.server, args.network) as (host, server_port):
        recorders = [Recorder(host, args.port, server_port, version) for version in VERSIONS]
        fill(host, server_port)
        for recorder in recorders:
            asyncio.run(_record(recorder, clients, [work for work in PREPARED if work != "vector"]))
        fill_vectors(host, server_port)
        for recorder in recorders:
            asyncio.run(_record(recorder, clients, ["vector"]))
            _save(recorder)


if __name__ == "__main__":
    main()
