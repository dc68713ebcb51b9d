"""Passwords in statements and in what servers say of them: removed in every spelling, in linear time."""

from __future__ import annotations

import pytest
from tests.plugins.canary import PASSWORD
from tests.plugins.work import LIMIT, work_of

from aiocql.errors import Attempt, NoHostAvailable, SyntaxException
from aiocql.passwords import MAX_TEXT, without_passwords


def about(query: str, message: str) -> str:
    """What an error shows of a statement and of the server's message."""
    error = SyntaxException(message)
    error.query = query
    return f"{error}\n{error!r}\n{NoHostAvailable('no', [Attempt('h', error)])}"


@pytest.mark.parametrize(
    "query",
    [
        "CREATE ROLE anna WITH PASSWORD = '{}' AND LOGIN = true",
        "CREATE ROLE anna WITH PASSWORD = $${}$$ AND LOGIN = true",
        'CREATE ROLE anna WITH PASSWORD = "{}"',
        "CREATE ROLE anna WITH PASSWORD = {} AND LOGIN = true",
        "CREATE ROLE anna WITH PASWORD = '{}'",
        "ALTER USER anna WITH PASSWORD {}",
        "ALTER USER anna WITH PASSWORD\t:\n'{}'",
        "CREATE ROLE anna WITH OPTIONS = {{'secret': '{}'}} AND PASSWORD = 'x'",
        "CRAETE ROLE anna WITH HASHED PASSWORD = '{}'",
        'INSERT INTO t JSON \'{{"password": "{}"}}\'',
        "CREATE ROLE anna WITH PASSWORD = 'it's {}' AND LOGIN = true",
        "CREATE ROLE anna WITH PASSWORD = 'it''s {}",
    ],
)
@pytest.mark.parametrize("piece", ["([{}]...)", "('{}' AND LOGIN [=]", "input '[$${}$$]'", "at '{}", "x{}y"])
def test_password_is_removed_from_any_piece_that_the_server_quotes(query: str, piece: str) -> None:
    shown = about(query.format(PASSWORD), "line 1:31 no viable alternative at " + piece.format(PASSWORD))
    assert PASSWORD not in shown
    assert "line 1:31 no viable alternative at" in shown


def test_doubled_quotes_are_removed_in_either_spelling() -> None:
    query = "CREATE ROLE anna WITH PASSWORD = 'a''quoted''word'"
    shown = about(query, "near a''quoted''word, that is a'quoted'word")
    assert "quoted" not in shown


def test_short_password_leaves_the_words_of_the_message_whole() -> None:
    query = "CREATE ROLE anna WITH PASSWORD = 'at'"
    error = SyntaxException("mismatched input 'at' in statement")
    error.query = query
    assert error.message == "mismatched input ? in statement (code 0x2000)"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT password FROM \"Users\" WHERE name = 'anna'", "unconfigured table Users for anna"),
        ("SELECT v FROM t WHERE user = 'anna'", "no user 'anna' in role 'boss'"),
        ("UPDATE t SET password = ? WHERE name = 'anna'", "Undefined column name password of 'anna'"),
        ("ALTER ROLE anna WITH LOGIN = true", "anna: role 'anna' does not exist"),
    ],
)
def test_other_literals_stay_in_the_message(query: str, message: str) -> None:
    assert without_passwords(message, query) == message


HOSTILE = [
    "password" + " " * 65536,
    "password'" * 8192,
    "password $$" * 6000,
    "with password" * 5000,
    "'" * 65535,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:14])
def test_hostile_text_takes_linear_work(text: str) -> None:
    query = f"CREATE ROLE anna WITH PASSWORD = 'x' {text}"
    assert work_of(lambda: about(query, text), text) < LIMIT


def test_message_has_a_longest_length() -> None:
    assert len(without_passwords("x" * 10 * MAX_TEXT)) == MAX_TEXT
