"""A role's password can only be written as a literal: no error shows it, though errors show their statement."""

from __future__ import annotations

import traceback

import pytest
from tests.plugins.canary import PASSWORD
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing import ErrorAnswer, ScriptedServer


@in_memory
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE anna WITH PASSWORD = '{}' AND LOGIN = true",
        "alter user anna with password '{}",
        "ALTER ROLE anna WITH HASHED PASSWORD='it''s {}'",
        "ALTER ROLE anna WITH PASSWORD = $${}$$",
        "CREATE ROLE anna WITH OPTIONS = {{'password': '{}'}}",
        "CREATE ROLE anna WITH LOGIN = true AND PASSWORD = '{}",
    ],
)
async def test_the_password_of_a_role_is_not_shown_though_it_is_a_literal(statement: str) -> None:
    """Neither of the statement nor in what the server says of it."""
    text = statement.format(PASSWORD)
    said = f"line 1:30 mismatched input 'x' expecting EOF ({text.replace(chr(39), '[' + chr(39), 1)}...)"
    async with (
        ScriptedServer() as server,
        aiocql.connect(server.address, port=server.port) as session,
    ):
        server.prime(text, ErrorAnswer(0x2000, said))
        with pytest.raises(aiocql.SyntaxException) as raised:
            await session.execute(text)
        assert raised.value.query == text
        for shown in (
            str(raised.value),
            repr(raised.value),
            "".join(traceback.format_exception(raised.value)),
        ):
            assert PASSWORD not in shown
            assert "anna" in shown
