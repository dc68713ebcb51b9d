"""What a scripted server says to which request: `Prime`, one statement or rule, and `Primes`, all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from aiocql.testing.server.answers import Answer, Prepared, Rows, Void
from aiocql.testing.server.error_answers import ErrorAnswer
from aiocql.testing.server.frames import Opcode
from aiocql.testing.server.requests import ReceivedRequest
from aiocql.testing.server.result_metadata import Columns, metadata_id

__all__ = ["AnswerSource", "Prime", "Primes", "When", "normalize"]

When = str | Opcode | Callable[[ReceivedRequest], bool]
"""Which requests: with this query text (QUERY and EXECUTE), of this opcode, or that a function picks."""

AnswerSource = Answer | Sequence[Answer] | Callable[[ReceivedRequest], Answer]
"""One answer for all, one after the other (the last one stays), or a function of the request."""

RowSource = Sequence[Sequence[Any]] | Callable[[ReceivedRequest], Sequence[Sequence[Any]]]


def normalize(query: str) -> str:
    """Query text without its differences in white space and last semicolon."""
    return " ".join(query.split()).rstrip("; ")


class Prime:
    """One scripted answer; the parameters of `__init__` are attributes, and may be changed live.

    `requests` are those that it answered, `count` is their number, `prepares` are the PREPAREs of its statement.
    """

    def __init__(
        self,
        when: When,
        answer: AnswerSource | None = None,
        *,
        columns: Columns | None = None,
        rows: RowSource = (),
        pages: Sequence[Sequence[Sequence[Any]]] | None = None,
        bind: Columns = (),
        partition_key: Sequence[int] = (),
        keyspace: str = "ks",
        table: str = "t",
        prepare: AnswerSource | None = None,
        times: int | None = None,
        keep: bool = True,
        **how: Any,
    ) -> None:
        """Answer `when` with `answer`; without one, with `columns` and `rows`, or void if there are no columns.

        `rows` are paged as the request asks; `pages` are given as they are. `bind` names and types the
        variables, `partition_key` says which of them are the partition key. `prepare` answers PREPARE.
        `times`: how many requests are answered before older primes apply again. `keep`: whether
        `requests` remembers them, which a long load test would not want. `how` are the parameters of `Answer`.
        """
        self.when = normalize(when) if isinstance(when, str) else when
        self.answer = answer
        self.columns = columns
        self.rows = rows
        self.pages = pages
        self.bind = bind
        self.partition_key = partition_key
        self.keyspace = keyspace
        self.table = table
        self.prepare = prepare
        self.times = times
        self.how = how
        self.keep = keep
        self.count = 0
        self.requests: list[ReceivedRequest] = []
        self.prepares: list[ReceivedRequest] = []

    @property
    def is_statement(self) -> bool:
        """Whether this says what the statement binds and returns, not only what is answered."""
        return self.columns is not None or bool(self.bind) or self.answer is None

    def matches(self, request: ReceivedRequest) -> bool:
        """Whether the request is one of those meant, and this is not used up."""
        if self.times is not None and self.count >= self.times:
            return False
        if isinstance(self.when, str):
            is_statement = request.opcode in (Opcode.QUERY, Opcode.EXECUTE)
            return is_statement and request.query is not None and normalize(request.query) == self.when
        if isinstance(self.when, Opcode):
            return request.opcode == self.when
        return self.when(request)

    def answer_to(self, request: ReceivedRequest, described_by: Prime | None = None) -> Answer:
        """The answer to a request that matches, noting it. `described_by` says what the request binds."""
        index = self.count
        self.count += 1
        if self.keep:
            self.requests.append(request)
        request.bind = (described_by or self).bind
        answer = _pick(self.answer, index, request) if self.answer is not None else self._result(request)
        return answer.but(**self.how) if self.how else answer

    def _result(self, request: ReceivedRequest) -> Answer:
        if self.columns is None:
            return Void()
        answer = self._page(request)
        if not isinstance(answer, Rows) or request.opcode is not Opcode.EXECUTE:
            return answer
        new_id = metadata_id(self.columns)
        if request.version >= 5 and request.result_metadata_id != new_id:
            return answer.but(new_metadata_id=new_id)
        return answer.but(no_metadata=request.options.skip_metadata)

    def _page(self, request: ReceivedRequest) -> Answer:
        rows = self.rows(request) if callable(self.rows) else self.rows
        size, state = request.options.page_size, request.options.paging_state
        try:
            start = int(state.decode("ascii").removeprefix("page:")) if state else 0
        except ValueError:
            return ErrorAnswer(0x000A, "Invalid value for the paging state")
        more: bytes | None
        if self.pages is not None:
            rows = self.pages[start]
            more = b"page:%d" % (start + 1) if start + 1 < len(self.pages) else None
        elif size is not None and 0 < size < len(rows) - start:
            rows, more = rows[start : start + size], b"page:%d" % (start + size)
        else:
            rows, more = rows[start:], None
        return Rows(self.columns or (), rows, self.keyspace, self.table, paging_state=more)

    def prepared(self, request: ReceivedRequest, prepared_id: bytes) -> Answer:
        """The answer to PREPARE."""
        self.prepares.append(request)
        if self.prepare is not None:
            return _pick(self.prepare, len(self.prepares) - 1, request)
        columns = self.columns or ()
        return Prepared(
            prepared_id,
            self.bind,
            self.partition_key,
            columns,
            metadata_id(columns),
            self.keyspace,
            self.table,
        )


def _pick(source: AnswerSource, index: int, request: ReceivedRequest) -> Answer:
    if isinstance(source, Answer):
        return source
    if callable(source):
        return source(request)
    return source[min(index, len(source) - 1)]


class Primes:
    """All primes of a server; the newest that matches answers."""

    def __init__(self) -> None:
        self._primes: list[Prime] = []
        self.prepared: dict[bytes, str] = {}

    def add(self, prime: Prime) -> None:
        """Put a prime before all others."""
        self._primes.insert(0, prime)

    def remove(self, prime: Prime) -> None:
        """Take a prime away."""
        self._primes.remove(prime)

    def clear(self) -> None:
        """Take all primes away."""
        self._primes.clear()

    def find(self, request: ReceivedRequest) -> Prime | None:
        """The prime that answers the request."""
        return next((prime for prime in self._primes if prime.matches(request)), None)

    def statement(self, query: str | None) -> Prime | None:
        """The prime that says what a query text binds and returns."""
        if query is None:
            return None
        same = [prime for prime in self._primes if prime.when == normalize(query)]
        return next((prime for prime in same if prime.is_statement), same[0] if same else None)

    def id_of(self, query: str, keyspace: str | None) -> bytes:
        """The id of a prepared statement, as the server makes it: a hash of keyspace and text."""
        return hashlib.md5(f"{keyspace or ''}{query}".encode()).digest()
