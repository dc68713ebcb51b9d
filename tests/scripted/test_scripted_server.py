"""What the scripted server does that no honest server would, and what it says to clients that break the rules."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.plain_client import PlainClient, connected, error_of

from aiocql.testing import (
    NoAnswer,
    Opcode,
    RawAnswer,
    Rows,
    SchemaChangeEvent,
    ScriptedServer,
    StatusChange,
    TopologyChange,
    UnavailableAnswer,
    Void,
    challenges,
    endless_challenges,
)
from aiocql.testing.server.frames import Envelope, Flag
from aiocql.testing.server.notation import Reader, write_bytes, write_inet, write_string, write_string_list
from aiocql.testing.server.segments import encode_segments

VERSIONS = pytest.mark.parametrize("version", [3, 4, 5])


@in_memory
async def test_answers_in_turn_and_the_last_one_stays() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        prime = server.prime("Q", [UnavailableAnswer(), Void()])
        opcodes = [
            (await client.ask(Opcode.QUERY, client.query_body(" Q ;"), stream=n)).opcode for n in range(3)
        ]
        assert opcodes == [Opcode.ERROR, Opcode.RESULT, Opcode.RESULT]
        assert prime.count == 3


@in_memory
async def test_newest_prime_answers_until_it_is_used_up() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q")
        server.prime("Q", UnavailableAnswer(), times=2)
        opcodes = [(await client.ask(Opcode.QUERY, client.query_body("Q"))).opcode for _ in range(3)]
        assert opcodes == [Opcode.ERROR, Opcode.ERROR, Opcode.RESULT]


@in_memory
async def test_unprimed_query_is_said_to_be() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        answer = await client.ask(Opcode.QUERY, client.query_body("SELECT x"))
        assert error_of(answer) == (0x2200, "nothing is primed for: SELECT x")


@in_memory
async def test_delayed_answers_come_in_their_own_time() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("SLOW", delay=5.0)
        server.prime("QUICK", delay=2.0)
        client.query("SLOW", stream=1)
        client.query("QUICK", stream=2)
        seen = []
        for _ in range(2):
            seen.append(((await client.receive()).stream, asyncio.get_running_loop().time()))
        assert seen == [(2, 2.0), (1, 5.0)]


@in_memory
async def test_delayed_answer_of_a_closed_connection_is_dropped() -> None:
    async with ScriptedServer() as server:
        client = await connected(server)
        server.prime("SLOW", delay=5.0)
        client.query("SLOW")
        await server.until(lambda: server.count("SLOW") == 1)
        client.writer.close()
        await server.until(lambda: not server.connections)
        await asyncio.sleep(10)


@in_memory
async def test_answer_twice_to_nobody_and_not_at_all() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("TWICE", copies=2)
        server.prime("NOBODY", stream=77)
        server.prime("NOTHING", NoAnswer())
        for stream, query in enumerate(("NOTHING", "TWICE", "NOBODY")):
            client.query(query, stream=stream)
        assert [(await client.receive()).stream for _ in range(3)] == [1, 1, 77]
        server.connections[0].close()
        with pytest.raises(EOFError):
            await client.receive()


@in_memory
async def test_held_answers() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q", hold=True)
        for stream in range(4):
            client.query("Q", stream=stream)
        await server.until(lambda: len(server.held) == 4)
        server.held.pop(2).release()
        assert (await client.receive()).stream == 2
        assert server.release(reverse=True) == 3
        assert [(await client.receive()).stream for _ in range(3)] == [3, 1, 0]


@VERSIONS
@in_memory
async def test_warnings_payload_and_tracing_id(version: int) -> None:
    async with ScriptedServer() as server, await connected(server, version) as client:
        trace = uuid.UUID(int=5)
        server.prime("Q", warnings=["w"], payload={"k": b"v", "n": None}, tracing_id=trace)
        client.query("Q")
        answer = await client.receive()
        assert answer.flags == Flag.WARNING | Flag.PAYLOAD | Flag.TRACING
        reader = Reader(answer.body)
        assert reader.take(16) == trace.bytes
        assert reader.string_list() == ["w"]
        assert reader.bytes_map() == {"k": b"v", "n": None}
        assert reader.int_() == 1
        reader.end()


@in_memory
async def test_traced_requests_have_their_session() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q")
        client.query("Q", flags=Flag.TRACING)
        answer = await client.receive()
        trace = uuid.UUID(bytes=answer.body[:16])
        query = f"SELECT duration FROM system_traces.sessions WHERE session_id = {trace}"
        rows = await client.ask(Opcode.QUERY, client.query_body(query))
        assert rows.body.endswith(b"\0\0\0\1" + b"\0\0\0\4" + (1000).to_bytes(4, "big"))


@in_memory
async def test_raw_answers_of_every_level() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("BODY", RawAnswer(b"anything", raw_opcode=0x7E))
        server.prime("ENVELOPE", RawAnswer(b"\x85\0\0\x09\x02\0\0\0\0", level="envelope"))
        server.prime("WIRE", RawAnswer(b"no segment at all", level="wire"))
        answer = await client.ask(Opcode.QUERY, client.query_body("BODY"), stream=3)
        assert (answer.stream, answer.opcode, answer.body) == (3, 0x7E, b"anything")
        answer = await client.ask(Opcode.QUERY, client.query_body("ENVELOPE"))
        assert (answer.stream, answer.opcode) == (9, Opcode.READY)
        client.query("WIRE")
        with pytest.raises(ValueError, match="CRC24"):
            await client.receive()


@VERSIONS
@pytest.mark.parametrize("cut", [0, 1, 8, 9, 10, -1])
@in_memory
async def test_cut_answers(version: int, cut: int) -> None:
    async with ScriptedServer() as server, await connected(server, version) as client:
        before = client.received
        server.prime("Q", cut=cut)
        client.query("Q")
        with pytest.raises(EOFError):
            await client.receive()
        whole = 9 + 4 + (10 if version == 5 else 0)
        assert client.received - before == (cut if cut >= 0 else whole + cut)


@pytest.mark.parametrize(("close", "answered"), [("before", False), ("after", True)])
@in_memory
async def test_close_with_an_answer(close: str, answered: bool) -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q", close=close)
        client.query("Q")
        if answered:
            assert (await client.receive()).opcode == Opcode.RESULT
        with pytest.raises(EOFError):
            await client.receive()


async def test_reset_in_place_of_an_answer() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q", close="reset")
        client.query("Q")
        with pytest.raises(ConnectionResetError):
            await client.receive()


async def test_server_that_stops_reading_stalls_writes() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.pause_reading()
        server.prime("SELECT 1")
        big = "SELECT 1" + " " * 100_000
        for stream in range(200):
            client.query(big, stream=stream)
        assert client.writer.transport.get_write_buffer_size() > 0  # type: ignore[attr-defined]
        before = len(server.requests)
        server.resume_reading()
        streams = {(await client.receive()).stream for _ in range(200)}
        assert streams == set(range(200))
        assert len(server.requests) - before >= 200 - 64


@in_memory
async def test_events_reach_those_that_registered() -> None:
    async with ScriptedServer() as server:
        one, two = await connected(server), await connected(server, 4)
        await one.ask(Opcode.REGISTER, write_string_list(["STATUS_CHANGE", "TOPOLOGY_CHANGE"]))
        await two.ask(Opcode.REGISTER, write_string_list(["SCHEMA_CHANGE"]))
        assert server.push(StatusChange("DOWN", "127.0.0.9", 9042)) == 1
        assert server.push(TopologyChange("NEW_NODE", "::1", 1)) == 1
        assert server.push(SchemaChangeEvent("DROPPED", "FUNCTION", "ks", "f", ["int", "text"])) == 1
        down, new, dropped = await one.receive(), await one.receive(), await two.receive()
        assert {event.stream for event in (down, new, dropped)} == {-1}
        head = write_string("STATUS_CHANGE") + write_string("DOWN")
        assert down.body == head + write_inet("127.0.0.9", 9042)
        assert new.body.endswith(write_inet("::1", 1))
        assert dropped.body.endswith(write_string("f") + write_string_list(["int", "text"]))
        one.writer.close()
        two.writer.close()


@in_memory
async def test_challenges_then_success() -> None:
    auth = challenges(b"one", b"two", success=b"fine")
    async with ScriptedServer(auth=auth) as server, await PlainClient().connect(server) as client:
        assert (await client.start()).opcode == Opcode.AUTHENTICATE
        answers = [await client.ask(Opcode.AUTH_RESPONSE, write_bytes(b"x")) for _ in range(3)]
        assert [answer.opcode for answer in answers] == [0x0E, 0x0E, 0x10]
        assert [answer.body[4:] for answer in answers] == [b"one", b"two", b"fine"]


@in_memory
async def test_endless_challenges() -> None:
    auth = endless_challenges()
    async with ScriptedServer(auth=auth) as server, await PlainClient(4).connect(server) as client:
        await client.start()
        for _ in range(100):
            answer = await client.ask(Opcode.AUTH_RESPONSE, write_bytes(b"x"))
            assert answer.opcode == Opcode.AUTH_CHALLENGE


@in_memory
async def test_refusal_of_a_version_and_connection_goes_on() -> None:
    async with ScriptedServer(max_version=4) as server, await PlainClient(5).connect(server) as client:
        answer = await client.ask(Opcode.OPTIONS, stream=7)
        assert (answer.version, answer.stream) == (4, 7)
        text = "Invalid or unsupported protocol version (5); supported versions are (3/v3, 4/v4)"
        assert error_of(answer) == (0x000A, text)
        client.version = 4
        assert (await client.ask(Opcode.OPTIONS)).opcode == Opcode.SUPPORTED
        assert server.violations == []


VIOLATIONS: list[tuple[Envelope, str]] = [
    (Envelope(4, 0, 1, Opcode.READY), "not a request"),
    (Envelope(4, 0, 1, Opcode.OPTIONS, b"x"), "after the end"),
    (Envelope(4, 0, 1, Opcode.OPTIONS, response=True), "direction bit"),
    (Envelope(4, 0, 1, Opcode.QUERY, b"\0\0\0\xff"), "255 bytes wanted"),
    (Envelope(4, 0, 1, Opcode.QUERY, b"\0\0\0\1q\0\1\x80"), "flags 0x80"),
    (Envelope(4, 0, 1, Opcode.QUERY, b"\0\0\0\1q\0\1\x40"), "names without"),
    (Envelope(3, 0, 1, Opcode.OPTIONS), "v3 on a connection of v4"),
    (Envelope(4, 0, 1, Opcode.BATCH, b"\x03"), "batch type 3"),
    (Envelope(4, Flag.COMPRESSED, 1, Opcode.QUERY, b"\0\0\0\0"), "without compression"),
    (Envelope(4, 0, 1, Opcode.EXECUTE, b"\0\1x\0\1\1\0\1\xff\xff\xff\xfd"), "length -3"),
]


@pytest.mark.parametrize(("envelope", "text"), VIOLATIONS, ids=[text for _, text in VIOLATIONS])
@in_memory
async def test_violations_are_noted_told_and_end_the_connection(envelope: Envelope, text: str) -> None:
    async with ScriptedServer() as server, await connected(server, 4) as client:
        client.send_envelopes(envelope)
        code, told = error_of(await client.receive())
        assert code == 0x000A
        assert text in told
        assert [text in violation for violation in server.violations] == [True]
        with pytest.raises(EOFError):
            await client.receive()


@in_memory
async def test_v3_has_no_unset_values() -> None:
    async with ScriptedServer() as server, await connected(server, 3) as client:
        client.send(Opcode.QUERY, b"\0\0\0\1q\0\1\1\0\1\xff\xff\xff\xfe")
        assert "unset" in error_of(await client.receive())[1]


@in_memory
async def test_self_contained_segments_hold_whole_envelopes() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        envelope = Envelope(5, 0, 1, Opcode.OPTIONS).encode()
        client.writer.write(encode_segments(envelope[:5]))
        assert "ends in the middle" in error_of(await client.receive())[1]


@pytest.mark.parametrize("compression", [None, "lz4"])
@in_memory
async def test_envelopes_over_many_segments_both_ways(compression: str | None) -> None:
    async with ScriptedServer() as server, await connected(server, 5, compression) as client:
        server.max_segment_payload = 1000
        text = "x" * 3000 + "SELECT" * 2000
        server.prime(text, Rows([("v", "text")], [(text,)]))
        client.send_envelopes(Envelope(5, 0, 1, Opcode.QUERY, client.query_body(text)), max_payload=700)
        assert text.encode() in (await client.receive()).body
        assert server.violations == []


@in_memory
async def test_small_answers_share_a_segment() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q")
        query = [Envelope(5, 0, n, Opcode.QUERY, client.query_body("Q")) for n in range(10)]
        before = client.received
        client.send_envelopes(*query)
        assert [(await client.receive()).stream for _ in range(10)] == list(range(10))
        assert client.received - before == 10 * 13 + 10


@VERSIONS
@in_memory
async def test_snappy_is_for_v3_and_v4(version: int) -> None:
    async with ScriptedServer() as server, await PlainClient(version, "snappy").connect(server) as client:
        answer = await client.start()
        if version == 5:
            assert error_of(answer)[1] == "Unknown compression algorithm: snappy"
            return
        server.prime("Q", Rows([("v", "text")], [("y" * 1000,)]))
        client.query("Q")
        assert b"y" * 1000 in (await client.receive()).body


@in_memory
async def test_messages_out_of_order_of_the_handshake() -> None:
    async with ScriptedServer() as server, await PlainClient(4).connect(server) as client:
        client.query("Q")
        assert "expecting STARTUP" in error_of(await client.receive())[1]
        assert (
            "Unexpected message AUTH" in error_of(await client.ask(Opcode.AUTH_RESPONSE, write_bytes(b"")))[1]
        )
        assert "CQL_VERSION" in error_of(await client.ask(Opcode.STARTUP, b"\0\0"))[1]


@VERSIONS
@in_memory
async def test_handshake_can_be_scripted(version: int) -> None:
    async with ScriptedServer() as server, await PlainClient(version).connect(server) as client:
        server.prime(Opcode.STARTUP, UnavailableAnswer(), times=1)
        assert (await client.start()).opcode == Opcode.ERROR
        assert (await client.start()).opcode == Opcode.READY
        server.prime(lambda request: request.stream == 9, NoAnswer())
        client.query("Q", stream=9)
        client.query("Q", stream=8)
        assert (await client.receive()).stream == 8


@in_memory
async def test_use_and_unknown_keyspace() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.view.schema.add_keyspace("shop")
        answer = await client.ask(Opcode.QUERY, client.query_body('USE "shop"'))
        assert answer.body == b"\0\0\0\3" + write_string("shop")
        answer = await client.ask(Opcode.QUERY, client.query_body("USE nowhere"))
        assert error_of(answer) == (0x2200, "Keyspace 'nowhere' does not exist")
        server.prime("Q")
        await client.ask(Opcode.QUERY, client.query_body("Q"))
        assert server.requests[-1].current_keyspace == "shop"


@in_memory
async def test_endless_unprepared() -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.prime("Q", bind=[("k", "int")])
        prepared = await client.ask(Opcode.PREPARE, client.prepare_body("Q"))
        reader = Reader(prepared.body[4:])
        prepared_id = reader.short_bytes()
        assert (
            await client.ask(Opcode.EXECUTE, client.execute_body(prepared_id, b"\0\0\0\5"))
        ).opcode == Opcode.RESULT
        assert server.requests[-1].bound == {"k": 5}
        server.forget_prepared()
        for _ in range(3):
            answer = await client.ask(Opcode.EXECUTE, client.execute_body(prepared_id, b"\0\0\0\5"))
            assert error_of(answer)[0] == 0x2500
            assert answer.body.endswith(prepared_id)


@in_memory
async def test_stops_and_starts_at_the_same_port() -> None:
    server = ScriptedServer()
    await server.start()
    port = server.port
    client = await connected(server)
    await server.stop(reset=True)
    with pytest.raises(ConnectionResetError):
        await client.receive()
    with pytest.raises(ConnectionRefusedError):
        await connected(server)
    await server.start()
    assert server.port == port
    (await connected(server)).writer.close()
    assert server.connection_count == 2
    await server.stop()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT key FROM system.local", 1),
        ("select release_version from system.local where key = 'local'", 1),
        ("SELECT * FROM system.local WHERE key='other'", 0),
        ("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'ks'", 2),
        ("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'ks' AND table_name = 'a'", 1),
        ("SELECT * FROM system_schema.columns WHERE keyspace_name IN ('ks', 'other')", 3),
        ("SELECT * FROM system_schema.types", 0),
        ("SELECT * FROM system_virtual_schema.keyspaces", 0),
    ],
)
@in_memory
async def test_system_tables(query: str, rows: int) -> None:
    async with ScriptedServer() as server, await connected(server) as client:
        server.view.schema.add_table("ks", "a", {"k": "int", "v": "text"}, ["k"])
        server.view.schema.add_table("ks", "b", {"k": "int"}, ["k"])
        seen: list[int] = []
        server.prime(lambda request: seen.append(0) or False, Void())  # type: ignore[func-returns-value]
        answer = await client.ask(Opcode.QUERY, client.query_body(query))
        assert answer.opcode == Opcode.RESULT
        assert seen == [0]
        reader = Reader(answer.body)
        assert reader.int_() == 2
        assert count_rows(reader) == rows


def count_rows(reader: Reader) -> int:
    """Steps over metadata of scalar and collection columns."""
    reader.int_()
    columns = reader.int_()
    reader.string(), reader.string()
    for _ in range(columns):
        reader.string()
        code = reader.short()
        for _ in range({0x20: 1, 0x22: 1, 0x21: 2}.get(code, 0)):
            reader.short()
    return reader.int_()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT nothing FROM system.local", "Undefined column name nothing in table system.local"),
        ("SELECT * FROM system.peers_v2", "table peers_v2 does not exist"),
        ("SELECT * FROM system_schema.nothing", "table nothing does not exist"),
    ],
)
@in_memory
async def test_system_tables_that_an_old_node_does_not_have(query: str, text: str) -> None:
    async with ScriptedServer() as server, await connected(server, 4) as client:
        server.node.release_version = "3.11.19"
        assert error_of(await client.ask(Opcode.QUERY, client.query_body(query))) == (0x2200, text)
