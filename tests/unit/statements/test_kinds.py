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


@pytest.mark.parametrize("kind", ["", "UNLOGGED ", "LOGGED ", "/* why */ UNLOGGED\n"])
def test_a_batch_with_a_condition_is_a_light_weight_transaction(kind: str) -> None:
    batch = f"BEGIN {kind}BATCH USING TIMESTAMP 1 INSERT INTO t (k) VALUES (1){{}}; UPDATE t SET v = 'IF'; APPLY BATCH"
    assert is_lwt(batch.format(" IF NOT EXISTS"))
    assert not is_lwt(batch.format(""))


def test_dollars_quote_a_text() -> None:
    assert not is_lwt("INSERT INTO t (k, v) VALUES (1, $$ what IF $$)")
    assert is_lwt("INSERT INTO t (k, v) VALUES (1, $$it's$$) IF NOT EXISTS")
    assert is_lwt("UPDATE t SET v = $$-- no \" comment$$, w = $$ $ $$ WHERE k = 1 IF v = $$'$$")
    assert not is_lwt("INSERT INTO t (k, v) VALUES ('$$', 'IF $$')")
    assert is_lwt("INSERT INTO t (k, v) VALUES ('$$', '$$') IF NOT EXISTS")


def test_definitions_and_transactions_are_no_light_weight_transactions() -> None:
    assert not is_lwt("CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)")
    assert not is_lwt(
        "BEGIN TRANSACTION LET a = (SELECT v FROM t WHERE k = 1); IF a.v = 1 THEN DELETE FROM t; END IF COMMIT"
    )
