"""Row 20: passwords that are wrong or change under a session, servers that challenge for ever: no storm of logins."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import PASSWORD, value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql.protocol.handshake import MAX_CHALLENGES
from aiocql.testing import Opcode, ScriptedCluster, ScriptedServer, challenges, endless_challenges, plain_text

pytestmark = pytest.mark.fault(20)

HOUR = 3600.0
LONGEST = 60.0 * 1.15
"""Seconds of the longest backoff, with its jitter."""
WINDOW = 10.0
EVERY = 5.0
"""Seconds between two requests."""


class Logins:
    """When the servers were sent a token, in virtual seconds."""

    def __init__(self, users: dict[str, str]) -> None:
        self.at: list[float] = []
        self._check = plain_text(users)

    def __call__(self, token: bytes | None, before: int) -> aiocql.testing.Answer:
        self.at.append(asyncio.get_running_loop().time())
        return self._check(token, before)

    def busiest(self) -> int:
        """The most in any window of ten seconds."""
        return max((sum(0 <= other - at < WINDOW for other in self.at) for at in self.at), default=0)


class Answers:
    """The client's half of an exchange that answers whatever it is asked."""

    def initial_response(self, mechanism: str) -> bytes:
        return b"first"

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        return challenge

    def on_success(self, token: bytes | None) -> None:
        pass


@in_memory
async def test_an_hour_with_a_password_that_is_no_longer_right(record_property: Record) -> None:
    """Each of three nodes is asked by the backoff's schedule, however many requests come meanwhile."""
    users = {"user": PASSWORD}
    logins = Logins(users)
    async with ScriptedCluster(3, auth=logins) as cluster:
        prime_table(cluster)
        async with aiocql.connect(cluster.contact_point, auth=("user", PASSWORD)) as session:
            await session.warm_up()
            users["user"] = "another"
            await cluster.stop(reset=True)
            await cluster.start()
            logins.at.clear()
            failed = 0
            for _ in range(int(HOUR / EVERY)):
                with pytest.raises(aiocql.Error) as caught:
                    await session.execute(SELECT, [1], timeout=1.0)
                assert PASSWORD not in f"{caught.value} {caught.value!r}"
                failed += 1
                await asyncio.sleep(EVERY)
            told = str(caught.value)
            # A pool asks 6 times in the first minute, then once a minute; the control connection asks each host
            # of a round, and its rounds have the same schedule.
            assert len(logins.at) <= 2 * 3 * (HOUR / 51 + 8), len(logins.at)
            assert logins.busiest() <= 2 * 3 * 5
            assert isinstance(caught.value, aiocql.NoHostAvailable | aiocql.AuthenticationFailed)
            assert "credentials" in told
            record_property(
                "seen",
                f"an hour with an old password, {failed:,} requests: {len(logins.at)} logins at three nodes, "
                f"{logins.busiest()} in the busiest ten seconds",
            )


@in_memory
async def test_the_connections_that_stand_serve_on_and_new_ones_are_not_tried_without_end() -> None:
    users = {"user": PASSWORD}
    logins = Logins(users)
    async with ScriptedServer(auth=logins) as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), auth=("user", PASSWORD)) as session:
            users["user"] = "another"
            logins.at.clear()
            warm = await session.warm_up(4)
            assert list(warm.ready.values()) == [1]
            assert 0 < len(logins.at) <= 3
            for k in range(600):
                assert (await session.execute(SELECT, [k])).one() == (value_of(k),)
                await asyncio.sleep(1)
            assert len(logins.at) <= 3 + 20, "ten minutes by the schedule"
            assert session.hosts[0].is_up


@pytest.mark.parametrize("known_after", [0.0, 600.0], ids=["at once", "ten minutes later"])
@in_memory
async def test_a_callable_that_learns_the_new_password_brings_the_session_back(known_after: float) -> None:
    users, given = {"user": PASSWORD}, [PASSWORD]
    logins = Logins(users)
    async with ScriptedServer(auth=logins) as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), auth=lambda: ("user", given[0])) as session:
            users["user"] = "another"
            await server.stop(reset=True)
            await server.start()
            await asyncio.sleep(known_after)
            given[0] = "another"
            async with asyncio.timeout(LONGEST + 1):
                while not session.hosts[0].is_up:  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(0.1)
            assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
            assert logins.busiest() <= 10


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_challenges_without_end_are_answered_a_few_times(version: int, record_property: Record) -> None:
    async with ScriptedServer(auth=endless_challenges(), max_version=version) as server:
        with pytest.raises(aiocql.AuthenticationFailed, match="challenges") as caught:
            await aiocql.connect((server.address, server.port), auth=Answers, protocol_version=version)
        assert f"{server.address}:{server.port}" in str(caught.value)
        assert server.connection_count == 1
        answered = server.count(Opcode.AUTH_RESPONSE)
        assert answered == 1 + MAX_CHALLENGES
        await server.until(lambda: not server.connections)
    record_property("seen", f"endless challenges: given up after {answered} answers")


@in_memory
async def test_a_challenge_gets_the_password_no_second_time() -> None:
    async with ScriptedServer(auth=endless_challenges()) as server:
        with pytest.raises(aiocql.AuthenticationFailed, match="PLAIN") as caught:
            await aiocql.connect((server.address, server.port), auth=("user", PASSWORD))
        assert PASSWORD not in str(caught.value)
        assert server.count(Opcode.AUTH_RESPONSE) == 1
        await server.until(lambda: not server.connections)


@in_memory
async def test_a_challenge_that_never_comes_ends_with_the_connect_timeout() -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer(auth=lambda token, before: aiocql.testing.NoAnswer()) as server:
        begun = loop.time()
        with pytest.raises(aiocql.NoHostAvailable):
            await aiocql.connect((server.address, server.port), auth=Answers, connect_timeout=3.0)
        assert loop.time() - begun <= 3.5
        await server.until(lambda: not server.connections)


@in_memory
async def test_challenges_that_begin_while_a_session_lives_are_no_storm() -> None:
    async with ScriptedServer(auth=challenges(b"one", b"two")) as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), auth=Answers) as session:
            assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
            server.auth = endless_challenges()
            server.connections[-1].reset()
            await asyncio.sleep(0)
            before = server.count(Opcode.AUTH_RESPONSE)
            await asyncio.sleep(600)
            assert server.count(Opcode.AUTH_RESPONSE) - before <= 17 * 20
            server.auth = None
            async with asyncio.timeout(LONGEST + 1):
                while not session.hosts[0].is_up:  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(0.1)
            assert (await session.execute(SELECT, [2])).one() == (value_of(2),)
