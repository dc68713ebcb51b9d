"""Pools and connections on a real Cassandra: growth, shrinking, reconnection, TLS, passwords."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD

import aiocql
from aiocql import EventKind
from aiocql.testing import CassandraCluster, CertificateAuthority
from aiocql.testing.apart import run_apart
from aiocql.testing.cassandra.waiting import until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]

LOCAL = aiocql.HostDistance.LOCAL
QUERY = "SELECT key FROM system.local WHERE key = ?"
USER = ("someone", PASSWORD)


async def eventually(condition: Any, seconds: float = 60) -> None:
    async def holds() -> bool:
        return bool(condition())

    assert await until(holds, seconds)


def connections(session: aiocql.Session) -> int:
    return len(session.stats().hosts[0].connections)


async def work(session: aiocql.Session, tasks: int, each: int) -> None:
    """So many tasks that each send so many requests, one after the other; every answer is checked."""

    async def one() -> None:
        for _ in range(each):
            assert (await session.execute(QUERY, ["local"])).one() == ("local",)

    await asyncio.gather(*(one() for _ in range(tasks)))


async def test_a_pool_grows_under_load_and_shrinks_after_it(cassandra_cluster: CassandraCluster) -> None:
    pool = aiocql.PoolOptions(max_local=4, max_requests_per_connection=16, idle_timeout=0.5)
    async with aiocql.connect(cassandra_cluster.contact_points[0], pool=pool, request_timeout=60) as session:
        kinds = []
        session.listen(lambda event: kinds.append((event.kind, event.active)))
        assert connections(session) == 1
        await work(session, tasks=200, each=10)
        stats = session.stats().hosts[0]
        assert stats.connections_opened > 1
        assert (stats.errors, stats.orphans, session.stats().waiting) == (0, 0, 0)
        assert kinds.index((EventKind.HIGH_IN_FLIGHT, True)) < kinds.index((EventKind.HIGH_IN_FLIGHT, False))
        await eventually(lambda: connections(session) == 1)
        assert session.stats().hosts[0].connections_lost == 0
        await work(session, tasks=10, each=1)


async def test_sizes_change_on_a_live_session_under_load(cassandra_cluster: CassandraCluster) -> None:
    async with aiocql.connect(cassandra_cluster.contact_points[0], request_timeout=60) as session:
        load = asyncio.create_task(work(session, tasks=20, each=100))
        session.set_core_connections_per_host(LOCAL, 6)
        await eventually(lambda: connections(session) == 6)
        session.set_core_connections_per_host(LOCAL, 1)
        session.set_max_connections_per_host(LOCAL, 2)
        await eventually(lambda: connections(session) == 2)
        await load
        await eventually(lambda: session.stats().hosts[0].draining == ())
        assert session.stats().hosts[0].errors == 0


@pytest.fixture(scope="module")
def secured() -> Iterator[CassandraCluster]:
    """One node that wants a password and a client certificate."""
    cluster = CassandraCluster(authentication=True, tls="mutual", network="127.0.21.")
    run_apart(cluster.start())
    try:
        run_apart(cluster.execute(f"CREATE ROLE {USER[0]} WITH PASSWORD = '{PASSWORD}' AND LOGIN = true"))
        yield cluster
    finally:
        cluster.close()


def tls(cluster: CassandraCluster, **changes: Any) -> aiocql.TLSOptions:
    certificate = cluster.client_certificate
    assert certificate is not None
    given: dict[str, Any] = {
        "ca": cluster.certificate_authority.certificate_path,
        "cert": certificate.certificate_path,
        "key": certificate.key_path,
    }
    return aiocql.TLSOptions(**(given | changes))


async def is_served(cluster: CassandraCluster, ssl: aiocql.TLSOptions, auth: Any = USER) -> None:
    async with aiocql.connect(cluster.contact_points[0], ssl=ssl, auth=auth) as session:
        await work(session, tasks=1, each=1)
        assert all(each.is_encrypted for host in session.stats().hosts for each in host.connections)


@pytest.mark.fault(20)
async def test_tls_with_a_client_certificate_and_each_form_of_auth(secured: CassandraCluster) -> None:
    asked = []

    async def rotating(endpoint: str) -> tuple[str, str]:
        asked.append(endpoint)
        return USER

    await is_served(secured, tls(secured))
    await is_served(secured, tls(secured), rotating)
    assert asked == [secured.contact_points[0]] * len(asked)
    assert len(asked) > 1, "asked for each connection"
    await is_served(secured, tls(secured), lambda: aiocql.PlainTextAuthenticator(*USER))
    await is_served(secured, tls(secured), aiocql.PlainTextAuthenticator(*USER))
    with pytest.raises(aiocql.AuthenticationFailed) as caught:
        await is_served(secured, tls(secured), (USER[0], WRONG_PASSWORD))
    assert WRONG_PASSWORD not in str(caught.value)


async def test_tls_verifies_by_default(secured: CassandraCluster, tmp_path: Path) -> None:
    stranger = CertificateAuthority(tmp_path)
    with pytest.raises(aiocql.NoHostAvailable, match=r"certificate verify failed|self-signed|unable to get"):
        await is_served(secured, tls(secured, ca=stranger.certificate_path))
    with pytest.raises(aiocql.NoHostAvailable, match="elsewhere"):
        await is_served(secured, tls(secured, server_hostname="elsewhere"))
    with pytest.raises(aiocql.Error):
        await is_served(secured, tls(secured, cert=None, key=None))


async def test_a_name_for_each_host(secured: CassandraCluster) -> None:
    asked = []

    def name(address: str) -> str:
        asked.append(address)
        return "localhost"

    await is_served(secured, tls(secured, server_hostname=name))
    assert set(asked) == {secured.nodes[0].address}


async def test_verification_can_be_turned_off_with_a_warning(
    secured: CassandraCluster, tmp_path: Path
) -> None:
    stranger = CertificateAuthority(tmp_path)
    with pytest.warns(aiocql.InsecureTLSWarning, match="not checked"):
        await is_served(secured, tls(secured, ca=stranger.certificate_path, verify=False))
    with pytest.warns(aiocql.InsecureTLSWarning, match="names"):
        await is_served(secured, tls(secured, server_hostname="elsewhere", verify_hostname=False))


async def test_renewed_certificates_are_used_for_new_connections_and_the_node_comes_back(
    secured: CassandraCluster, tmp_path: Path
) -> None:
    """The files are replaced while the session lives; then the node is killed and started again."""
    first = secured.client_certificate
    assert first is not None
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    shutil.copy(first.certificate_path, cert)
    shutil.copy(first.key_path, key)
    node = secured.nodes[0]
    async with aiocql.connect(
        node.contact_point, ssl=tls(secured, cert=cert, key=key), auth=USER, request_timeout=30
    ) as session:
        told: list[EventKind] = []
        session.listen(lambda event: told.append(event.kind))
        # One that the node does not know: connections that stand stay, new ones fail.
        unknown = CertificateAuthority(tmp_path / "other").issue("client")
        shutil.copy(unknown.certificate_path, cert)
        shutil.copy(unknown.key_path, key)
        session.set_core_connections_per_host(LOCAL, 2)
        await eventually(lambda: EventKind.CONNECT_FAILED in told)
        await work(session, tasks=5, each=5)
        # A good one again: the second connection opens by itself.
        renewed = secured.certificate_authority.issue("client")
        shutil.copy(renewed.certificate_path, cert)
        shutil.copy(renewed.key_path, key)
        await eventually(lambda: connections(session) == 2)
        await node.kill()
        await eventually(lambda: not session.hosts[0].is_up)
        with pytest.raises(aiocql.NoHostAvailable):
            await session.execute(QUERY, ["local"])
        assert session.hosts[0].is_reconnecting
        await node.start()
        await eventually(lambda: session.hosts[0].is_up and connections(session) == 2, 70)
        await work(session, tasks=50, each=5)
        assert told.index(EventKind.HOST_DOWN) < told.index(EventKind.HOST_UP)
        assert session.stats().hosts[0].orphans == 0
