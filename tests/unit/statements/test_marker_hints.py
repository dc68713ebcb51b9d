"""What the driver advises for markers of other databases, and for values and markers that do not meet."""

from __future__ import annotations

import pytest

from aiocql.errors import Error, InvalidRequest, SyntaxException, Unauthorized
from aiocql.statements.marker_hints import hint_without_markers, refusal_hint


@pytest.mark.parametrize(
    ("query", "marker"),
    [
        ("SELECT * FROM t WHERE k = %s", "%s"),
        ("SELECT * FROM t WHERE k = %(key)s", "%(key)s"),
        ("SELECT * FROM t WHERE k = $1 AND c = $2", "$1"),
        ("SELECT * FROM t WHERE k = {key}", "{key}"),
        ("-- a comment\nSELECT * FROM t WHERE k = %s", "%s"),
    ],
)
def test_markers_of_other_databases_are_named(query: str, marker: str) -> None:
    assert refusal_hint(query, SyntaxException("no")) == f"aiocql uses ? or :name markers, not {marker}"


@pytest.mark.parametrize(
    "query",
    [
        "SELEC * FROM t",
        "INSERT INTO t (k, v) VALUES (1, '%s $1 {key}'",
        "INSERT INTO t (k, v) VALUES (1, $$ %s {key} $$",
        'SELECT "%s" FORM t',
        "SELECT v FORM t -- %s",
        "SELECT v /* $1 */ FORM t",
        "INSERT INTO t (k, v) VALUES (1, {true}",
        "INSERT INTO t (k, v) VALUES (1, {1}",
        "INSERT INTO t (k, v) VALUES (1, {a: 1}",
        None,
    ],
)
def test_what_is_no_marker_gets_no_hint(query: str | None) -> None:
    assert refusal_hint(query, SyntaxException("no")) is None


def test_a_statement_of_any_length_is_looked_at_in_little_time() -> None:
    assert refusal_hint("'" * 1_000_000 + "%s", SyntaxException("no")) is None
    assert refusal_hint("/*" * 500_000, SyntaxException("no")) is None


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (
            InvalidRequest("Invalid amount of bind variables"),
            "the statement has markers; pass their values: execute(query, [value, ...])",
        ),
        (InvalidRequest("table t does not exist"), None),
        (Unauthorized("no"), None),
    ],
)
def test_markers_without_values(error: Error, hint: str | None) -> None:
    assert refusal_hint("SELECT * FROM t WHERE k = ?", error) == hint


def test_values_without_markers() -> None:
    assert hint_without_markers("SELECT * FROM t WHERE k = '%s'") == (
        "aiocql uses ? or :name markers, not %s, and no quotes around them"
    )
    assert hint_without_markers("SELECT * FROM t").startswith("the statement has no ? or :name markers; ")
