"""Prepared statements: what the server said of a statement once, and binding values to it.

The server's types drive the encoding; there are no wrapper types. A value that does not fit is an `EncodeError` that
names the column, its CQL type and the value's Python type; nothing was sent then.

The routing key (native protocol v5, section 4.2.5.4, pk_index) is one component's bytes, or for several, each with a
length of two bytes before and a zero byte behind it. Elements of sets and maps are sorted in it. A component that is
null, or empty where it is the only one, gives no token: the request goes to any host, and the server explains.
One that is unset, or longer than 65535 bytes, is refused here.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import GenericAlias

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t

from aiocql.binary.cursor cimport load32
from aiocql.binary.murmur3 cimport murmur3_token
from aiocql.binary.writer cimport Writer
from aiocql.types.codec cimport Codec, write_value
from aiocql.types.items cimport items_of
from aiocql.protocol.row_decoder cimport RowDecoder

from aiocql.errors import EncodeError
from aiocql.types.canonical import canonical_form

cdef enum:
    MAX_KEY_PARTS = 32
    MAX_KEY_PART = 65535
    UNSET_LENGTH = -2

# What `is_plain` accepts.
PLAIN = frozenset({str, int, bytes, bool, float})
PLAIN_MODULES = frozenset({"uuid", "datetime", "decimal", "ipaddress"})

# Compiled with the first statement that is no plain SELECT: importing the driver waits for no expression.
# Each takes time linear in its text: a literal or comment without an end extends to the end of the text.
_LWT = r"^\s*+(?:BEGIN\s++(?:\w++\s++)?BATCH|INSERT|UPDATE|DELETE)\b.*\bIF\b"
_SELECT = r"^\s*+(?:SELECT|LIST|DESCRIBE|DESC)\b"
_USE = r"^\s*+USE\b"
_LITERALS = (
    r"\$\$.*?(?:\$\$|\Z)|'(?:[^']|'')*+(?:'|\Z)|\"(?:[^\"]|\"\")*+(?:\"|\Z)|--[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)"
)


@cache
def _compiled(str expression):
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


def _opens_with_select(str query):
    return query[:7].upper() == "SELECT "


def is_select(str query):
    """Whether a statement only reads, judged by its first word."""
    if _opens_with_select(query):
        return True
    return _compiled(_SELECT).match(_compiled(_LITERALS).sub(" ", query)) is not None


def is_use(str query):
    """Whether a statement sets the keyspace of its connection."""
    return not _opens_with_select(query) and (
        _compiled(_USE).match(_compiled(_LITERALS).sub(" ", query)) is not None
    )


def is_lwt(str query):
    """Whether a statement is a light-weight transaction, judged by an IF outside of names and literals."""
    if _opens_with_select(query):
        return False
    return _compiled(_LWT).match(_compiled(_LITERALS).sub(" ", query)) is not None


cdef tuple stored_forms(tuple columns, tuple pk_indexes):
    """What brings each part of a partition key into its stored form; None where all are stored as they are sent."""
    cdef tuple forms = tuple([canonical_form(columns[i].type) for i in pk_indexes])
    return forms if any(forms) else None


cdef bint is_plain(object value):
    """Return whether a value can be encoded twice: it is no iterator, and no class of the user's."""
    return type(value) in PLAIN or type(value).__module__ in PLAIN_MODULES


cdef class PreparedStatement:
    """A statement that the cluster knows: its id, the columns that it binds and those that it returns.

    `query` is its text, `keyspace` the one that it was prepared in, `columns` what is bound (`Column`: name, type),
    `result_columns` what is returned. `defaults` holds options for each of its executions.
    """

    def __init__(self, str query, prepared, tuple codecs, RowDecoder decoder, str keyspace=None, defaults=None,
                 origin=None, tuple pk_indexes=None):
        self.query = query
        self.id = prepared.id
        self.result_metadata_id = prepared.result_metadata_id
        self.result_metadata = prepared.result_metadata
        self.decoder = decoder
        self.defaults = defaults or {}
        self.origin = origin
        first = next(iter(prepared.bind_columns), None) or next(iter(prepared.result_metadata), None)
        self.prepared_keyspace = keyspace
        self.keyspace = (first.keyspace if first is not None else None) or keyspace
        self.table = first.table if first is not None else None
        self.is_lwt = is_lwt(query)
        self.is_select = is_select(query)
        self.rebind(prepared, codecs, pk_indexes)

    def rebind(self, prepared, tuple codecs, tuple pk_indexes=None):
        """What is bound is this from now on: the server said it when the statement was prepared, or prepared again.

        `pk_indexes` are the places of the partition key, where the server did not say.
        """
        if len(codecs) != len(prepared.bind_columns):
            raise ValueError(f"{len(codecs)} codecs for {len(prepared.bind_columns)} columns")
        self.columns = prepared.bind_columns
        self.codecs = codecs
        self.width = len(codecs)
        self.pk_indexes = prepared.pk_indexes or pk_indexes or ()
        self.pk_width = len(self.pk_indexes)
        self.positions = {}
        for i, column in enumerate(self.columns):
            self.positions.setdefault(column.name, []).append(i)
        if any(not 0 <= i < self.width for i in self.pk_indexes) or self.pk_width > MAX_KEY_PARTS:
            self.pk_width = 0
        self.pk_forms = stored_forms(self.columns, self.pk_indexes) if self.pk_width else None

    def share(self, dict same not None):
        """Takes from `same` what equals a part of this statement, and leaves there what is new.

        With thousands of statements over a few tables, what one execution looks at is then mostly what the one before
        it looked at: it is still in the processor's cache.
        """
        self.keyspace = same.setdefault(self.keyspace, self.keyspace)
        self.columns = same.setdefault(self.columns, self.columns)
        self.codecs = same.setdefault(self.codecs, self.codecs)
        self.pk_indexes = same.setdefault(self.pk_indexes, self.pk_indexes)

    @property
    def result_columns(self):
        """The columns of the rows that it returns."""
        return self.decoder.columns if self.decoder is not None else ()

    cdef Py_ssize_t bind(self, object values, Writer out, Writer key, BoundKey* routing) except -1:
        """Write all values to `out`, find the token of the partition key, return the number of values.

        Raises EncodeError. Where `routing` is NULL the token is not computed, but the key is checked all the same.

        Encoding a value may run the user's code, which may change `values`, or even prepare this very statement again:
        the size of a list is looked at before each access, and everything of the statement is read once, at the
        beginning. `out` must belong to the caller; `key` is filled and read with no such code in between.
        """
        cdef Py_ssize_t i = 0, n
        cdef tuple codecs = self.codecs, columns = self.columns, pk_indexes = self.pk_indexes
        cdef Py_ssize_t pk_width = self.pk_width
        cdef object value = None
        cdef Py_ssize_t small[64]
        cdef Py_ssize_t* starts = small
        if routing != NULL:
            routing.known = False
        if type(values) is not tuple and type(values) is not list:
            values = self.arranged(values)
        n = len(values)
        if n != len(codecs):
            raise self.wrong_count(n)
        if n > 64:
            starts = <Py_ssize_t*>PyMem_Malloc(n * sizeof(Py_ssize_t))
            if starts == NULL:
                raise MemoryError
        try:
            try:
                for i in range(n):
                    starts[i] = out.size
                    if i >= len(values):
                        raise self.wrong_count(len(values))
                    value = values[i]
                    write_value(<Codec>codecs[i], out, value)
            except Exception as error:
                raise self.misfit(columns[i], value, error) from error
            if self.columns is not columns and self.columns != columns:
                raise self.rebound()
            if pk_width:
                self._route(out, starts, pk_indexes, key, routing)
        finally:
            if starts != small:
                PyMem_Free(starts)
        return n

    cdef int _route(self, Writer out, Py_ssize_t* starts, tuple pk_indexes, Writer key, BoundKey* routing) except -1:
        cdef Py_ssize_t i, at, width = len(pk_indexes)
        cdef int n
        if self.pk_forms is not None and routing != NULL:
            return self._route_stored(out, starts, pk_indexes, routing)
        at = starts[<Py_ssize_t>pk_indexes[0]]
        if width == 1:
            n = <int>load32(out.data + at)
            if n > MAX_KEY_PART or n == UNSET_LENGTH:
                raise self.no_key(pk_indexes[0], n)
            if n > 0 and routing != NULL:
                routing.token = murmur3_token(out.data + at + 4, n)
                routing.known = True
            return 0
        key.clear()
        for i in range(width):
            at = starts[<Py_ssize_t>pk_indexes[i]]
            n = <int>load32(out.data + at)
            if n > MAX_KEY_PART or n == UNSET_LENGTH:
                raise self.no_key(pk_indexes[i], n)
            if n < 0:
                return 0
            if routing == NULL:
                continue
            key.put_short(n)
            key.put_raw(out.data + at + 4, n)
            key.put_byte(0)
        if routing == NULL:
            return 0
        routing.token = murmur3_token(key.data, key.size)
        routing.known = True
        return 0

    cdef int _route_stored(self, Writer out, Py_ssize_t* starts, tuple pk_indexes, BoundKey* routing) except -1:
        """`_route` where a part of the key is a set or a map, whose elements the server sorts."""
        cdef Py_ssize_t i, at
        cdef int n
        cdef list parts = []
        cdef bytes part
        for i, form in zip(pk_indexes, self.pk_forms):
            at = starts[i]
            n = <int>load32(out.data + at)
            if n > MAX_KEY_PART or n == UNSET_LENGTH:
                raise self.no_key(i, n)
            if n < 0:
                return 0
            part = PyBytes_FromStringAndSize(<const char*>out.data + at + 4, n)
            parts.append(part if form is None else form(part))
        part = parts[0]
        if len(parts) > 1:
            part = b"".join([len(each).to_bytes(2, "big") + each + b"\0" for each in parts])
        if part:
            routing.token = murmur3_token(<const uint8_t*><const char*>part, len(part))
            routing.known = True
        return 0

    cdef int route(self, object values, BoundKey* routing) except -1:
        """Find the token of the partition key for values that are bound later, if that can be done without an effect.

        Only plain values of the key are encoded: encoding any other might use it up, or run the user's code.
        """
        cdef list key = [None] * self.width
        cdef bint by_name = type(values) is dict
        routing.known = False
        if not self.pk_width or not (by_name or type(values) is list or type(values) is tuple):
            return 0
        for i in self.pk_indexes:
            place = self.columns[i].name if by_name else i
            value = values.get(place) if by_name else values[place] if place < len(values) else None
            if not is_plain(value):
                return 0
            key[i] = value
        try:
            self.bind(key, Writer(256), Writer(256), routing)
        except EncodeError:
            routing.known = False
        return 0

    cdef object arranged(self, object values):
        """Arrange what the user's own class gives: what its code raises is an EncodeError."""
        try:
            return self.arrange(values)
        except (EncodeError, MemoryError):
            raise
        except Exception as error:
            failed = EncodeError(
                f"a {type(values).__name__} of values raised {type(error).__name__} while it was read",
                hint="what it raised is this error's cause")
            failed.query = self.query
            raise failed from error

    def arrange(self, values):
        """Named values, or any sequence, as a list in the order of the markers."""
        if values is None:
            return ()
        if isinstance(values, Mapping):
            return self._by_name(values)
        if isinstance(values, (str, bytes, bytearray)) or not isinstance(values, Sequence):
            raise EncodeError(
                f"values are given as {type(values).__name__}",
                hint="give a list or tuple in the order of the markers, or a mapping by name")
        return items_of(values)

    def _by_name(self, values):
        arranged = [None] * self.width
        positions = self.positions
        missing = [name for name in positions if name not in values]
        unknown = [name for name in values if name not in positions]
        if missing or unknown:
            raise EncodeError(
                "; ".join(
                    f"{what}: {', '.join(map(repr, names))}"
                    for what, names in (("no value for", missing), ("no marker for", unknown)) if names),
                hint=f"the statement binds {', '.join(positions) or 'nothing'}; "
                     "leave a column as it is with UNSET")
        for name, places in positions.items():
            for i in places:
                arranged[i] = values[name]
        return arranged

    def wrong_count(self, n):
        """The error for `n` values where the statement has another number of markers."""
        from aiocql.statements.marker_hints import hint_without_markers

        names = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        error = EncodeError(
            f"{n} values for {self.width} markers",
            hint=f"the statement binds ({names})" if names else hint_without_markers(self.query))
        error.query = self.query
        return error

    def no_key(self, Py_ssize_t i, int n):
        """The error for a part of the partition key that no partition can have."""
        column = self.columns[i]
        error = EncodeError(
            f"column {column.name} is part of the partition key: it cannot be left unset" if n < 0 else
            f"column {column.name} is part of the partition key: {n} bytes where it holds {MAX_KEY_PART}",
            hint="bind a value" if n < 0 else "use a hash of the value as key")
        error.query = self.query
        return error

    def rebound(self):
        """The error for a statement that was prepared again, with other columns, while its values were encoded."""
        error = EncodeError(
            "the columns that the statement binds changed while its values were encoded",
            hint="execute it again; code that encodes a value should not wait for other requests")
        error.query = self.query
        return error

    def misfit(self, column, value, cause):
        """The error for a value that its column cannot hold: says the types, never the value."""
        reason = cause.message if isinstance(cause, EncodeError) else type(cause).__name__
        error = EncodeError(
            f"column {column.name} is {column.type}: {type(value).__name__} does not fit: {reason}",
            hint=getattr(cause, "hint", None))
        error.query = self.query
        return error

    def __class_getitem__(cls, row):
        """``PreparedStatement[Item]``: for annotations."""
        return GenericAlias(cls, row)

    def copy(self):
        """The same statement, to be given options of its own."""
        cdef PreparedStatement other = PreparedStatement.__new__(PreparedStatement)
        other.query, other.keyspace, other.table, other.id = self.query, self.keyspace, self.table, self.id
        other.columns, other.codecs, other.pk_indexes = self.columns, self.codecs, self.pk_indexes
        other.result_metadata, other.result_metadata_id = self.result_metadata, self.result_metadata_id
        other.decoder, other.options, other.defaults = self.decoder, self.options, self.defaults
        other.is_lwt, other.is_select, other.origin = self.is_lwt, self.is_select, self.origin
        other.positions, other.width, other.pk_width = self.positions, self.width, self.pk_width
        other.pk_forms = self.pk_forms
        other.prepared_keyspace = self.prepared_keyspace
        other.stale_since = self.stale_since
        return other

    def with_columns(self, tuple columns not None, tuple codecs not None):
        """Return the same statement as it was while it bound other columns."""
        cdef PreparedStatement other = self.copy()
        if len(codecs) != len(columns):
            raise ValueError(f"{len(codecs)} codecs for {len(columns)} columns")
        other.columns, other.codecs, other.width = columns, codecs, len(codecs)
        other.positions = {}
        for i, column in enumerate(columns):
            other.positions.setdefault(column.name, []).append(i)
        if other.width != self.width:
            other.pk_indexes, other.pk_width = (), 0
        other.pk_forms = stored_forms(columns, other.pk_indexes) if other.pk_width else None
        return other

    def encode(self, values):
        """The values as they are sent, and the routing token or None: for tests and tools."""
        cdef Writer out = Writer(), key = Writer()
        cdef BoundKey routing
        self.bind(values, out, key, &routing)
        return out.take_bytes(), routing.token if routing.known else None

    def __repr__(self):
        text = " ".join(self.query.split())
        return f"<PreparedStatement {text if len(text) <= 80 else text[:79] + '…'}>"
