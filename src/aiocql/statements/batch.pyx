"""Batches: several statements, each with its values, as the body of one BATCH.

A text that has values is prepared first, and that is waited for. So a batch is made in two steps: `unresolved` names
the next entry whose statement is not known, until there is none; then all entries are written in one go, and all the
values of a statement are bound to the same columns. Values are kept until `release`, for statements whose columns
change before the server has the batch: then it is written again.
"""

from collections.abc import Mapping
from itertools import islice

from cpython.list cimport PyList_GET_ITEM
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

from aiocql.binary.writer cimport Writer, store16
from aiocql.types.items cimport items_of
from aiocql.statements.prepared cimport BoundKey, PreparedStatement
from aiocql.protocol.requests cimport check_values, write_batch_head, write_batch_statement

from aiocql.errors import EncodeError
from aiocql.statements.prepared import is_lwt

MAX_STATEMENTS = 65535


cdef class BatchStatement:
    """What a batch is for sending, errors, histories, spans and preparing again.

    `kind` is its `BatchType`, `origin` the identity that its prepared statements must have. `size` is the number of its
    statements, `byte_count` about what their texts and values take.
    """

    def __init__(self, kind, entries, origin):
        # A copy: what the caller does with the list while something is prepared is no concern of this batch.
        self.entries = list(islice(entries, MAX_STATEMENTS + 1))
        self.size = len(self.entries)
        if self.size > MAX_STATEMENTS:
            raise EncodeError(f"more than {MAX_STATEMENTS} statements in a batch", hint="make several batches")
        self.kind = kind
        self.origin = origin
        self.prepared = {}
        self.used = {}

    # --- what is to be sent -----------------------------------------------------------------------------------

    def unresolved(self, dict known not None):
        """The place of the next entry that cannot be written as it is, or None; `resolve` is asked for then.

        `known` has prepared statements by their texts.
        """
        cdef Py_ssize_t i
        cdef object entry, said, last = self
        cdef bint bare, last_bare = False
        for i in range(self.ready, self.size):
            entry = <object>PyList_GET_ITEM(self.entries, i)
            if type(entry) is not tuple and isinstance(entry, (list, tuple)):
                # A copy, for the same reason.
                self.entries[i] = entry = tuple(entry)
            if type(entry) is tuple and PyTuple_GET_SIZE(entry) == 2:
                said = <object>PyTuple_GET_ITEM(entry, 0)
                bare = <object>PyTuple_GET_ITEM(entry, 1) is None
            else:
                said = entry
                bare = True
            # A batch says the same few statements again and again: each is looked at once.
            if said is last and bare == last_bare:
                continue
            if not self._is_ready(said, bare, known):
                self.ready = i
                return i
            last, last_bare = said, bare
        self.ready = self.size
        return None

    cdef bint _is_ready(self, object said, bint bare, dict known) except -1:
        cdef PreparedStatement statement
        if isinstance(said, PreparedStatement):
            statement = said
            return statement.origin is self.origin and not statement.is_select
        if type(said) is not str:
            return False
        if bare:
            return self.bare is not None and said in self.bare
        if said in self.prepared:
            return True
        statement = known.get(said)
        if statement is None or statement.is_select:
            return False
        self.prepared[said] = statement
        return True

    def entry(self, Py_ssize_t i):
        """Return an entry as a pair: what it says, and its values or None."""
        cdef object entry = self.entries[i] if 0 <= i < self.size else None
        return entry if type(entry) is tuple and PyTuple_GET_SIZE(entry) == 2 else (entry, None)

    def resolve(self, Py_ssize_t i, said, values, PreparedStatement statement):
        """An entry is `said` with these values; `statement` is what that is sent as, None for a text as it is."""
        if not 0 <= i < self.size:
            raise IndexError(i)
        self.entries[i] = (said, values)
        if statement is None:
            if self.bare is None:
                self.bare = set()
            self.bare.add(said)
        elif statement is not said:
            self.prepared[said] = statement

    # --- and how ----------------------------------------------------------------------------------------------

    cdef PreparedStatement _sent_as(self, object said, bint bare):
        """What an entry's statement is sent as, None for a text; noted among what is sent."""
        cdef PreparedStatement statement = None
        if isinstance(said, PreparedStatement):
            statement = said
        elif not bare:
            statement = self.prepared[said]
        if statement is None:
            self.used[said] = None
        elif statement not in self.used:
            self.used[statement] = statement.columns
        return statement

    cdef int write(self, Writer out, Writer key, int version, BoundKey* routing) except -1:
        """Writes the kind and all entries (section 4.1.7); `routing` is the first one's that has a partition key.

        Raises EncodeError, with a note that says where in the batch.
        """
        cdef Py_ssize_t i = 0
        cdef object entry, said, values, last = self
        cdef bint bare, last_bare = False
        cdef PreparedStatement statement = None
        cdef list entries = self.entries
        if entries is None or self.ready != self.size:
            raise ValueError("a batch is written when all of it is resolved, and before its values are let go")
        self.used = {}
        self.byte_count = 0
        self.keyspace = None
        routing.known = False
        write_batch_head(out, self.kind, self.size)
        try:
            for i in range(self.size):
                entry = <object>PyList_GET_ITEM(entries, i)
                said, values = entry, None
                if type(entry) is tuple:
                    said = <object>PyTuple_GET_ITEM(entry, 0)
                    values = <object>PyTuple_GET_ITEM(entry, 1)
                bare = values is None
                if said is not last or bare != last_bare:
                    statement = self._sent_as(said, bare)
                    last, last_bare = said, bare
                self._write_entry(statement, said, values, out, key, version, routing)
        except EncodeError as error:
            error.add_note(f"at statement {i + 1} of {self.size} in the batch")
            raise
        return 0

    cdef int _write_entry(self, PreparedStatement statement, object said, object values, Writer out, Writer key,
                          int version, BoundKey* routing) except -1:
        cdef Py_ssize_t start, count_at, width
        cdef tuple columns
        if statement is None:
            write_batch_statement(out, said)
            out.put_short(0)
            self.byte_count += len(<str>said)
            return 0
        write_batch_statement(out, statement.id)
        columns = self.used[statement]
        count_at = out.size
        out.put_short(0)
        start = out.size
        # Values may run the user's code when they are encoded: nothing that was read of the statement or of `out`
        # before is relied upon after it.
        width = statement.bind(() if values is None else values, out, key, NULL if routing.known else routing)
        if statement.columns is not columns and statement.columns != columns:
            raise statement.rebound()
        if routing.known and self.keyspace is None:
            self.keyspace = statement.keyspace
        check_values(version, width, out.data + start, out.size - start)
        store16(out.data + count_at, <unsigned int>width)
        self.byte_count += out.size - start
        return 0

    def release(self):
        """Let the values go: the batch is not written again."""
        self.entries = None

    cdef bint is_stale(self) except -1:
        """Return whether the columns of one of the statements may have changed."""
        cdef object entry, said
        cdef PreparedStatement statement
        for statement in self.prepared.values():
            if statement.stale_since and statement.width:
                return True
        for entry in self.entries:
            said = (<tuple>entry)[0] if type(entry) is tuple else entry
            if isinstance(said, PreparedStatement):
                statement = said
                if statement.stale_since and statement.width:
                    return True
        return False

    cdef int keep_values(self, BoundKey* routing) except -1:
        """Copy what is given, and note the statements: the batch is written later.

        `routing` is that of the first statement whose key can be encoded twice without an effect.
        """
        cdef object entry, said, values
        cdef PreparedStatement statement
        routing.known = False
        for i in range(self.size):
            entry = self.entries[i]
            said, values = entry if type(entry) is tuple else (entry, None)
            if isinstance(values, Mapping):
                values = dict(values)
            elif isinstance(values, list):
                values = items_of(values)
            self.entries[i] = (said, values)
            statement = self._sent_as(said, values is None)
            if statement is not None:
                self.used[statement] = None
                if not routing.known:
                    statement.route(values, routing)
                    self.keyspace = statement.keyspace
        return 0

    cdef bint is_current(self) except -1:
        """Return whether the values were bound to the columns that their statements have now."""
        cdef PreparedStatement statement
        for each, columns in self.used.items():
            if isinstance(each, PreparedStatement):
                statement = <PreparedStatement>each
                if statement.width and (statement.stale_since or columns is not statement.columns):
                    return False
        return True

    def with_statements(self, dict earlier not None):
        """Return the same batch with statements as they were; `earlier` has these by what they are now."""
        cdef BatchStatement other = BatchStatement(self.kind, [], self.origin)
        if self.entries is None:
            raise ValueError("the values were let go")
        for entry in self.entries:
            said, values = entry if type(entry) is tuple else (entry, None)
            if isinstance(said, PreparedStatement):
                said = earlier.get(said, said)
            other.entries.append((said, values))
        other.prepared = {text: earlier.get(each, each) for text, each in self.prepared.items()}
        other.size = other.ready = self.size
        return other

    cdef bint is_idempotent(self) except -1:
        """Whether all statements are prepared as idempotent ones."""
        for each in self.used:
            if not isinstance(each, PreparedStatement):
                return False
            if (<PreparedStatement>each).defaults.get("idempotent") is not True:
                return False
        return True

    cdef int used_at(self, double now) except -1:
        """The statements were used now: they are not the next to leave the session's cache."""
        for each in self.used:
            if isinstance(each, PreparedStatement):
                (<PreparedStatement>each).last_used = now
        return 0

    def encode(self, int version):
        """The bytes up to the options, and the routing token or None: for tests and tools."""
        cdef Writer out = Writer(), key = Writer()
        cdef BoundKey routing
        self.write(out, key, version, &routing)
        return out.take_bytes(), routing.token if routing.known else None

    # --- what is told of it -----------------------------------------------------------------------------------

    is_select = False

    @property
    def texts(self):
        """The text of each of its statements, once."""
        return tuple(dict.fromkeys([each if isinstance(each, str) else each.query for each in self.used]))

    @property
    def query(self):
        """Its text, for people: each statement once, ten at most."""
        if self.text is None:
            texts = self.texts
            more = "; ..." if len(texts) > 10 else ""
            self.text = f"BEGIN {self.kind.name} BATCH {'; '.join(texts[:10])}{more}"
        return self.text

    @property
    def prepared_statements(self):
        """Those of its statements that are prepared, each once."""
        return tuple([each for each in self.used if isinstance(each, PreparedStatement)])

    @property
    def bound(self):
        """The columns that values were bound to, by their statement; None: to none yet."""
        return {each: columns for each, columns in self.used.items() if isinstance(each, PreparedStatement)}

    @property
    def is_lwt(self):
        """Whether one of its statements is a light-weight transaction."""
        return any([is_lwt(each) if isinstance(each, str) else each.is_lwt for each in self.used])
