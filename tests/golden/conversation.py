"""What is said to a real server to hear every kind of message and every type, on one protocol version.

The same code records (`record`) and replays (`test_golden`): it talks through a `Link`, which notes what goes over the
wire. What needs hands (pausing a node) it asks of its `World`, which does nothing in a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.golden.literals import CASES
from tests.golden.promise import Promise

from aiocql.protocol import constants as code
from aiocql.protocol import requests as body
from aiocql.protocol.compression import compressor
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters
from aiocql.protocol.responses import Response
from aiocql.rows.row import row_decoder

__all__ = [
    "COMBINATIONS",
    "Link",
    "Wire",
    "World",
    "conversation",
    "describe",
    "handshake",
    "slow",
]

COMBINATIONS = [
    (3, None),
    (3, "lz4"),
    (3, "snappy"),
    (4, None),
    (4, "lz4"),
    (4, "snappy"),
    (5, None),
    (5, "lz4"),
]
"""Versions and compressions of Cassandra 5.0."""

ONE = QueryParameters(consistency=1)
ALL = QueryParameters(consistency=5)
LARGE = 150_000
"""Bytes of a value that does not fit in one segment."""

OVERLOAD = 1_200_000
"""Bytes of a value that is more than the server is set up to take."""


class Wire(Protocol):
    """Where bytes go to and come from."""

    def send(self, title: str, data: bytes) -> None:
        """One request."""

    def more(self) -> bytes:
        """What came, in as many pieces as it came in."""

    def heard(self, description: list[str]) -> None:
        """The answer is whole, and says this."""


class World(Protocol):
    """The server, and what is done to it behind the driver's back."""

    def connect(self, title: str) -> Wire:
        """Another connection."""

    def agree(self) -> None:
        """Both nodes know the schema."""

    def pause(self) -> None:
        """The second node no longer answers."""

    def resume(self) -> None:
        """It answers again."""


class Link:
    """One connection: requests out, answers back, one at a time."""

    def __init__(self, version: int, compression: str | None, wire: Wire) -> None:
        self.version = version
        self.wire = wire
        self.compression = compression
        self.core = Core(version, limit=1, owner=self, wake=lambda full: None)
        self.events: list[Response] = []

    def on_event(self, event: Response) -> None:
        """An event came."""
        self.events.append(event)

    def ask(self, title: str, opcode: int, data: bytes = b"", *, flags: int = 0, known: Any = None) -> Any:
        """Sends a request and gives its answer. `known` is the decoder of rows that come without metadata."""
        promise = Promise()
        request = Request(opcode, data, promise, decoder=known)
        request.raw = True
        request.frame_flags = flags
        if opcode == code.OP_STARTUP and self.compression is not None:
            self.core.compression = compressor(self.compression)
        self.core.send(request)
        self.wire.send(title, self.core.take_output())
        while not promise.done():
            self.core.feed(self.wire.more())
        if promise.error is not None:
            raise promise.error
        self.wire.heard(describe(promise.result))
        return promise.result

    def query(self, text: str, parameters: QueryParameters = ONE, *values: Any, **more: Any) -> Any:
        """QUERY with encoded values, or with `names` for them."""
        flags = more.pop("flags", 0)
        prefix = more.pop("prefix", b"")
        title = more.pop("title", text if len(text) <= 150 else text[:149] + "…")
        data = body.query_body(
            self.version, text, parameters, len(values), b"".join(values), more.pop("names", None)
        )
        return self.ask(title, code.OP_QUERY, prefix + data, flags=flags)

    def all_queries(self, *texts: str) -> None:
        """One after the other."""
        for text in texts:
            self.query(text)


def describe(response: Any) -> list[str]:
    """All that an answer says, a line each."""
    lines = [type(response).__name__]
    if hasattr(response, "error"):
        error = response.error
        lines.append(f"error {type(error).__name__} 0x{error.code:04X} {error.args[0]!r}")
        lines += [f"{name} = {value!r}" for name, value in sorted(vars(error).items()) if value is not None]
    for name in (
        "options", "authenticator", "token", "kind", "change", "target", "address", "port", "keyspace", "name",
        "arg_types", "id", "result_metadata_id", "pk_indexes", "paging_state", "new_metadata_id", "tracing_id",
        "warnings", "custom_payload",
    ):  # fmt: skip
        value = getattr(response, name, None)
        if value not in (None, (), [], {}):
            lines.append(f"{name} = {value!r}")
    for name in ("bind_columns", "result_metadata", "metadata"):
        columns = getattr(response, name, None)
        if columns is not None:
            lines.append(f"{name}: {', '.join(f'{column} {column.type}' for column in columns)}")
    lines += [f"row {shown(row)}" for row in getattr(response, "rows", ())]
    return lines


def shown(row: Any) -> str:
    """A row, without its runs of zeros; sets in order, which Python's are not."""
    return f"({', '.join(map(_shown_value, row))})"


def _shown_value(value: Any) -> str:
    if isinstance(value, bytes) and len(value) > 1000:
        return f"{value[:4]!r} and {len(value) - 4} more bytes"
    if type(value) is set:
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    return repr(value)


def value(data: bytes | None) -> bytes:
    """One [value] of encoded bytes."""
    return b"\xff\xff\xff\xff" if data is None else len(data).to_bytes(4) + data


UNSET = b"\xff\xff\xff\xfe"


def handshake(link: Link, user: str = "cassandra", password: str = "cassandra") -> Any:
    """STARTUP, AUTHENTICATE and what follows."""
    options = {"CQL_VERSION": "3.0.0", "THROW_ON_OVERLOAD": "1"}
    if link.compression:
        options["COMPRESSION"] = link.compression
    link.ask("STARTUP", code.OP_STARTUP, body.startup_body(options))
    token = body.auth_response_body(b"\0" + user.encode() + b"\0" + password.encode())
    return link.ask(f"AUTH_RESPONSE of {user}", code.OP_AUTH_RESPONSE, token)


def conversation(world: World, version: int, compression: str | None) -> None:
    """All of it."""

    def connect(title: str) -> Link:
        return Link(version, compression, world.connect(title))

    refused = connect("wrong password")
    handshake(refused, password="wrong")
    link = connect("everything")
    link.ask("OPTIONS", code.OP_OPTIONS)
    handshake(link)
    link.ask("REGISTER", code.OP_REGISTER, body.register_body([]))
    ks = f"golden_{version}_{compression or 'plain'}"
    schema(link, ks)
    types(link, world)
    statements(link, ks, world)
    world.agree()
    options_of_requests(link, ks)
    pages_and_segments(link)
    for part in (errors, unauthorized) if compression is None else (errors,):
        part(link, ks, connect)
    if compression is None:
        too_much(link)


def schema(link: Link, ks: str) -> None:
    """SCHEMA_CHANGE of every kind and target, SET_KEYSPACE."""
    link.query(f"DROP KEYSPACE IF EXISTS {ks}")
    link.query(
        f"CREATE KEYSPACE {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 2}}"
    )
    link.query(f"ALTER KEYSPACE {ks} WITH durable_writes = true")
    link.query(f"USE {ks}")
    link.all_queries(
        'CREATE TYPE "Odd type" ("class" int, "a b" text, plain frozen<list<int>>)',
        "CREATE TYPE grown (a int)",
        "CREATE TABLE kv (k int PRIMARY KEY, v text, w frozen<grown>)",
        "CREATE TABLE series (k int, c int, b blob, PRIMARY KEY (k, c))",
        "CREATE TABLE once (k int PRIMARY KEY, v text)",
        "CREATE TABLE counters (k int PRIMARY KEY, n counter)",
        "CREATE TABLE passing (k int PRIMARY KEY)",
        "ALTER TABLE passing ADD v int",
        "CREATE FUNCTION fails(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java "
        "AS 'throw new RuntimeException(\"no\");'",
        "CREATE FUNCTION plus(s int, x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return s + x;'",
        "CREATE AGGREGATE total(int) SFUNC plus STYPE int INITCOND 0",
        "DROP AGGREGATE total",
        "DROP TABLE passing",
    )


def types(link: Link, world: World) -> None:
    """Rows of every type: values, nulls, and what is empty."""
    named = [(f"c{place}", cql, CASES[cql]) for place, cql in enumerate(CASES)]
    columns = ", ".join(f"{column} {cql}" for column, cql, _ in named)
    link.query(f"CREATE TABLE types (k int PRIMARY KEY, {columns})", title="CREATE TABLE types")
    world.agree()
    for column, cql, cases in named:
        for place, (literal, _) in enumerate(cases):
            link.query(
                f"INSERT INTO types (k, {column}) VALUES ({place}, {literal})",
                title=f"INSERT {cql} {literal}",
            )
        link.query(f"SELECT {column} FROM types", title=f"SELECT {cql}")
    link.query("SELECT * FROM types WHERE k = 0", title="a row of all types, most of them null in the others")
    empties = (
        "blob_as_int(0x), blob_as_boolean(0x), blob_as_uuid(0x), blob_as_decimal(0x), blob_as_timestamp(0x)"
    )
    link.query(f"SELECT {empties}, blob_as_text(0x) FROM system.local")
    link.all_queries("UPDATE counters SET n = n + 5 WHERE k = 1", "SELECT * FROM counters")


def statements(link: Link, ks: str, world: World) -> None:
    """PREPARE and EXECUTE, with and without metadata; metadata that change; BATCH."""
    version = link.version
    insert = prepare(link, "INSERT INTO kv (k, v, w) VALUES (?, ?, ?)")
    grown = value(b"\0\0\0\4\0\0\0\7")
    execute(link, insert, value(b"\0\0\0\1"), value(b"one"), grown)
    execute(link, insert, value(b"\0\0\0\2"), value(None), value(None))
    if version >= 4:
        execute(link, insert, value(b"\0\0\0\3"), UNSET, UNSET)
    select = prepare(link, "SELECT * FROM kv WHERE k = ?")
    known = row_decoder(select.result_metadata)
    short = ONE.replace(skip_metadata=True)
    execute(link, select, value(b"\0\0\0\1"), parameters=short, known=known)
    execute(link, select, value(b"\0\0\0\1"))
    link.query("ALTER TYPE grown ADD b text")
    world.agree()
    link.query("SELECT w FROM kv WHERE k = 1", title="a value with fewer fields than its type")
    link.query("ALTER TABLE kv ADD added double")
    world.agree()
    changed = ONE if version < 5 else short
    execute(link, select, value(b"\0\0\0\1"), parameters=changed, known=known)
    prepare(link, "SELECT * FROM kv WHERE k = ?")
    # Still with the id of the metadata that were: v5 says what they are now.
    execute(link, select, value(b"\0\0\0\1"), parameters=changed, known=known)
    insert = prepare(link, "INSERT INTO kv (k, v, w) VALUES (?, ?, ?)")
    entries: list[Any] = [
        (insert.id, 3, value(b"\0\0\0\4") + value(b"four") + value(None)),
        ("INSERT INTO kv (k, v) VALUES (?, ?)", 2, value(b"\0\0\0\5") + value(b"five")),
        ("INSERT INTO kv (k) VALUES (6)", 0, b""),
    ]
    link.ask("BATCH, logged", code.OP_BATCH, body.batch_body(version, 0, entries, ONE))
    link.ask(
        "BATCH, unlogged", code.OP_BATCH, body.batch_body(version, 1, entries, ONE.replace(timestamp=1000))
    )
    counted = [("UPDATE counters SET n = n + ? WHERE k = 1", 1, value((1).to_bytes(8)))]
    link.ask("BATCH of counters", code.OP_BATCH, body.batch_body(version, 2, counted, ONE))
    if version >= 5:
        there = body.prepare_body(version, "SELECT v FROM kv", ks)
        link.ask("PREPARE in a keyspace", code.OP_PREPARE, there)


def prepare(link: Link, text: str) -> Any:
    return link.ask(f"PREPARE {text}", code.OP_PREPARE, body.prepare_body(link.version, text))


def execute(
    link: Link, prepared: Any, *values: bytes, parameters: QueryParameters = ONE, known: Any = None
) -> Any:
    data = body.execute_body(
        link.version, prepared.id, prepared.result_metadata_id, parameters, len(values), b"".join(values)
    )
    how = " without metadata" if parameters.skip_metadata else ""
    return link.ask(f"EXECUTE with {len(values)} values{how}", code.OP_EXECUTE, data, known=known)


def options_of_requests(link: Link, ks: str) -> None:
    """Flags of requests and of answers: tracing, warnings, payload, names, levels, times."""
    version = link.version
    link.query("SELECT k, v FROM kv WHERE k = 1", flags=code.FLAG_TRACING, title="with tracing")
    link.query("SELECT count(*) FROM kv", title="an aggregate, of which newer versions warn")
    if version >= 4:
        payload = body.custom_payload(version, {"key": b"\0\1", "null": None})
        link.query(
            "SELECT k FROM kv WHERE k = 1",
            flags=code.FLAG_CUSTOM_PAYLOAD | code.FLAG_TRACING,
            prefix=payload,
            title="with a payload and tracing",
        )
    link.query(
        "SELECT k, v FROM kv WHERE k = :key",
        ONE,
        value(b"\0\0\0\1"),
        names=["key"],
        title="with names of values",
    )
    transaction = ONE.replace(serial_consistency=8, timestamp=None)
    link.query("INSERT INTO once (k, v) VALUES (20, 'x') IF NOT EXISTS", transaction, title="applied")
    link.query("INSERT INTO once (k, v) VALUES (20, 'x') IF NOT EXISTS", transaction, title="not applied")
    link.query("UPDATE kv SET v = 'y' WHERE k = 20", ONE.replace(timestamp=2**52), title="with a timestamp")
    if version >= 5:
        later = ONE.replace(now_in_seconds=2_000_000_000, keyspace=ks)
        link.query("SELECT ttl(v) FROM kv WHERE k = 20", later, title="with now_in_seconds and a keyspace")


def pages_and_segments(link: Link) -> None:
    """Pages, and messages that do not fit in one segment."""
    for place in range(3):
        link.query(f"INSERT INTO series (k, c, b) VALUES (1, {place}, 0x0{place})")
    page = ONE.replace(page_size=2)
    first = link.query("SELECT c, b FROM series WHERE k = 1", page)
    link.query("SELECT c, b FROM series WHERE k = 1", page.replace(paging_state=first.paging_state))
    large = value(b"\0" * LARGE)
    link.query(
        "INSERT INTO series (k, c, b) VALUES (2, 0, ?)", ONE, large, title="a request of 150,000 bytes"
    )
    link.query("SELECT b FROM series WHERE k = 2", title="an answer of 150,000 bytes")


def errors(link: Link, ks: str, connect: Callable[[str], Link]) -> None:
    """Errors that any server can be brought to."""
    quorum_of_three = ONE.replace(consistency=3)
    link.query("SELEC", title="a syntax error")
    link.query("SELECT * FROM nowhere", title="an invalid query")
    link.query(
        "CREATE KEYSPACE other WITH replication = {'class': 'NoStrategy'}", title="a configuration error"
    )
    link.query("CREATE TABLE kv (k int PRIMARY KEY)", title="a table that exists")
    link.query(
        f"CREATE KEYSPACE {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
        title="a keyspace that exists",
    )
    link.query("SELECT * FROM kv WHERE k = 1", quorum_of_three, title="three of two replicas: unavailable")
    link.query("SELECT fails(k) FROM kv", title="a function that fails")
    prepared = prepare(link, "SELECT v FROM kv WHERE k = ?")
    data = body.execute_body(
        link.version, b"0123456789abcdef", prepared.result_metadata_id, ONE, 1, value(b"\0\0\0\1")
    )
    link.ask("EXECUTE of an unknown id", code.OP_EXECUTE, data)
    unknown = body.register_body(["WEATHER_CHANGE"])
    connect_and_register = connect("REGISTER for an unknown event")
    handshake(connect_and_register)
    connect_and_register.ask("REGISTER", code.OP_REGISTER, unknown)
    tombstones(link)


def tombstones(link: Link) -> None:
    """A read that fails, for it meets more tombstones than the server bears."""
    for place in range(8):
        link.query(f"DELETE FROM series WHERE k = 3 AND c = {place}", title="DELETE")
    link.query("SELECT * FROM series WHERE k = 3", title="too many tombstones: a read that fails")


def too_much(link: Link) -> None:
    """More than the server has room for: the change log, the requests in flight."""
    link.query("CREATE TABLE logged (k int PRIMARY KEY) WITH cdc = true")
    link.query("INSERT INTO logged (k) VALUES (1)", title="a change that the full change log does not take")
    link.query(
        "INSERT INTO series (k, c, b) VALUES (2, 0, ?)",
        ONE,
        value(b"\0" * OVERLOAD),
        title="a request larger than all that the server takes at once",
    )


def unauthorized(link: Link, ks: str, connect: Callable[[str], Link]) -> None:
    """What a role may not do."""
    role = f"guest_{link.version}"
    link.query(
        f"CREATE ROLE IF NOT EXISTS {role} WITH password = 'guest' AND login = true", title="CREATE ROLE"
    )
    guest = connect("a role without rights")
    handshake(guest, role, "guest")
    guest.query(f"SELECT * FROM {ks}.kv")


def slow(world: World, version: int) -> None:
    """Timeouts: one of two replicas does not answer. After all else, for it needs time to recover."""
    link = Link(version, None, world.connect("a replica that does not answer"))
    handshake(link)
    link.query(f"USE golden_{version}_plain")
    world.pause()
    link.query("INSERT INTO kv (k, v) VALUES (30, 'x')", ALL, title="a write that times out")
    link.query("SELECT * FROM kv WHERE k = 1", ALL, title="a read that times out")
    link.query("INSERT INTO once (k, v) VALUES (31, 'x') IF NOT EXISTS", title="a transaction that times out")
    link.query("TRUNCATE counters", title="a truncation that times out")
    world.resume()
