"""A short soak in each run of the tests; `make soak MINUTES=60` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
from lab.disturbances import QUICK
from lab.report import write_report
from lab.run import soak

from aiocql.testing import CassandraCluster

pytestmark = pytest.mark.fault(2, 4, 6, 7, 9, 12, 18, 23, 25, 34, 41, 54)

LIMIT = 60.0
"""Seconds that throughput may take to come back where other tests, and their clusters, share the processors."""


@pytest.mark.timeout(600)
async def test_mixed_load_under_random_faults(
    ring: CassandraCluster, record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    lines: list[str] = []
    run = await soak(ring, 0.0, QUICK, rate=100.0, cancellations=60.0, seed=7, calm=4.0, report=lines.append)
    assert len(run.events) >= len(QUICK), lines  # each of them once, before any of them twice
    for statement in run.verdict(limit=LIMIT):
        assert statement.held, (statement, run.final.get("wrong"))
    report = tmp_path / "soak.html"
    write_report(report, "Soak", run.samples, run.events, run.verdict(limit=LIMIT))
    text = report.read_text(encoding="utf-8")
    assert all(escape(event.what) in text for event in run.events)
    assert "I6 memory stays bounded" in text
    done, outran, cancelled = (sum(s[what] for s in run.samples) for what in ("done", "outran", "cancelled"))
    record_property(
        "seen",
        f"soak: {len(run.events)} disturbances, {done + outran:,} answers checked, {cancelled:,} cancelled",
    )
