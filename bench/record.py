"""`make bench-record`: records from a real Cassandra what every client asks for, into bench/recordings.

Each client does each work once through a recording proxy; a raw client adds what any other client might ask. Run it again when a client
asks something new: `replay` names what it could not answer.
"""

from __future__ import annotations

import argparse
import asyncio

from bench.clients.works import PREPARED
from bench.peers import BY_NAME, Contestant, WorkerFailed
from bench.replay import raw, records
from bench.replay.record import Recorder
from bench.replay.server import RECORDINGS
from bench.schema import fill

VERSIONS = (4, 5)


async def _all_works(contestant: Contestant, **arguments: object) -> None:
    for work in PREPARED:
        try:
            await asyncio.to_thread(contestant.run, work=work, in_flight=1, requests=1, **arguments)
        except WorkerFailed as e:
            print(f"  {e}", flush=True)
            return


async def _record(host: str, server_port: int, port: int, version: int, clients: list[Contestant]) -> None:
    async with Recorder(host, port, server_port, version) as recorder:
        await raw.ask_for_everything(host, port, version)
        for contestant in clients:
            if version not in contestant.protocols:
                continue
            print(f"v{version}: {contestant.name}", flush=True)
            await _all_works(contestant, hosts=host, port=port, protocol=version)
        kept = recorder.records.values()
    path = RECORDINGS / f"v{version}.bin.xz"
    records.save(path, [record for record in kept if record.version == version])
    print(f"{path.name}: {len(kept)} answers, {path.stat().st_size:,} bytes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="HOST:PORT of a Cassandra 5.0 with a datacenter dc1")
    parser.add_argument("--port", type=int, default=9142, help="where the proxy listens, on the server's address")
    parser.add_argument("--clients", default=",".join(BY_NAME))
    args = parser.parse_args()
    host, server_port = args.server.rsplit(":", 1)
    fill(host, int(server_port))
    clients = [BY_NAME[name] for name in args.clients.split(",")]
    for version in VERSIONS:
        asyncio.run(_record(host, int(server_port), args.port, version, clients))


if __name__ == "__main__":
    main()
