"""Texts of servers and users that attack what shows them, and the expressions that read them."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from tests.plugins.work import LIMIT, work_of

from aiocql.cli.failures import report_error
from aiocql.cli.query import Commas, Grid, Lines
from aiocql.cluster.events import ClusterEvent, EventKind
from aiocql.compat.cassandra.placeholders import with_markers
from aiocql.errors import Attempt, ConfigurationError, NoHostAvailable, SyntaxException
from aiocql.logs import get_logger
from aiocql.monitoring.logs.events import log_event
from aiocql.monitoring.logs.server_warnings import MAX_RECORDS, log_warnings
from aiocql.nodes.host import Host
from aiocql.nodes.table import host_table
from aiocql.printable import escaped, printable
from aiocql.statements.prepared import is_lwt, is_select, is_use
from aiocql.statements.redaction import sanitized, sanitized_message, summary
from aiocql.testing.server.selection import parse_selection

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\nERROR forged\r\x9b31m\u2028\u202e\ud800z"


def assert_harmless(text: str) -> None:
    """One line, and nothing that a terminal acts on."""
    assert text.isprintable(), ascii(text)


def test_control_characters_are_escaped_and_others_are_kept() -> None:
    assert_harmless(escaped(HOSTILE))
    assert escaped("a\x1bb\nc") == "a\\x1bb\\nc"
    assert escaped("größe 値 👩‍🚀\xa0") == "größe 値 👩‍🚀\xa0"
    assert printable("x" * 100, 10) == "x" * 7 + "..."


def test_error_shows_no_control_character_of_a_server() -> None:
    error = SyntaxException(HOSTILE)
    error.host, error.query = HOSTILE, HOSTILE
    for line in str(NoHostAvailable(HOSTILE, [Attempt(HOSTILE, error)])).split("\n"):
        assert_harmless(line)
    for line in str(error).split("\n"):
        assert_harmless(line)
    assert len(str(error).split("\n")) == 3  # the message, the statement and the hint


def test_log_records_of_a_hostile_cluster_are_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "aiocql")
    host = Host("127.0.0.1", 9042, datacenter=HOSTILE)
    for kind in (EventKind.HOST_DOWN, EventKind.SCHEMA_CHANGED):
        log_event(ClusterEvent(kind, host, keyspace=HOSTILE, error=ConnectionResetError(HOSTILE)))
    get_logger("aiocql.cluster").info("%s: %s", ConfigurationError(HOSTILE), HOSTILE)
    assert len(caplog.records) == 3
    for record in caplog.records:
        assert_harmless(record.getMessage())
        for name in ("keyspace", "datacenter", "error"):
            assert_harmless(getattr(record, name, ""))


def test_warnings_of_one_response_make_few_records(caplog: pytest.LogCaptureFixture) -> None:
    execution: Any = SimpleNamespace(statement=SimpleNamespace(query="SELECT v FROM t"), host=None)
    log_warnings([HOSTILE] * 65535, execution)
    assert len(caplog.records) == MAX_RECORDS + 1
    for record in caplog.records:
        assert_harmless(record.getMessage())
    assert f"{65535 - MAX_RECORDS} more warnings" in caplog.text


@pytest.mark.parametrize("printer", [Grid, Lines, Commas])
def test_rows_reach_the_terminal_without_control_characters(
    printer: Callable[[list[str]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", out)
    printer([HOSTILE]).rows([(HOSTILE,), ({HOSTILE: [HOSTILE]},)])
    for line in out.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines():
        assert_harmless(line)
    assert "owned" in out.getvalue()


def test_host_table_and_errors_reach_the_terminal_without_control_characters() -> None:
    out = Console(file=io.StringIO(), width=200)
    report_error(ConfigurationError("no", hint=HOSTILE, host=HOSTILE), out)
    shown = out.file.getvalue() + host_table([Host("127.0.0.1", 9042, datacenter=HOSTILE, rack=HOSTILE)])  # type: ignore[attr-defined]
    for line in shown.split("\n"):
        assert_harmless(line)


READERS: list[Callable[[str], object]] = [
    is_lwt,
    is_select,
    is_use,
    sanitized,
    sanitized_message,
    summary,
    escaped,
    SyntaxException,
    lambda text: parse_selection("SELECT " + text),
    lambda text: parse_selection("SELECT a FROM k.t WHERE " + text),
    with_markers.__wrapped__,
]
SPINNING = [
    "/* " * 20000,
    "INSERT /*" * 7000,
    "' " * 30001,
    '" ' * 30001,
    "$$ " * 20001,
    "$ $" * 20001,
    "P1Y" * 20000 + "_",
    "%s /* %(" * 7000,
    " " * 65000 + "x",
    "a = 1 AND" + " " * 65000 + "x",
    "1" * 65000 + "_",
    "\x1b" * 65000,
    "query " * 10000,
    ("1" * 16000 + " ") * 4,
    "password =" + " " * 65000,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", SPINNING, ids=lambda text: f"{text[:9].strip()}-{text[-2:].strip()}")
def test_reading_a_hostile_text_takes_linear_work(read: Callable[[str], object], text: str) -> None:
    assert work_of(lambda: read(text), text) < LIMIT
