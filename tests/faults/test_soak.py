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


@pytest.mark.timeout(400)
async def test_mixed_load_under_random_faults(
    ring: CassandraCluster, record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    lines: list[str] = []
    run = await soak(ring, 60.0, QUICK, rate=100.0, cancellations=60.0, seed=7, calm=2.5, report=lines.append)
    assert len(run.events) >= 3, lines
    for statement in run.verdict():
        # How soon throughput is back is a matter of the machine too: the long soak judges it, no test does.
        assert statement.held or statement.statement.startswith("I4"), (statement, run.final.get("wrong"))
    report = tmp_path / "soak.html"
    write_report(report, "Soak", run.samples, run.events, run.verdict())
    text = report.read_text(encoding="utf-8")
    assert all(escape(event.what) in text for event in run.events)
    assert "I6 memory stays bounded" in text
    record_property("seen", f"soak: {sum(s['done'] for s in run.samples):,} answers checked")
