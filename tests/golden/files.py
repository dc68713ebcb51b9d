"""Golden files: what went over the wire, as text that can be read.

::

    connection everything
    ask QUERY: SELECT v FROM t
    > 0400000007...
    < 8400000008...
      RowsResult
      row ('one',)

``>`` is what the driver sent, ``<`` what the server answered, the rest what the answer means. A byte that is repeated
more than 64 times is written ``00*150000``. ``event`` stands in place of ``ask`` where the server spoke unasked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["FOLDER", "Connection", "Exchange", "path_of", "read", "write"]

FOLDER = Path(__file__).parent / "frames"
WIDTH = 50
RUN = re.compile(rb"(.)\1{64,}", re.DOTALL)


class Exchange(NamedTuple):
    """A request and its answer, or an event: what was sent is empty then."""

    title: str
    sent: bytes
    received: bytes
    meaning: list[str]


class Connection(NamedTuple):
    """What was said on one connection."""

    title: str
    exchanges: list[Exchange]


def path_of(version: int, compression: str | None) -> Path:
    return FOLDER / f"v{version}-{compression or 'plain'}.txt"


def write(path: Path, heading: str, connections: list[Connection]) -> None:
    lines = [f"# {line}" for line in heading.splitlines()]
    for connection in connections:
        lines += ["", f"connection {connection.title}"]
        for exchange in connection.exchanges:
            lines += ["", f"{'ask' if exchange.sent else 'event'} {exchange.title}"]
            lines += [f"> {text}" for text in _hex(exchange.sent)]
            lines += [f"< {text}" for text in _hex(exchange.received)]
            lines += [f"  {_one_line(line)}" for line in exchange.meaning]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")


def _hex(data: bytes) -> Iterator[str]:
    at = 0
    for run in RUN.finditer(data):
        yield from _plain(data[at : run.start()])
        yield f"{run[1].hex()}*{len(run[0])}"
        at = run.end()
    yield from _plain(data[at:])


def _plain(data: bytes) -> Iterator[str]:
    for at in range(0, len(data), WIDTH):
        yield data[at : at + WIDTH].hex()


def read(path: Path) -> list[Connection]:
    connections: list[Connection] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        word, _, rest = line.partition(" ")
        if word == "connection":
            connections.append(Connection(rest, []))
        elif word in ("ask", "event"):
            connections[-1].exchanges.append(Exchange(rest, b"", b"", []))
        elif word in (">", "<"):
            exchanges = connections[-1].exchanges
            field = "sent" if word == ">" else "received"
            last = exchanges[-1]
            exchanges[-1] = last._replace(**{field: getattr(last, field) + _bytes(rest)})
        elif line.startswith("  "):
            connections[-1].exchanges[-1].meaning.append(line[2:])
    return connections


def _bytes(text: str) -> bytes:
    repeated, star, times = text.partition("*")
    return bytes.fromhex(repeated) * int(times) if star else bytes.fromhex(text)
