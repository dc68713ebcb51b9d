"""The documentation's page about a long soak: `python -m lab.page build/soak.json docs/soak.md`."""

from __future__ import annotations

import argparse
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.report import errors_of
from lab.run import RECOVERY_LIMIT
from lab.verdict import Event, baseline, judge, recovery

INTRO = """\
# An hour of faults

`make soak` runs a mixed load on a real three-node Cassandra (replication 3, LOCAL_QUORUM) through byte proxies, with
one random fault after the other: each heals, throughput must come back, then the next one comes. Two sessions share
the load: one over plain TCP with protocol v5, LZ4 and speculative executions, one over TLS with v4 and LZ4. Every
value names its key and its version, appended elements are numbered, and all answers are checked; some requests are
cancelled at random moments of their lives. This page is made from one long run (`python -m lab.page`); each run of
the tests has a short one.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def kind(event: Event) -> str:
    """What was done, whichever node it was done to."""
    return re.sub(r"^node ?\d+: ", "a node: ", event.what)


def disturbances(samples: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> str:
    wanted = baseline(samples, events)
    times: dict[str, list[float]] = defaultdict(list)
    for event in events:
        seconds = recovery(samples, event, wanted)
        times[kind(event)].append(float("inf") if seconds is None else seconds)
    rows = [
        (what, str(len(found)), f"{statistics.median(found):.1f} s", f"{max(found):.1f} s")
        for what, found in sorted(times.items(), key=lambda item: -len(item[1]))
    ]
    return table(("disturbance", "times", "back after (median)", "at most"), rows)


def facts(saved: Mapping[str, Any], samples: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> str:
    answers, cancelled = sum(s["done"] + s["outran"] for s in samples), sum(s["cancelled"] for s in samples)
    named = ", ".join(f"{name} {count:,}" for name, count in errors_of(samples)) or "none"
    return (
        f"{saved['date']}, {saved['machine']}, shared with the cluster and the proxies: "
        f"{samples[-1]['seconds'] / 60:,.0f} minutes, protocol {saved['protocol']}, {len(events)} disturbances, "
        f"{answers:,} answers checked, {cancelled:,} requests cancelled. "
        f"Requests that ended with a typed error: {named}."
    )


def page(saved: Mapping[str, Any], note: str = "") -> str:
    samples, events = saved["samples"], [Event(**event) for event in saved["events"]]
    held = judge(samples, events, saved["final"], limit=RECOVERY_LIMIT)
    verdict = table(
        ("statement", "held", "seen"), [(h.statement, "yes" if h.held else "**NO**", h.seen) for h in held]
    )
    picture = "![Throughput, memory, file descriptors, errors over the run](pictures/soak.png)"
    parts = [INTRO.rstrip(), facts(saved, samples, events), "## What held", verdict]
    parts += [
        "Throughput is back when three seconds have had 95 % of what was answered before the first disturbance."
    ]
    parts += [note] if note else []
    parts += ["## Disturbances", disturbances(samples, events), "## Over time", picture]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("saved", type=Path, help="the JSON that the run wrote beside its report")
    parser.add_argument("page", type=Path, help="the page to write")
    parser.add_argument("--note", default="", help="what else is to be said of the run")
    args = parser.parse_args()
    args.page.write_text(page(json.loads(args.saved.read_text()), args.note), encoding="utf-8")
