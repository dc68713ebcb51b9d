"""Template strings as statements: values are bound, never written into the text.

On Python 3.14 and later these tests use the interpreter's own, before it a stand-in made of the same source text.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, one_node, sends
from tests.scripted.template_strings import ARE_REAL, Interpolation, stand_in, template

import aiocql
from aiocql.statements.template_strings import from_template, is_template
from aiocql.testing import Opcode

INJECTION = "'); DROP TABLE t; --"


def test_they_are_the_interpreters_own_where_it_has_them() -> None:
    made = template('t"SELECT v FROM t WHERE k = {k}"', k=5)
    own = "string.templatelib" if ARE_REAL else "tests.scripted.template_strings"
    assert type(made).__module__ == own
    assert is_template(made)
    assert not is_template("SELECT v FROM t WHERE k = {k}")


@pytest.mark.parametrize(
    ("source", "query", "values"),
    [
        ('t"SELECT v FROM t"', "SELECT v FROM t", ()),
        ('t"SELECT v FROM t WHERE k = {k}"', "SELECT v FROM t WHERE k = ?", (5,)),
        ('t"{k}{text}"', "??", (5, INJECTION)),
        ('t"INSERT INTO t (k, v) VALUES ({k + 1}, {text})"', INSERT, (6, INJECTION)),
        ('t"UPDATE t SET m = {{\'a\': {k}}} WHERE k = { k }"', "UPDATE t SET m = {'a': ?} WHERE k = ?", (5, 5)),
        ("t'''SELECT v\n  FROM t\n  WHERE k = {[k, text][0]}'''", "SELECT v\n  FROM t\n  WHERE k = ?", (5,)),
        ('t"SELECT v FROM t WHERE d = {when}"', "SELECT v FROM t WHERE d = ?", (dt.date(2026, 11, 28),)),
    ],
)  # fmt: skip
def test_each_interpolation_is_a_marker_and_a_value(source: str, query: str, values: tuple[Any, ...]) -> None:
    made = template(source, k=5, text=INJECTION, when=dt.date(2026, 11, 28))
    assert from_template(made, None) == (query, values)


@pytest.mark.parametrize("source", [
    't"{k!r}"', 't"{k!s}"', 't"{k!a}"', 't"{k:>3}"', 't"{k!r:{k}}"', 't"{k=}"', 't"{k}, {text:s}"',
])  # fmt: skip
def test_what_would_make_text_of_a_value_is_refused(source: str) -> None:
    with pytest.raises(aiocql.InterfaceError, match="conversion or format"):
        from_template(template(source, k=5, text=INJECTION), None)


@in_memory
async def test_their_values_are_bound() -> None:
    async with one_node() as (server, session):
        select = template('t"SELECT v FROM t WHERE k = {k}"', k=5)
        assert (await session.execute(select)).one() == (value_of(5),)
        assert server.requests[-1].values == [b"\0\0\0\5"]
        assert [row.v async for row in session.stream(select)] == [value_of(5)]
        insert = template('t"INSERT INTO t (k, v) VALUES ({k}, {v})"', k=1, v=INJECTION)
        await session.batch([insert])
        assert server.requests[-1].statements[0].query == INSERT
        with pytest.raises(aiocql.InterfaceError, match="none are given besides"):
            await session.execute(select, [1])


@in_memory
async def test_one_text_is_prepared_once_whatever_its_values() -> None:
    async with one_node() as (server, session):
        for k in range(5):
            found = await session.execute(template('t"SELECT v FROM t WHERE k = {k}"', k=k))
            assert found.one() == (value_of(k),)
        assert sends(server, Opcode.PREPARE) == 1
        assert sends(server, Opcode.EXECUTE) == 5


@pytest.mark.parametrize("strings", [("SELECT v FROM t WHERE k = ",), ("SELECT", 5), ()])
def test_what_only_looks_like_one_is_refused(strings: Any) -> None:
    class Looks:
        interpolations = (Interpolation(5, "k", None, ""),)

    Looks.strings = strings  # type: ignore[attr-defined]
    with pytest.raises(aiocql.InterfaceError, match=re.escape("a Looks that is not a template string")):
        from_template(Looks(), None)


def test_a_stand_in_says_of_each_interpolation_what_the_real_one_says() -> None:
    made = stand_in('t"a {k + 1!r:>{k}} b {k}"', k=5)
    assert made.strings == ("a ", " b ", "")
    assert made.interpolations == (Interpolation(6, "k + 1", "r", ">5"), Interpolation(5, "k", None, ""))
