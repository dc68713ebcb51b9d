"""`%s` becomes a marker where it is one, and stays what it is in literals, quoted names and comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.compat.cassandra.placeholders import with_markers

CASES = [
    ("SELECT v FROM t WHERE k = %s", "SELECT v FROM t WHERE k = ?"),
    ("INSERT INTO t (a, b) VALUES (%s,%s)", "INSERT INTO t (a, b) VALUES (?,?)"),
    ("SELECT v FROM t WHERE k = %(key)s", 'SELECT v FROM t WHERE k = :"key"'),
    ('SELECT %(a"b)s', 'SELECT :"a""b"'),
    ("UPDATE t SET v = '%s it''s %s' WHERE k = %s", "UPDATE t SET v = '%s it''s %s' WHERE k = ?"),
    ('SELECT "%s" FROM t WHERE k = %s', 'SELECT "%s" FROM t WHERE k = ?'),
    ("SELECT v FROM t -- %s\nWHERE k = %s", "SELECT v FROM t -- %s\nWHERE k = ?"),
    ("SELECT v FROM t // %s\nWHERE k = %s", "SELECT v FROM t // %s\nWHERE k = ?"),
    ("SELECT v /* %s\n%s */ FROM t WHERE k = %s", "SELECT v /* %s\n%s */ FROM t WHERE k = ?"),
    ("SELECT $$ %s $$ FROM t WHERE k = %s", "SELECT $$ %s $$ FROM t WHERE k = ?"),
    ("SELECT v FROM t WHERE v LIKE '%%a%%' AND k = %s", "SELECT v FROM t WHERE v LIKE '%a%' AND k = ?"),
    ("SELECT a %% b FROM t WHERE k = %s", "SELECT a % b FROM t WHERE k = ?"),
    ("SELECT v FROM t WHERE k = ?", "SELECT v FROM t WHERE k = ?"),
    ("SELECT '%s", "SELECT '?"),
]


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_what_becomes_of_placeholders(query: str, expected: str) -> None:
    assert with_markers(query) == expected


@given(st.text(alphabet="ab'\"%s()-/*$ \n?", max_size=40))
def test_without_a_placeholder_a_text_stays_as_it_is(text: str) -> None:
    plain = text.replace("%", "")
    assert with_markers(plain) == plain


@given(st.text(alphabet="ab%s()-/*$ \n?", max_size=40))
def test_literals_stay_as_they_are(text: str) -> None:
    literal = "'" + text.replace("%%", "") + "'"
    if "%%" not in literal:
        assert with_markers(f"SELECT {literal}, %s") == f"SELECT {literal}, ?"
