"""Which protocol version a session speaks, and which compression: negotiated, fixed, settled on, refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql.errors import ConfigurationError, NoHostAvailable, UnsupportedProtocolVersion
from aiocql.testing import ScriptedCluster, ScriptedServer

pytestmark = pytest.mark.fault(32)


def versions(session: aiocql.Session) -> set[int]:
    """Of all connections that carry requests."""
    return {
        connection.core.version
        for pool in internals.pools(session).values()
        for connection in pool.connections
    }


@pytest.mark.parametrize(("newest", "connections"), [(5, 2), (4, 3), (3, 3)])
@in_memory
async def test_newest_version_in_as_few_connections_as_possible(newest: int, connections: int) -> None:
    """One for control and one for requests; a refusal costs one, however much older the server is."""
    async with (
        ScriptedServer(max_version=newest) as server,
        aiocql.connect((server.address, server.port)) as session,
    ):
        assert session.protocol_version == newest
        assert versions(session) == {newest}
        assert server.connection_count == connections


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_fixed_version_is_the_only_one_tried(version: int) -> None:
    async with (
        ScriptedServer() as server,
        aiocql.connect((server.address, server.port), protocol_version=version) as session,
    ):
        assert session.protocol_version == version
        assert versions(session) == {version}
        assert server.connection_count == 2


@in_memory
async def test_fixed_version_that_the_server_has_not_is_refused() -> None:
    async with ScriptedServer(max_version=4) as server:
        with pytest.raises(NoHostAvailable, match="does not speak protocol v5") as refused:
            await aiocql.connect((server.address, server.port), protocol_version=5)
        [attempt] = refused.value.attempts
        assert isinstance(attempt.error, UnsupportedProtocolVersion)
        assert attempt.error.spoken == {3, 4}
        assert server.connection_count == 1


@pytest.mark.parametrize(("others", "common"), [((4, 5), 4), ((4, 3), 3), ((3, 4), 3), ((5, 5), 5)])
@in_memory
async def test_cluster_of_several_versions_settles_on_what_all_speak(
    others: tuple[int, int], common: int
) -> None:
    async with ScriptedCluster(3) as cluster:
        prime_table(cluster)
        for server, newest in zip(cluster.nodes[1:], others, strict=True):
            server.max_version = newest
        async with aiocql.connect(cluster.contact_point) as session:
            assert session.protocol_version == common
            assert versions(session) == {common}
            assert all(host.is_up for host in session.hosts)
            for host in session.hosts:
                assert (await session.execute(SELECT, [1], host=host)).one().v == value_of(1)
        assert cluster.violations == []


@in_memory
async def test_fixed_version_leaves_out_the_hosts_that_have_it_not() -> None:
    async with ScriptedCluster(2) as cluster:
        cluster.nodes[1].max_version = 4
        async with aiocql.connect(cluster.contact_point, protocol_version=5) as session:
            assert session.protocol_version == 5
            assert [host.is_up for host in session.hosts] == [True, False]


@contextlib.asynccontextmanager
async def says(answer: bytes) -> AsyncIterator[tuple[str, int]]:
    """A server that has one thing to say."""

    class Saying(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(answer)  # type: ignore[attr-defined]
            self.transport.close()

    listener = await asyncio.get_running_loop().create_server(Saying, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[:2]
    finally:
        listener.close()


def error_envelope(version: int, text: str) -> bytes:
    body = b"\0\0\0\x0a" + len(text).to_bytes(2) + text.encode()
    header = bytes([0x80 | version, 0, 0, 0, 0]) if version >= 3 else bytes([0x80 | version, 0, 0, 0])
    return header + len(body).to_bytes(4) + body


OLD = "Invalid or unsupported protocol version (5); the highest supported version is {0} and the lowest is 1"
BETA = "Beta version of the protocol used (6/v6-beta), but USE_BETA flag is unset"
ONLY_BETA = "Invalid or unsupported protocol version (5); supported versions are (6/v6-beta)"


@pytest.mark.parametrize(
    ("answer", "says_why"),
    [
        (error_envelope(1, OLD.format(1)), "the server speaks protocol v1, the driver v3 and later"),
        (error_envelope(2, OLD.format(2)), "the server speaks protocol v2, the driver v3 and later"),
        (error_envelope(5, BETA), "Beta version of the protocol used"),
        (error_envelope(5, ONLY_BETA), "v6-beta"),
    ],
    ids=["v1", "v2", "beta", "only beta"],
)
@in_memory
async def test_servers_without_a_version_of_ours_are_refused_with_the_reason(
    answer: bytes, says_why: str
) -> None:
    async with says(answer) as where:
        with pytest.raises(NoHostAvailable) as refused:
            await aiocql.connect(where)
        assert says_why in str(refused.value)
        [attempt] = refused.value.attempts
        assert isinstance(attempt.error, UnsupportedProtocolVersion)


# --- compression -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "compression"), [(3, "lz4"), (4, "lz4"), (5, "lz4"), (3, "snappy"), (4, "snappy")]
)
@in_memory
async def test_compression_is_used_by_both_sides(version: int, compression: str) -> None:
    async with ScriptedServer(max_version=version) as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), compression=compression) as session:
            assert session.protocol_version == version
            assert (await session.execute(SELECT, [1])).one().v == value_of(1)
            assert {each._reader.compression for each in server.connections} == {compression}
        assert server.violations == []


@in_memory
async def test_snappy_settles_on_the_newest_version_that_has_it() -> None:
    async with (
        ScriptedServer() as server,
        aiocql.connect((server.address, server.port), compression="snappy") as session,
    ):
        assert session.protocol_version == 4


@pytest.mark.parametrize(("asked", "offered"), [("lz4", ("snappy",)), ("lz4", ()), ("snappy", ("lz4",))])
@in_memory
async def test_compression_that_the_server_does_not_offer_is_an_error_at_connect(
    asked: str, offered: tuple[str, ...]
) -> None:
    async with ScriptedServer(compression=offered) as server:
        with pytest.raises(NoHostAvailable, match=f"does not offer compression '{asked}'") as refused:
            await aiocql.connect((server.address, server.port), compression=asked)
        [attempt] = refused.value.attempts
        assert isinstance(attempt.error, ConfigurationError)
        assert ", ".join(offered) in str(refused.value)


@pytest.mark.parametrize(
    "options", [{"compression": "zip"}, {"compression": "snappy", "protocol_version": 5}]
)
def test_compression_that_cannot_be_is_refused_before_anything_is_contacted(
    options: dict[str, object],
) -> None:
    with pytest.raises(ConfigurationError, match="compression"):
        aiocql.connect("127.0.0.1", **options)  # type: ignore[call-overload]


# --- before it is known to be a server ---------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 2048])
@in_memory
async def test_a_server_that_has_not_authenticated_us_may_say_128_kib_at_once(limit: int | None) -> None:
    most = 128 * 1024 if limit is None else limit
    options = {} if limit is None else {"max_frame_size": limit}
    async with says(bytes([0x85, 0, 0, 0, 2]) + (most + 1).to_bytes(4)) as where:
        with pytest.raises(NoHostAvailable, match=f"{most} allowed"):
            await aiocql.connect(where, **options)  # type: ignore[call-overload]
