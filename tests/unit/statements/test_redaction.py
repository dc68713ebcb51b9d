"""What is told of statements: no literal survives, and the summary names operation and table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.canary import VALUE

from aiocql.statements.redaction import MAX_TEXT, sanitized, sanitized_message, summary


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT v FROM t WHERE k = ?", "SELECT v FROM t WHERE k = ?"),
        ("SELECT v FROM t WHERE k = 'it''s secret' AND n=-12.5e3", "SELECT v FROM t WHERE k = ? AND n=?"),
        (
            "CREATE ROLE a WITH PASSWORD = 'hunter2' AND LOGIN = true",
            "CREATE ROLE a WITH PASSWORD = ? AND LOGIN = ?",
        ),
        ("INSERT INTO t (a) VALUES ($$so 'secret'$$)", "INSERT INTO t (a) VALUES (?)"),
        ("SELECT * FROM t -- 'secret'\nWHERE b = 0xCAFE", "SELECT * FROM t WHERE b = ?"),
        ("SELECT /* secret */ t1.c2 FROM ks1.t1", "SELECT t1.c2 FROM ks1.t1"),
        ("DELETE FROM t WHERE id = 6ab09bec-e68e-48d9-a5f8-97e6fb4c9b47", "DELETE FROM t WHERE id = ?"),
        ('SELECT "it\'s 1" FROM t', 'SELECT "it\'s 1" FROM t'),
        ("SELECT 'never closed", "SELECT ?"),
        (
            "UPDATE t SET d = P3DT2H, e = -P2W, f = PT5M WHERE k = 12h30m",
            "UPDATE t SET d = ?, e = ?, f = ? WHERE k = ?",
        ),
        ("UPDATE p3 SET pt = P0003-06-04T12:30:05", "UPDATE p3 SET pt = ?"),
    ],
)
def test_literals_are_not_told(query: str, told: str) -> None:
    assert sanitized(query) == told


NUMBERS = st.integers(10**6, 10**30)
LITERALS = st.one_of(
    st.uuids().map(str),
    st.binary(min_size=1).map(lambda value: f"0x{value.hex()}"),
    NUMBERS.map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(alphabet=st.characters(exclude_characters="$"), max_size=40).map(lambda value: f"$${value}$$"),
    NUMBERS.map(lambda value: f"P{value}Y2M3DT{value}H"),
    NUMBERS.map(lambda value: f"PT{value}S"),
    NUMBERS.map(lambda value: f"{value}h30m"),
    st.sampled_from(["true", "False", "NaN", "-Infinity"]),
)


@given(st.lists(LITERALS, min_size=1, max_size=5))
def test_no_literal_of_any_kind_is_told(literals: list[str]) -> None:
    told = sanitized(f"UPDATE t SET v = [{', '.join(literals)}]")
    assert told.replace("-?", "?") == f"UPDATE t SET v = [{', '.join('?' for _ in literals)}]"


def test_a_servers_words_keep_their_figures_and_lose_the_statements_values() -> None:
    said = "Read 1000 live rows and 2000 tombstone cells for query"
    warning = f"{said} SELECT * FROM ks.t WHERE k = '{VALUE}' LIMIT 9"
    assert sanitized_message(warning) == f"{said} SELECT * FROM ks.t WHERE k = ? LIMIT ?"
    size = "Batch for [ks.t] is of size 6000, exceeding specified threshold of 5120 by 880."
    assert sanitized_message(size) == size


@given(st.text(alphabet=st.characters(exclude_characters="'"), max_size=40), st.integers(10**6, 10**30))
def test_no_string_and_no_number_is_told(secret: str, number: int) -> None:
    told = sanitized(f"UPDATE t SET v = '{secret}', n = {number} WHERE k = ?")
    assert told == "UPDATE t SET v = ?, n = ? WHERE k = ?"


def test_long_texts_are_cut() -> None:
    told = sanitized("SELECT " + "a, " * 5000)
    assert len(told) == MAX_TEXT
    assert told.endswith("...")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT a FROM ks.t WHERE k = ?", ("SELECT", "ks", "t")),
        ("select a from t", ("SELECT", None, "t")),
        ("INSERT INTO ks.t (a) VALUES (?)", ("INSERT", "ks", "t")),
        ("UPDATE t USING TTL 5 SET a = 1", ("UPDATE", None, "t")),
        ("DELETE a FROM ks.t WHERE k = 1", ("DELETE", "ks", "t")),
        ("TRUNCATE TABLE ks.t", ("TRUNCATE", "ks", "t")),
        ("CREATE TABLE ks.t (a int PRIMARY KEY)", ("CREATE", None, None)),
        ("", ("QUERY", None, None)),
        ("'secret'", ("QUERY", None, None)),
    ],
)
def test_summary(query: str, expected: tuple[str, str | None, str | None]) -> None:
    assert summary(query) == expected
