"""A scripted CQL server: says what a test primes it to say, over native protocol v3, v4 and v5.

::

    async with ScriptedServer() as server:
        prime = server.prime(
            "SELECT v FROM t WHERE k = ?",
            bind=[("k", "int")], partition_key=[0],
            columns=[("v", "text")], rows=lambda request: [(f"value of {request.bound['k']}",)],
        )
        ...  # a driver connects to server.address, server.port
        assert prime.count == 1

Drivers can discover it: it answers queries of ``system.local``, ``system.peers`` and ``system_schema``. It
shares no code with the driver, so that each checks the other: `violations` lists what clients did against the
protocol.
"""

from __future__ import annotations

import asyncio
import re
import ssl as ssl_module
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aiocql.testing.changes import Changes
from aiocql.testing.server.answers import (
    Answer,
    Authenticate,
    Prepared,
    Ready,
    SchemaChangeEvent,
    SetKeyspace,
    StatusChange,
    Supported,
    TopologyChange,
    Void,
)
from aiocql.testing.server.auth import Authenticator
from aiocql.testing.server.error_answers import ErrorAnswer, UnpreparedAnswer
from aiocql.testing.server.frames import Opcode
from aiocql.testing.server.priming import AnswerSource, Prime, Primes, When
from aiocql.testing.server.requests import ReceivedRequest
from aiocql.testing.server.scripted_connection import ScriptedConnection
from aiocql.testing.server.segments import MAX_PAYLOAD
from aiocql.testing.server.selection import Selection, Table, parse_selection
from aiocql.testing.server.system_tables import ClusterView, Node, system_table

__all__ = ["HeldAnswer", "ScriptedServer"]

_USE = re.compile(r'\s*+USE\s++"?(\w+)"?\s*+;?\s*+', re.IGNORECASE)
_TRACED = (Opcode.QUERY, Opcode.PREPARE, Opcode.EXECUTE, Opcode.BATCH)
_BEFORE_READY = (Opcode.OPTIONS, Opcode.STARTUP, Opcode.AUTH_RESPONSE)


@dataclass(slots=True, eq=False)
class HeldAnswer:
    """An answer that waits (``hold=True``) until `release` sends it."""

    connection: ScriptedConnection
    request: ReceivedRequest
    answer: Answer

    def release(self) -> None:
        """Send it."""
        self.connection.answer(self.answer, self.request)


class ScriptedServer:
    """One scripted node. All parameters are attributes too, and may be changed while it runs."""

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        *,
        max_version: int = 5,
        min_version: int = 3,
        auth: Authenticator | None = None,
        ssl: ssl_module.SSLContext | None = None,
        node: Node | None = None,
        view: ClusterView | None = None,
        compression: tuple[str, ...] = ("snappy", "lz4"),
    ) -> None:
        self.address = address
        self.port = port
        self.max_version = max_version
        self.min_version = min_version
        self.auth = auth
        self.ssl = ssl
        self.node = node or Node(address, port)
        self.view = view or ClusterView()
        self.compression = compression
        self.max_segment_payload = MAX_PAYLOAD
        if self.node not in self.view.nodes:
            self.view.nodes.append(self.node)
        self.keep_requests = True
        self.requests: list[ReceivedRequest] = []
        self.violations: list[str] = []
        self.connections: list[ScriptedConnection] = []
        self.connection_count = 0
        self.held: list[HeldAnswer] = []
        self._primes = Primes()
        self._listener: asyncio.Server | None = None
        self._reading = True
        self._changes = Changes()

    # --- life ---

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._listener is not None

    async def start(self) -> None:
        """Listen; at the port it had before, if it ran before."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self.new_connection, self.address, self.port, ssl=self.ssl)
        self.port = self._listener.sockets[0].getsockname()[1]
        self.node.port = self.port

    async def stop(self, *, reset: bool = False) -> None:
        """Stop listening and close all connections (`reset`: with an RST). It can be started again."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self.connections):
            if reset:
                connection.reset()
            else:
                connection.close()
        await self.until(lambda: not self.connections)

    def new_connection(self) -> ScriptedConnection:
        """The protocol for one more connection, for a transport of the caller's own."""
        self.connection_count += 1
        return ScriptedConnection(self, self.connection_count)

    # --- scripting ---

    def prime(self, when: When, answer: AnswerSource | None = None, **how: Any) -> Prime:
        """Say what is answered to `when`; the newest prime that matches answers.

        See `Prime` for the parameters and `Answer` for how an answer can be given.
        """
        prime = Prime(when, answer, **how)
        self.add_prime(prime)
        return prime

    def add_prime(self, prime: Prime) -> None:
        """Use a prime that was made elsewhere, shared between servers perhaps."""
        self._primes.add(prime)

    def unprime(self, prime: Prime) -> None:
        """Take a prime away."""
        self._primes.remove(prime)

    def forget_prepared(self) -> None:
        """Forget all prepared statements, as a restart does: the next EXECUTE is answered UNPREPARED."""
        self._primes.prepared.clear()

    def push(self, event: StatusChange | TopologyChange | SchemaChangeEvent) -> int:
        """Send an event to the connections that registered for it; gives their number."""
        registered = [other for other in self.connections if event.event_type in other.event_types]
        for connection in registered:
            connection.send(event, -1 if event.stream is None else event.stream)
        return len(registered)

    def release(self, *, reverse: bool = False) -> int:
        """Send all held answers, in the order of their requests or against it; gives their number."""
        held, self.held = self.held, []
        for answer in reversed(held) if reverse else held:
            answer.release()
        return len(held)

    def pause_reading(self) -> None:
        """Stop reading from all connections, those to come too: the overload that shows as stalled writes."""
        self._reading = False
        for connection in self.connections:
            connection.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._reading = True
        for connection in self.connections:
            connection.resume_reading()

    # --- watching ---

    def count(self, what: Opcode | str) -> int:
        """How many requests arrived with this opcode or query text."""
        return sum(what in (request.opcode, request.query) for request in self.requests)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is looked at whenever something happens at this server."""
        await self._changes.until(condition)

    # --- ConnectionOwner ---

    def opened(self, connection: ScriptedConnection) -> None:
        """A connection was made."""
        self.connections.append(connection)
        if not self._reading:
            connection.pause_reading()
        self._changes.changed()

    def closed(self, connection: ScriptedConnection) -> None:
        """A connection ended."""
        self.connections.remove(connection)
        self._changes.changed()

    def received(self, connection: ScriptedConnection, request: ReceivedRequest) -> None:
        """A request arrived."""
        request.node = f"{self.address}:{self.port}"
        if self.keep_requests:
            self.requests.append(request)
        if request.opcode is Opcode.EXECUTE and request.prepared_id is not None:
            request.query = self._primes.prepared.get(request.prepared_id)
        for statement in request.statements:
            statement.query = statement.query or self._primes.prepared.get(statement.prepared_id or b"")
        answer = self._answer(connection, request)
        if request.tracing and answer.tracing_id is None and request.opcode in _TRACED:
            answer = answer.but(tracing_id=self.view.new_trace(self.node, request))
        if isinstance(answer, SetKeyspace):
            connection.keyspace = answer.keyspace
        if answer.hold:
            self.held.append(HeldAnswer(connection, request, answer.but(hold=False)))
        else:
            connection.answer(answer, request)
        self._changes.changed()

    # --- answering ---

    def _answer(self, connection: ScriptedConnection, request: ReceivedRequest) -> Answer:
        if request.opcode is Opcode.STARTUP and connection.startup is None:
            connection.startup = request.startup
        prime = self._primes.find(request)
        if prime is not None and not self._is_unprepared(request, prime):
            return prime.answer_to(request, self._primes.statement(request.query))
        if not connection.ready and request.opcode not in _BEFORE_READY:
            return ErrorAnswer(
                0x000A, f"Unexpected message {request.opcode.name}, expecting STARTUP or OPTIONS"
            )
        return getattr(self, f"_{request.opcode.name.lower()}")(connection, request)  # type: ignore[no-any-return]

    def _is_unprepared(self, request: ReceivedRequest, prime: Prime) -> bool:
        """Rules by opcode or function answer to what they want; statements must be known."""
        return isinstance(prime.when, str) and request.opcode is Opcode.EXECUTE and request.query is None

    def _options(self, _: ScriptedConnection, __: ReceivedRequest) -> Answer:
        versions = [f"{n}/v{n}" for n in range(self.min_version, self.max_version + 1)]
        return Supported(
            {"CQL_VERSION": ["3.4.7"], "COMPRESSION": list(self.compression), "PROTOCOL_VERSIONS": versions}
        )

    def _startup(self, connection: ScriptedConnection, request: ReceivedRequest) -> Answer:
        if connection.ready:
            return ErrorAnswer(0x000A, "Unexpected message STARTUP, the connection is ready")
        if "CQL_VERSION" not in request.startup:
            return ErrorAnswer(0x000A, "Missing value CQL_VERSION in STARTUP message")
        compression = request.startup.get("COMPRESSION")
        if compression is not None and (
            compression not in self.compression or (request.version >= 5 and compression == "snappy")
        ):
            return ErrorAnswer(0x000A, f"Unknown compression algorithm: {compression}")
        return Ready() if self.auth is None else Authenticate()

    def _auth_response(self, connection: ScriptedConnection, request: ReceivedRequest) -> Answer:
        if self.auth is None or connection.ready or connection.startup is None:
            return ErrorAnswer(0x000A, "Unexpected message AUTH_RESPONSE")
        connection.auth_rounds += 1
        return self.auth(request.token, connection.auth_rounds - 1)

    def _register(self, connection: ScriptedConnection, request: ReceivedRequest) -> Answer:
        connection.event_types.update(request.event_types)
        return Ready()

    def _query(self, _: ScriptedConnection, request: ReceivedRequest) -> Answer:
        query = request.query or ""
        use = _USE.fullmatch(query)
        if use is not None:
            return self._use(use[1])
        selection = parse_selection(query)
        if selection is None:
            return self._unknown(query)
        table = self._table(selection)
        if table is None:
            return ErrorAnswer(0x2200, f"table {selection.table} does not exist")
        return selection.rows(table, request.values, request.options.names)

    def _table(self, selection: Selection) -> Table | None:
        return system_table(self.view, self.node, selection.keyspace, selection.table)

    def _use(self, keyspace: str) -> Answer:
        if keyspace not in self.view.schema.keyspaces:
            return ErrorAnswer(0x2200, f"Keyspace '{keyspace}' does not exist")
        return SetKeyspace(keyspace)

    def _unknown(self, query: str) -> Answer:
        return ErrorAnswer(0x2200, f"nothing is primed for: {query}")

    def _prepare(self, _: ScriptedConnection, request: ReceivedRequest) -> Answer:
        query = request.query or ""
        prime = self._primes.statement(query)
        selection = parse_selection(query)
        table = self._table(selection) if selection is not None else None
        prepared_id = self._primes.id_of(query, request.options.keyspace or request.current_keyspace)
        if prime is not None:
            answer = prime.prepared(request, prepared_id)
        elif selection is not None and table is not None:
            answer = selection.prepared(table, prepared_id)
        else:
            return self._unknown(query)
        if isinstance(answer, Prepared):
            self._primes.prepared[answer.id] = query
        return answer

    def _execute(self, connection: ScriptedConnection, request: ReceivedRequest) -> Answer:
        if request.query is None:
            return UnpreparedAnswer(id=request.prepared_id or b"")
        return self._query(connection, request)

    def _batch(self, _: ScriptedConnection, request: ReceivedRequest) -> Answer:
        for statement in request.statements:
            if statement.query is None:
                return UnpreparedAnswer(id=statement.prepared_id or b"")
        return Void()
