"""Codecs and classes of the user's in a session: per type, per column, per session, and user types."""

from __future__ import annotations

import dataclasses
import enum

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.errors import DecodeError, EncodeError
from aiocql.testing import ScriptedServer, udt

SELECT = "SELECT k, v FROM t WHERE k = ?"
PLAIN = "SELECT k, v FROM t"
INSERT = "INSERT INTO t (k, v, w) VALUES (?, ?, ?)"
HOMES = "SELECT home FROM homes WHERE home = ?"
ADDRESS = udt("ks", "address", {"street": "text", "number": "int"})


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class ColourCodec(aiocql.ValueCodec):
    hashable = True

    def encode(self, value: Colour) -> str:
        return value.value

    def decode(self, value: str) -> Colour:
        return Colour(value)


@dataclasses.dataclass
class Address:
    street: str
    number: int


def prime(server: ScriptedServer) -> None:
    columns = [("k", "int"), ("v", "text")]
    server.prime(SELECT, bind=[("k", "int")], columns=columns, rows=[(1, "red")])
    server.prime(PLAIN, columns=columns, rows=[(1, "red")])
    server.prime(INSERT, bind=[("k", "int"), ("v", "text"), ("w", "text")])
    server.prime(
        HOMES,
        bind=[("home", ADDRESS)],
        columns=[("home", ADDRESS)],
        rows=lambda request: [(request.bound["home"],)],
    )


@in_memory
async def test_codec_of_a_type_is_the_sessions_own() -> None:
    codecs = aiocql.CodecRegistry()
    codecs.register("text", ColourCodec())
    async with ScriptedServer() as server:
        prime(server)
        where = (server.address, server.port)
        async with aiocql.connect(where, codecs=codecs) as one, aiocql.connect(where) as other:
            assert (await one.execute(SELECT, [1])).one().v is Colour.RED
            assert (await one.execute(PLAIN)).one().v is Colour.RED
            assert (await other.execute(SELECT, [1])).one().v == "red"
            codecs.register("text", (str.upper, str.lower))
            assert (await one.execute(SELECT, [1])).one().v is Colour.RED, "it has a copy"


@in_memory
async def test_codec_of_a_column_serves_that_column_alone() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            session.codecs.register_column("ks", "t", "v", ColourCodec())
            await session.execute(INSERT, [1, Colour.BLUE, "blue"])
            assert server.requests[-1].bound == {"k": 1, "v": "blue", "w": "blue"}
            assert (await session.execute(SELECT, [1])).one().v is Colour.RED


@in_memory
async def test_registration_in_an_open_session_holds_from_the_next_statement_on() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            prepared = await session.prepare(INSERT)
            assert (await session.execute(SELECT, [1])).one().v == "red"
            assert (await session.execute(PLAIN)).one().v == "red"
            session.codecs.register("text", ColourCodec())
            assert (await session.execute(SELECT, [1])).one().v is Colour.RED
            assert (await session.execute(PLAIN)).one().v is Colour.RED
            await session.execute(prepared, [1, "red", "red"])
            assert server.requests[-1].bound["v"] == "red", "a statement of the user's keeps its codecs"


@pytest.mark.parametrize("cls", [Address, dict])
@in_memory
async def test_user_type_as_a_class(cls: type) -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            session.codecs.register_user_type("ks", "address", cls)
            home = cls(street="High Street", number=7)
            assert (await session.execute(HOMES, [home])).one().home == home


@in_memory
async def test_user_type_without_a_class_is_a_tuple_with_names() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            home = (await session.execute(HOMES, [{"street": "High Street", "number": 7}])).one().home
            assert home == ("High Street", 7)
            assert (home.street, home["number"]) == ("High Street", 7)


@in_memory
async def test_failures_of_a_codec_name_column_and_row_and_leave_the_session_alone() -> None:
    async with ScriptedServer() as server:
        prime(server)
        server.prime("SELECT v FROM u", columns=[("v", "text")], rows=[("red",), ("green",)])
        async with aiocql.connect((server.address, server.port)) as session:
            session.codecs.register("text", ColourCodec())
            with pytest.raises(DecodeError, match=r"column \S*v \(text\) of row 1 cannot be read") as refused:
                await session.execute("SELECT v FROM u")
            assert "green" not in str(refused.value)
            sent = len(server.requests)
            with pytest.raises(EncodeError, match=r"v.*text.*int"):
                await session.execute(INSERT, [1, 5, Colour.RED])
            assert [request.opcode.name for request in server.requests[sent:]] == ["PREPARE"]
            assert (await session.execute(SELECT, [1])).one().v is Colour.RED
            assert session.stats().in_flight == 0


@in_memory
async def test_what_is_no_registry_is_refused() -> None:
    with pytest.raises(aiocql.ConfigurationError, match="codecs: a dict"):
        aiocql.connect(codecs={})  # type: ignore[arg-type]
