"""The slow query log, cluster events in the log, and the report: what they say, and what they never say."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, noticed, one_node, three_nodes

import aiocql
from aiocql.exporters.json_logs import JSONFormatter

SLOW = "SELECT v FROM slow WHERE k = ?"


@in_memory
async def test_slow_requests_are_noted_with_all_but_values(caplog: pytest.LogCaptureFixture) -> None:
    async with one_node(slow_query_threshold=0.5) as (server, session):
        server.prime(SLOW, bind=[("k", "int")], columns=[("v", "text")], rows=[(VALUE,)], delay=1.0)
        server.prime(f"SELECT v FROM slow WHERE s = '{VALUE}'", columns=[("v", "text")], delay=1.0)
        await session.execute(SELECT, [424242])
        assert not [each for each in caplog.records if each.name == "aiocql.slow"]
        await session.execute(SLOW, [424242])
        await session.execute(f"SELECT v FROM slow WHERE s = '{VALUE}'")
        first, second = (each for each in caplog.records if each.name == "aiocql.slow")
        assert (first.event, first.query, first.outcome, first.attempts) == ("SLOW_QUERY", SLOW, "ok", 1)
        assert first.seconds == pytest.approx(1.0, abs=0.1)
        assert second.query == "SELECT v FROM slow WHERE s = ?"
        line = json.loads(JSONFormatter().format(first))
        assert (line["area"], line["host"]) == ("aiocql.slow", session.hosts[0].endpoint)
        assert "424242" not in caplog.text
        assert VALUE not in caplog.text
        assert session.stats().application.slow == 2
        session.log_slow_queries(None)
        await session.execute(SLOW, [1])
        assert session.stats().application.slow == 2


@in_memory
async def test_a_request_that_its_caller_gave_up_is_slow_too(caplog: pytest.LogCaptureFixture) -> None:
    async with one_node(slow_query_threshold=0.5) as (server, session):
        server.prime(SLOW, bind=[("k", "int")], columns=[("v", "text")], rows=[(VALUE,)], delay=5.0)
        for limit in (0.2, 1.0):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(limit):
                    await session.execute(SLOW, [1])
        [record] = [each for each in caplog.records if each.name == "aiocql.slow"]
        assert (record.outcome, record.query) == ("cancelled", SLOW)
        assert record.seconds == pytest.approx(1.0, abs=0.1)
        assert (session.stats().application.slow, session.stats().application.cancelled) == (1, 2)


@in_memory
async def test_cluster_events_are_records_with_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiocql")
    async with three_nodes() as (cluster, session):
        await cluster.stop_node(1)
        await noticed(session)
        [down] = [each for each in caplog.records if getattr(each, "event", None) == "HOST_DOWN"]
        assert (down.name, down.levelname) == ("aiocql.pool", "WARNING")
        assert down.host == f"{cluster.nodes[1].address}:{cluster.nodes[1].port}"
        assert json.loads(JSONFormatter().format(down))["error"].startswith("ConnectionLost")


def test_nothing_is_printed_where_logging_is_not_configured() -> None:
    script = "import logging, aiocql; logging.getLogger('aiocql.pool').warning('not to be seen')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == done.stdout == ""


@pytest.mark.shows_canary("error", "value")  # the statement, as the application wrote it
@in_memory
async def test_a_report_needs_nothing_else_and_has_no_values(tmp_path: Path) -> None:
    async with three_nodes() as (cluster, session):
        limited = session.rate_limited(max_concurrent=7)
        for i in range(20):
            await limited.execute(SELECT, [424200 + i])
        with pytest.raises(aiocql.Error):
            await session.execute(f"SELECT a FROM b WHERE c = '{VALUE}'")
        await cluster.stop_node(1)
        await noticed(session)
        place = session.report(tmp_path / "file.html")
    page = place.read_text(encoding="utf-8")
    assert not re.search(r"https?://|<link|src=|@import|url\(", page)
    assert "{{" not in page
    for shown in ("20 requests to", "0 (reconn)", "DOWN", "Latency", "Connected Cassandra nodes", "Limits"):
        assert shown in page
    assert "4242" not in page
    assert VALUE not in page


@in_memory
async def test_a_report_of_a_session_that_did_nothing(tmp_path: Path) -> None:
    async with one_node() as (_, session):
        assert "0 requests to" in session.report(str(tmp_path / "file.html")).read_text(encoding="utf-8")
