"""The command line against a real Cassandra."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from aiocql.cli import main
from aiocql.cli.failures import REQUEST_FAILED

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]


@pytest.fixture
def points(cassandra_cluster: Any) -> list[str]:
    return ["-c", ",".join(cassandra_cluster.contact_points)]


def test_hosts(points: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hosts", *points]) == 0
    title, headings, rule, *rows = capsys.readouterr().out.splitlines()
    assert title == "Connected Cassandra nodes:"
    assert headings.split(" | ")[0].strip() == "Endpoint"
    assert set(rule) == {"-", "+"}
    [row] = rows
    assert re.fullmatch(r"127\.\d+\.\d+\.\d+:\d+ +\| [0-9a-f-]{36} +\| dc1 \(rack1\) +\| UP +\| 1", row)


def test_hosts_as_json(points: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hosts", "--json", *points]) == 0
    [line] = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert record["state"] == "UP"
    assert record["datacenter"] == "dc1"
    assert record["connections"] == 1


def test_ping(points: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ping", "--count", "2", *points]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[0] == "Endpoint"
    assert said[1].rstrip().endswith("ok")


def test_query(points: list[str], cassandra_keyspace: str, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*tokens: str) -> str:
        assert main(["query", *tokens, "-k", cassandra_keyspace, *points]) == 0
        return capsys.readouterr().out

    assert run("CREATE TABLE thing (id int PRIMARY KEY, name text, tags set<text>, raw blob)") == ""
    run("INSERT INTO thing (id, name, raw) VALUES (?, ?, 0xff00)", "1", "a [red] lamp")
    run("INSERT INTO thing (id, tags) VALUES (2, {'b', 'a'})")
    table = run("SELECT id, name, tags, raw FROM thing").splitlines()
    assert [line.split() for line in table] == [
        ["id", "name", "tags", "raw"],
        ["1", "a", "[red]", "lamp", "null", "0xff00"],
        ["2", "null", "{'a',", "'b'}", "null"],
    ]
    records = [json.loads(line) for line in run("SELECT id, name, raw FROM thing", "--json").splitlines()]
    assert records == [
        {"id": 1, "name": "a [red] lamp", "raw": "0xff00"},
        {"id": 2, "name": None, "raw": None},
    ]
    rows = list(csv.reader(io.StringIO(run("SELECT id, name FROM thing", "--csv"))))
    assert rows == [["id", "name"], ["1", "a [red] lamp"], ["2", ""]]


def test_pages_and_limits(
    points: list[str], cassandra_keyspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*tokens: str) -> tuple[str, str]:
        assert main(["query", *tokens, "-k", cassandra_keyspace, *points]) == 0
        said = capsys.readouterr()
        return said.out, said.err

    run("CREATE TABLE number (k int, n int, PRIMARY KEY (k, n))")
    batch = "; ".join(f"INSERT INTO number (k, n) VALUES (0, {n})" for n in range(25))
    run(f"BEGIN UNLOGGED BATCH {batch}; APPLY BATCH")
    out, _ = run("SELECT n FROM number", "--page-size", "10", "--json")
    assert [json.loads(line)["n"] for line in out.splitlines()] == list(range(25))
    out, error = run("SELECT n FROM number", "--page-size", "10", "--limit", "10", "--csv")
    assert len(out.splitlines()) == 11
    assert "10 rows, and more: --limit 0 shows all" in error
    out, error = run("SELECT n FROM number", "--limit", "25", "--csv")
    assert "(25 rows;" in error


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELEKT 1", "SyntaxException: "),
        ("SELECT * FROM nowhere.nothing", "InvalidRequest: "),
    ],
)
def test_what_the_server_refuses(
    points: list[str], statement: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", statement, *points]) == REQUEST_FAILED
    said = capsys.readouterr()
    assert said.err.startswith(says)
    assert said.out == ""
