"""Blocking sockets that send requests made beforehand and count the bytes of the answers: no client can ask less.

Only for `--work bursts`, as a limit: what is left of a burst's time is the server's and the kernel's.
"""

from __future__ import annotations

import json
import socket
import statistics
import struct
import time

from bench.clients.harness import FIRST_KEY, arguments
from bench.clients.works import PREPARED

STARTUP, PREPARE, EXECUTE = 0x01, 0x09, 0x0A
VALUES_WITHOUT_METADATA = 0x03
LOCAL_ONE = 0x0A
HEADER = 9
CONNECTIONS = (1, 2, 4)
"""It is measured over so many connections; the quickest counts."""


def frame(opcode: int, body: bytes, stream: int = 0) -> bytes:
    return struct.pack(">BBhBi", 4, 0, stream, opcode, len(body)) + body


def receive(sock: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += sock.recv(size - len(found))
    return found


def ask(sock: socket.socket, request: bytes) -> bytes:
    """The whole answer to one request."""
    sock.sendall(request)
    header = receive(sock, HEADER)
    if header[4] == 0:
        raise ConnectionError("the server answers with an error")
    return header + receive(sock, struct.unpack(">i", header[5:])[0])


def opened(host: str, port: int) -> socket.socket:
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    version = b"\x00\x0bCQL_VERSION\x00\x053.0.0"
    ask(sock, frame(STARTUP, b"\x00\x01" + version))
    return sock


def prepared(sock: socket.socket, statement: str) -> bytes:
    """The statement's id, with its length."""
    text = statement.encode()
    answer = ask(sock, frame(PREPARE, struct.pack(">i", len(text)) + text))
    size = struct.unpack(">h", answer[HEADER + 4 : HEADER + 6])[0]
    return answer[HEADER + 4 : HEADER + 6 + size]


class Bursts:
    """n reads at once over some connections."""

    def __init__(self, sockets: list[socket.socket], statement: bytes, size: int) -> None:
        requests = [
            frame(
                EXECUTE, statement + struct.pack(">HBHii", LOCAL_ONE, VALUES_WITHOUT_METADATA, 1, 4, key), i
            )
            for i, key in enumerate(range(FIRST_KEY, FIRST_KEY + size))
        ]
        parts = [(sock, requests[i :: len(sockets)]) for i, sock in enumerate(sockets)]
        sizes = {len(ask(sock, request)) for sock, part in parts for request in part}
        assert len(sizes) == 1, "rows of one size are expected"
        one = sizes.pop()
        self.wire = [(sock, b"".join(part), memoryview(bytearray(len(part) * one))) for sock, part in parts]

    def run(self) -> float:
        """Milliseconds."""
        clock = time.perf_counter()
        for sock, requests, _ in self.wire:
            sock.sendall(requests)
        for sock, _, answers in self.wire:
            got = 0
            while got < len(answers):
                got += sock.recv_into(answers[got:])
        return (time.perf_counter() - clock) * 1000


def main() -> None:
    args = arguments()
    sizes = [int(size) for size in args.sizes.split(",")]
    best: dict[int, list[float]] = {}
    for count in CONNECTIONS:
        sockets = [opened(args.hosts.split(",")[0], args.port) for _ in range(count)]
        statement = prepared(sockets[0], PREPARED["read"])
        bursts = {size: Bursts(sockets, statement, size) for size in sizes}
        for _ in range((args.warm_up or 1000) // sum(sizes)):
            for burst in bursts.values():
                burst.run()
        times = {size: [burst.run() for _ in range(args.requests)] for size, burst in bursts.items()}
        for size, found in times.items():
            if size not in best or statistics.median(found) < statistics.median(best[size]):
                best[size] = found
        for sock in sockets:
            sock.close()
    print(json.dumps({"client": "bare sockets", "version": "", "at_once_ms": best, "one_by_one_ms": {}}))


if __name__ == "__main__":
    main()
