"""The scripted server as cassandra-driver sees it: the proof that it speaks the protocol right."""

from __future__ import annotations

import pytest
from tests.scripted.foreign import foreign

from aiocql.testing import ScriptedServer

VERSIONS = pytest.mark.parametrize("version", [3, 4, 5])


def add_table(server: ScriptedServer) -> None:
    server.view.schema.add_table("ks", "t", {"k": "int", "v": "text"}, ["k"])


@VERSIONS
async def test_discovers_node_and_schema(version: int) -> None:
    async with ScriptedServer() as server:
        add_table(server)
        seen = await foreign(server, version, "discover")
        assert seen["hosts"] == [f"127.0.0.1:{server.port}"]
        assert seen["racks"] == ["datacenter1/rack1"]
        assert seen["keyspaces"] == ["ks", "system", "system_schema"]
        assert seen["columns"] == ["k", "v"]
        assert {request.version for request in server.requests} == {version}
        assert server.violations == []


@VERSIONS
async def test_prepares_and_executes(version: int) -> None:
    async with ScriptedServer() as server:
        prime = server.prime(
            "SELECT v FROM t WHERE k = ?",
            bind=[("k", "int")],
            partition_key=[0],
            columns=[("v", "text")],
            rows=lambda request: [(f"of {request.bound['k']}",)],
        )
        seen = await foreign(server, version, "prepared")
        assert seen["rows"] == ["of 0", "of 1", "of 2"]
        assert seen["routing"] == ([0] if version > 3 else None)
        assert [request.bound["k"] for request in prime.requests] == [0, 1, 2]
        assert server.violations == []


@VERSIONS
async def test_pages(version: int) -> None:
    async with ScriptedServer() as server:
        prime = server.prime("SELECT k FROM t", columns=[("k", "int")], rows=[(k,) for k in range(10)])
        seen = await foreign(server, version, "paged")
        assert seen == {"simple": list(range(10)), "prepared": list(range(10))}
        assert prime.count == 4 + 3
        assert server.violations == []
