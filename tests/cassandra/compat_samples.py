"""The published samples, as names; and a session that finds out which server answers them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.docs.snippets import snippets

from aiocql.compat.async_cassandra import AsyncCassandraSession
from aiocql.compat.cassandra.query import SimpleStatement

__all__ = ["WhoAnswers", "connected_nodes", "samples"]

ASYNC_CASSANDRA = Path(__file__).with_name("seed_000.md")
CONNECTED_NODES = Path(__file__).with_name("seed_004.md")
QUESTION = "SELECT now() FROM system.local"


def _executed(page: Path, contact_point: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "samples"}
    for snippet in snippets(page.read_text(encoding="utf-8")):
        source = snippet.text.replace("'localhost'", repr(contact_point))
        # Not with this module's own __future__: the samples' annotations are looked up, as in an application.
        code = compile(source, f"{page.name}, line {snippet.line}", "exec", dont_inherit=True)
        exec(code, names)
    return names


@contextlib.asynccontextmanager
async def samples(contact_point: str) -> AsyncIterator[dict[str, Any]]:
    """The names that async-cassandra's samples define; their cluster, not connected yet, is closed at the end."""
    names = _executed(ASYNC_CASSANDRA, contact_point)
    try:
        yield names
    finally:
        await names["cluster"].close()


def connected_nodes() -> dict[str, Any]:
    """The names of the sample that logs the nodes of a session."""
    return _executed(CONNECTED_NODES, "")


class WhoAnswers:
    """A session that asks, instead of the samples' question and routed as it, for the name of the server.

    What servers say of themselves, not what the driver takes them for.
    """

    def __init__(self, session: AsyncCassandraSession) -> None:
        self.session = session
        self.cluster = session.cluster
        self.answers: list[str] = []

    async def execute(self, query: Any, **options: Any) -> Any:
        """Asks; the server's address is added to `answers`."""
        asked: Any = "SELECT rpc_address FROM system.local"
        if isinstance(query, SimpleStatement):
            assert query.query_string == QUESTION
            asked = SimpleStatement(asked, routing_key=query.routing_key)
        else:
            assert query == QUESTION
        result = await self.session.execute(asked, **options)
        self.answers.append(str(result.one().rpc_address))
        return result
