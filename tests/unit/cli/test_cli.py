"""The command line, without a cluster: its tables and values, and what it says when something is wrong."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import socket
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from aiocql.cli import main
from aiocql.cli.failures import REQUEST_FAILED, UNREACHABLE, USAGE, report_error
from aiocql.cli.values import as_json, as_text
from aiocql.errors import ConfigurationError, ConnectionLost, Error, InvalidRequest, NoHostAvailable
from aiocql.nodes.table import host_table


def host(**changes: Any) -> Any:
    given = {
        "endpoint": "127.0.0.1:9042",
        "host_id": uuid.UUID("eaadabc5-dc40-4b81-8230-436901eba91d"),
        "datacenter": "datacenter1",
        "rack": "rack1",
        "state": "UP",
        "open_connections": 2,
        "is_reconnecting": False,
    }
    return SimpleNamespace(**(given | changes))


def test_the_table_of_hosts() -> None:
    hosts = [
        host(endpoint="127.0.0.3:9042", state="DOWN", open_connections=0, is_reconnecting=True),
        host(),
        host(endpoint="[2001:db8::1]:9042", host_id=None, datacenter=None, rack=None, state="UNKNOWN"),
    ]
    assert host_table(hosts).splitlines() == [
        "Connected Cassandra nodes:",
        "Endpoint           | Host ID                              | Location            | State   | Connections",
        "-------------------+--------------------------------------+---------------------+---------+------------",
        "[2001:db8::1]:9042 | NULL                                 | NULL                | UNKNOWN | 2",
        "127.0.0.1:9042     | eaadabc5-dc40-4b81-8230-436901eba91d | datacenter1 (rack1) | UP      | 2",
        "127.0.0.3:9042     | eaadabc5-dc40-4b81-8230-436901eba91d | datacenter1 (rack1) | DOWN    | 0 (reconn)",
    ]


@pytest.mark.parametrize(
    ("value", "text", "in_json"),
    [
        (1, "1", 1),
        (1.5, "1.5", 1.5),
        (True, "True", True),
        ("a'b", "a'b", "a'b"),
        (b"\x00\xff", "0x00ff", "0x00ff"),
        (decimal.Decimal("1.50"), "1.50", "1.50"),
        (datetime.date(2026, 1, 2), "2026-01-02", "2026-01-02"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1)), str(uuid.UUID(int=1))),
        ([1, None, "x"], "[1, null, 'x']", [1, None, "x"]),
        ({"b", "a"}, "{'a', 'b'}", None),
        ({1: "x"}, "{1: 'x'}", {"1": "x"}),
        ((1, b"\x01"), "(1, 0x01)", [1, "0x01"]),
    ],
)
def test_values(value: Any, text: str, in_json: Any) -> None:
    assert as_text(value) == text
    if in_json is not None:
        assert as_json(value) == in_json
    json.dumps(as_json(value))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigurationError("port: 0"), USAGE),
        (NoHostAvailable("nobody"), UNREACHABLE),
        (ConnectionLost("gone"), UNREACHABLE),
        (InvalidRequest("no table"), REQUEST_FAILED),
    ],
)
def test_errors_become_text_and_a_status(error: Error, status: int) -> None:
    out = io.StringIO()
    error.hint = "do [this]"
    assert report_error(error, Console(file=out, highlight=False)) == status
    assert out.getvalue().startswith(f"{type(error).__name__}: {error.message}")
    assert "  hint: do [this]\n" in out.getvalue()


def test_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = taken.getsockname()[1]
        assert main(["hosts", "-c", f"127.0.0.1:{port}"]) == UNREACHABLE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("NoHostAvailable: ")
    assert f"127.0.0.1:{port}" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        (["query", "SELECT 1", "--port", "x"], "port"),
        (["nonsense"], "nonsense"),
        (["query"], "STATEMENT"),
        (["hosts", "-c", "http://x"], "scheme"),
        (["query", "SELECT 1", "--json", "--csv"], "exclude each other"),
    ],
)
def test_what_cannot_be_right(tokens: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tokens) == USAGE
    said = capsys.readouterr()
    assert says in said.out + said.err
    assert "Traceback" not in said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in ("hosts", "ping", "query", "demo", "testing"):
        assert name in said
