"""The report of the demonstration: one page that needs nothing else, and figures that are those measured."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from xml.etree import ElementTree

import pytest

from aiocql.cli.demo.records import Comparison, HostRecord, Loading, Record, Sample, Sustained
from aiocql.cli.demo.report import percentiles, render, write_report
from aiocql.monitoring.report.charts import nice_ticks

ENDPOINTS = ("127.0.0.1:9042", "127.0.0.2:9042")


@pytest.fixture
def record() -> Record:
    sustained = Sustained(100, ENDPOINTS, seconds=2.0, failed=1)
    sustained.latencies = array("d", [0.001 * i for i in range(1, 1001)])
    sustained.samples = [Sample(0.25 * i, (100 * i, 200 * i), (40, 60), (1, 2)) for i in range(9)]
    loading = Loading(1000, 2.0, 10, [(0.1 * i, 50 * i) for i in range(21)])
    host = HostRecord("127.0.0.1:9042", "<id>", "dc1 (rack1)", "UP", "1", "5.0.6")
    comparisons = [Comparison(10, 0.001, 0.01, 0.02, 10.24), Comparison(50, 0.002, 0.05, None, 25.6)]
    return Record([host], "a & b", 5, loading, comparisons, sustained)


def test_it_needs_nothing_else(record: Record, tmp_path: Path) -> None:
    page = write_report(record, tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<link|src=|@import|url\(", page)
    assert "{{" not in page
    assert "prefers-color-scheme: dark" in page


def test_it_shows_what_was_measured(record: Record) -> None:
    page = render(record)
    for text in (
        "500</b><span>requests a second, sustained",
        "501 ms</b>",
        "991 ms</b>",
        "20.0x",
        "500</b><span>rows",
    ):
        assert text in page, text
    assert "a &amp; b" in page
    assert "&lt;id&gt;" in page


def test_charts_are_well_formed_and_inside_their_frame(record: Record) -> None:
    charts = re.findall(r"<svg.*?</svg>", render(record), re.DOTALL)
    assert len(charts) == 5
    for chart in charts:
        root = ElementTree.fromstring(chart)
        assert [node for node in root.iter() if node.get("data-tip")]
        for rect in root.iter("rect"):
            assert float(rect.get("height", "")) >= 0
            assert -20 <= float(rect.get("x", "")) <= 860
        assert "nan" not in chart


def test_percentiles() -> None:
    assert percentiles([0.3, 0.1, 0.2], (50, 99.9)) == [("p50", 0.2), ("p99.9", 0.3)]


@pytest.mark.parametrize("most", [0.3, 1, 7, 99, 12345])
def test_ticks_are_round_and_reach_the_most(most: float) -> None:
    ticks = nice_ticks(most)
    assert ticks[0] == 0
    assert ticks[-2] < most <= ticks[-1] * 1.0000001
    assert 3 <= len(ticks) <= 6


def test_faster_is_measured_against_the_official_driver_where_there_is_one() -> None:
    assert Comparison(10, 0.001, 0.01, 0.02, 1.0).faster == pytest.approx(20)
    assert Comparison(10, 0.001, 0.01, None, 1.0).faster == pytest.approx(10)
    assert Comparison(10, 0.001, 0.01, None, 1.0).rate == pytest.approx(10_000)
