"""The documentation's page of the comparison, from the figures that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_page"]

HEAD = """# The same faults, other drivers

Two faults of the [table](faults.md), brought upon cassandra-driver and acsylla as well. `make peers-faults` writes
this page.

The cluster is a real one: three nodes of Cassandra 5.0, replication 3, LOCAL_QUORUM, each node behind a byte proxy
whose address it advertises. Every client begins a fixed number of requests a second, writes and reads by turns,
whatever became of those before; each value names its key and is checked. All statements are idempotent and said to
be. Each client has its own defaults, a request timeout of 10 s, token awareness, and the retry policy that it comes
with. The drivers took turns on the same cluster, once; servers, proxies and clients shared the machine.

- *Failed* requests raised an error to the application. *Over 1 s* took longer than a second, and may have succeeded.
- *Longest gap*: the longest time in which no request succeeded.
- *Recovered after*: how long after the fault began the last request was begun that failed or took over a second; 0
  when none did.
- *Node used again*: how long after it was well again the node sent half of what it had sent before.
"""
TABLE_HEAD = """| client | requests | failed | over 1 s | slowest | longest gap | recovered after | node used again |
|---|---|---|---|---|---|---|---|
"""

SECTIONS = {
    "restart": (
        "Rolling restart",
        "Each node is restarted in good order, the next one when the one before is used again. While it is down,"
        " connections to it are refused.",
    ),
    "half-open": (
        "A half-open node, defaults",
        "One of three nodes is silent for {silence:g} s: nothing arrives either way, no error is sent, new connections"
        " are taken and not answered. Then the old connections are reset, and new ones work.",
    ),
    "half-open-tuned": (
        "A half-open node, set up for it",
        "The same for {silence:g} s, with what each driver has against it. aiocql:"
        " `ConstantSpeculativeExecutionPolicy(1.0, 2)`, `heartbeat_interval=5.0`, `heartbeat_timeout=2.0`."
        " cassandra-driver:"
        " `ConstantSpeculativeExecutionPolicy(1.0, 2)`, `idle_heartbeat_interval=5`, `idle_heartbeat_timeout=2`."
        " acsylla: `SpeculativeExecutionPolicy(1000, 2)`, `heartbeat_interval_sec=5`, `idle_timeout_sec=7`.",
    ),
}


def write_page(path: Path, kept: Mapping[str, Any]) -> None:
    """Writes the page, with a section for each scenario that has figures."""
    parts = [HEAD]
    for name, (title, text) in SECTIONS.items():
        if name in kept:
            parts.append(_section(title, text, kept[name]))
    path.write_text("\n".join(parts), encoding="utf-8")


def _section(title: str, text: str, said: Mapping[str, Any]) -> str:
    machine = said["machine"]
    where = f"{said['date']}, {machine['cpu']}, {machine['cores']} cores, {said['rate']:g} requests a second."
    where += f" Load average when it began: {machine['load_before']:.0f}; the machine had other work besides."
    rows = "".join(_row(client, seen) for client, seen in said["clients"].items())
    errors = "".join(_errors(client, seen) for client, seen in said["clients"].items())
    return f"## {title}\n\n{text.format(silence=said['silence'])}\n\n{TABLE_HEAD}{rows}\n{where}{errors}\n"


def _row(client: str, seen: Mapping[str, Any]) -> str:
    used = seen["used_again"]
    cells = (
        f"{client} {seen['version']}",
        f"{seen['requests']:,}",
        f"{seen['failed']:,}" + (f", and {seen['wrong']} wrong" if seen["wrong"] else ""),
        f"{seen['slow']:,}",
        f"{seen['slowest']:.2f} s",
        f"{seen['gap']:.2f} s",
        f"{seen['recovered']:.1f} s",
        "not within 60 s" if used is None else f"{used:.1f} s",
    )
    return f"| {' | '.join(cells)} |\n"


def _errors(client: str, seen: Mapping[str, Any]) -> str:
    if not seen["errors"]:
        return ""
    return (
        f" {client} raised {', '.join(f'{name} {count:,} times' for name, count in seen['errors'].items())}."
    )
