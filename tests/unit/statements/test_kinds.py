"""What a statement is, judged by its text: comments and literals do not count."""

from __future__ import annotations

import pytest

from aiocql.statements.prepared import is_lwt, is_select, is_use


@pytest.mark.parametrize("before", ["", "  \n", "/* why */ ", "-- why\n", "// why\n"])
def test_comments_before_a_statement_hide_nothing(before: str) -> None:
    assert is_select(before + "SELECT v FROM t")
    assert is_lwt(before + "INSERT INTO t (k) VALUES ('it''s') IF NOT EXISTS")
    assert is_use(before + 'use "ks"')


def test_words_in_literals_and_names_are_none() -> None:
    assert not is_lwt("INSERT INTO t (k) VALUES ('IF')")
    assert not is_lwt('UPDATE "IF" SET v = 1 WHERE k = 1')
    assert not is_use("SELECT 'USE ks' FROM t")
    assert not is_use("USER ks")
