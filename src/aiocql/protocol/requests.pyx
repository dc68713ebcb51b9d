"""Bodies of requests, and the header before them.

Values come encoded already: a run of [value]s and their number. What a version cannot carry raises before anything
is sent: InterfaceError for options, EncodeError for values.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint8_t

from aiocql.binary.cursor cimport Cursor, cursor_over, read_int, take
from aiocql.binary.writer cimport Writer, store16, store32
from aiocql.protocol.constants cimport *

from aiocql.errors import EncodeError, InterfaceError


cdef class QueryParameters:
    """What QUERY, EXECUTE and BATCH say besides statement and values. Immutable; `replace` makes another.

    `page_size` in rows, `timestamp` in microseconds since the epoch, `now_in_seconds` in seconds since the epoch
    (v5), `keyspace` for this request alone (v5). None leaves an option to the server.
    """

    def __init__(
        self,
        *,
        int consistency=10,
        serial_consistency=None,
        page_size=None,
        bytes paging_state=None,
        timestamp=None,
        str keyspace=None,
        now_in_seconds=None,
        bint skip_metadata=False,
    ):
        if not 0 <= consistency <= 0xFFFF:
            raise InterfaceError(f"consistency level {consistency} does not fit in the protocol")
        self.consistency = consistency
        self.serial = <int>_in_range("serial_consistency", serial_consistency, 0, 0xFFFF, NO_SERIAL)
        self.rows = <int32_t>_in_range("page_size", page_size, 1, 0x7fffffff, NO_PAGE_SIZE)
        self.paging_state = paging_state
        self.micros = _in_range("timestamp", timestamp, 0, 0x7fffffffffffffff, INT64_MIN)
        self.keyspace = keyspace
        self.now = _in_range("now_in_seconds", now_in_seconds, -0x80000000, 0x7fffffff, INT64_MIN)
        self.skip_metadata = skip_metadata

    @property
    def serial_consistency(self):
        """The level of a light-weight transaction's own round, or None."""
        return None if self.serial == NO_SERIAL else self.serial

    @property
    def page_size(self):
        """Rows of a page, or None: all rows at once."""
        return None if self.rows == NO_PAGE_SIZE else self.rows

    @property
    def timestamp(self):
        """Microseconds since the epoch, or None: the server's clock."""
        return None if self.micros == INT64_MIN else self.micros

    @property
    def now_in_seconds(self):
        """What the server takes for the present when it looks at TTLs, or None: its clock (v5)."""
        return None if self.now == INT64_MIN else self.now

    def replace(self, **changes):
        """The same parameters with `changes`."""
        return QueryParameters(**{**self._options(), **changes})

    def _options(self):
        return {
            "consistency": self.consistency,
            "serial_consistency": self.serial_consistency,
            "page_size": self.page_size,
            "paging_state": self.paging_state,
            "timestamp": self.timestamp,
            "keyspace": self.keyspace,
            "now_in_seconds": self.now_in_seconds,
            "skip_metadata": self.skip_metadata,
        }

    def __eq__(self, other):
        return self._options() == (<QueryParameters>other)._options() if type(other) is type(self) else NotImplemented

    def __hash__(self):
        return hash(tuple(self._options().values()))

    def __repr__(self):
        shown = {**self._options(), "paging_state": "..." if self.paging_state else None}
        return f"QueryParameters({', '.join(f'{k}={v}' for k, v in shown.items() if v is not None)})"

    cdef int write(
        self,
        Writer out,
        int version,
        bytes paging_state,
        int64_t timestamp,
        int value_count,
        const uint8_t* values,
        Py_ssize_t values_size,
        object names,
    ) except -1:
        """Write <consistency><flags> and what the flags announce (section 4.1.4).

        `paging_state` and `timestamp` are those of this request (None, INT64_MIN: not sent). `names` is None, or a name
        for each value.
        """
        cdef int flags = self._common_flags(version, timestamp)
        if value_count:
            flags |= QUERY_VALUES if names is None else QUERY_VALUES | QUERY_NAMES
        if self.skip_metadata:
            flags |= QUERY_SKIP_METADATA
        if self.rows != NO_PAGE_SIZE:
            flags |= QUERY_PAGE_SIZE
        if paging_state is not None:
            flags |= QUERY_PAGING_STATE
        out.put_short(self.consistency)
        _put_flags(out, version, flags)
        if value_count:
            _put_values(out, version, value_count, values, values_size, names)
        if flags & QUERY_PAGE_SIZE:
            out.put_int(self.rows)
        if flags & QUERY_PAGING_STATE:
            out.put_bytes(paging_state)
        return self._put_common(out, flags, timestamp)

    cdef int write_batch(self, Writer out, int version, int64_t timestamp) except -1:
        """Write <consistency><flags> and the rest as BATCH has it (section 4.1.7): without values and pages."""
        cdef int flags = self._common_flags(version, timestamp)
        out.put_short(self.consistency)
        _put_flags(out, version, flags)
        return self._put_common(out, flags, timestamp)

    cdef int _common_flags(self, int version, int64_t timestamp) except -1:
        cdef int flags = 0
        if self.serial != NO_SERIAL:
            flags |= QUERY_SERIAL_CONSISTENCY
        if timestamp != INT64_MIN:
            flags |= QUERY_DEFAULT_TIMESTAMP
        if self.keyspace is not None:
            check_keyspace(version)
            flags |= QUERY_KEYSPACE
        if self.now != INT64_MIN:
            need_version(version, 5, "now_in_seconds")
            flags |= QUERY_NOW_IN_SECONDS
        return flags

    cdef int _put_common(self, Writer out, int flags, int64_t timestamp) except -1:
        if flags & QUERY_SERIAL_CONSISTENCY:
            out.put_short(self.serial)
        if flags & QUERY_DEFAULT_TIMESTAMP:
            out.put_long(timestamp)
        if flags & QUERY_KEYSPACE:
            out.put_string(self.keyspace)
        if flags & QUERY_NOW_IN_SECONDS:
            out.put_int(<int32_t>self.now)
        return 0


cdef int64_t _in_range(str name, object value, int64_t least, int64_t most, int64_t missing) except? -1:
    if value is None:
        return missing
    if not least <= value <= most:
        raise InterfaceError(f"{name} is {value}: it must be from {least} to {most}")
    return value


cdef int need_version(int version, int least, str what) except -1:
    if version < least:
        raise InterfaceError(
            f"{what} needs protocol v{least}; this connection speaks v{version}",
            hint="leave the option out, or connect to servers that speak the newer version",
        )
    return 0


cdef int _put_flags(Writer out, int version, int flags) except -1:
    return out.put_int(flags) if version >= 5 else out.put_byte(flags)


cdef int _put_values(
    Writer out, int version, int count, const uint8_t* values, Py_ssize_t size, object names
) except -1:
    check_values(version, count, values, size)
    out.put_short(count)
    if names is not None:
        return _put_named(out, version, count, values, size, names)
    return out.put_raw(values, size)


cdef int check_values(int version, Py_ssize_t count, const uint8_t* values, Py_ssize_t size) except -1:
    """Raises EncodeError for what no version carries, more than 65535 values, and for what this one does not."""
    if not 0 <= count <= 65535:
        raise EncodeError(f"{count} values where the protocol allows 65535")
    if version < 4:
        _walk_values(version, <int>count, values, size)
    return 0


cdef int _walk_values(int version, int count, const uint8_t* values, Py_ssize_t size) except -1:
    """Finds unset values, which v3 does not have."""
    cdef Cursor c = cursor_over(values, size)
    for _ in range(count):
        _next_value(&c, version)
    return 0


cdef Py_ssize_t _next_value(Cursor* c, int version) except -1:
    """Steps over one [value]; the bytes that it takes, length included."""
    cdef int32_t n = read_int(c)
    if n == -2 and version < 4:
        raise EncodeError(
            f"an unset value needs protocol v4; this connection speaks v{version}",
            hint="bind None for a null, or leave the column out of the statement",
        )
    if n > 0:
        take(c, n)
        return 4 + n
    return 4


cdef int _put_named(
    Writer out, int version, int count, const uint8_t* values, Py_ssize_t size, object names
) except -1:
    cdef Cursor c = cursor_over(values, size)
    cdef const uint8_t* start
    cdef tuple each = tuple(names)
    if len(each) != count:
        raise EncodeError(f"{len(each)} names for {count} values")
    for name in each:
        out.put_string(name)
        start = c.p
        out.put_raw(start, _next_value(&c, version))
    return 0


cdef int _put_short_bytes(Writer out, bytes data) except -1:
    cdef Py_ssize_t n = PyBytes_GET_SIZE(data)
    if n > 65535:
        raise EncodeError(f"{n} bytes where the protocol allows 65535")
    out.put_short(<int>n)
    return out.put_raw(PyBytes_AS_STRING(data), n)


cdef int write_header(Writer out, int version, int flags, int stream, int opcode, int32_t body_size) except -1:
    """The nine bytes before a body (section 2)."""
    cdef uint8_t* p = out.reserve(HEADER_SIZE)
    p[0] = <uint8_t>version
    p[1] = <uint8_t>flags
    store16(p + 2, <unsigned int>stream)
    p[4] = <uint8_t>opcode
    store32(p + 5, <unsigned int>body_size)
    return 0


cdef int write_execute(
    Writer out,
    int version,
    bytes id,
    bytes result_metadata_id,
    QueryParameters parameters,
    int value_count,
    const uint8_t* values,
    Py_ssize_t values_size,
) except -1:
    """The body of EXECUTE (section 4.1.6). `result_metadata_id` is for v5 and ignored elsewhere."""
    _put_short_bytes(out, id)
    if version >= 5:
        if result_metadata_id is None:
            raise InterfaceError("EXECUTE on protocol v5 needs the id of the result's metadata")
        _put_short_bytes(out, result_metadata_id)
    return parameters.write(
        out, version, parameters.paging_state, parameters.micros, value_count, values, values_size, None)


cdef int write_query(
    Writer out,
    int version,
    str query,
    QueryParameters parameters,
    int value_count,
    const uint8_t* values,
    Py_ssize_t values_size,
    object names,
) except -1:
    """The body of QUERY (section 4.1.4)."""
    out.put_long_string(query)
    return parameters.write(
        out, version, parameters.paging_state, parameters.micros, value_count, values, values_size, names)


cdef int write_batch_head(Writer out, int batch_type, Py_ssize_t count) except -1:
    """How a BATCH begins (section 4.1.7): its type and the number of its statements."""
    if count > 65535:
        raise EncodeError(f"{count} statements in a batch where the protocol allows 65535")
    out.put_byte(batch_type)
    return out.put_short(<int>count)


cdef int write_batch_statement(Writer out, object statement) except -1:
    """One statement of a BATCH, a text or the id of a prepared one; its values come next."""
    if isinstance(statement, str):
        out.put_byte(0)
        return out.put_long_string(statement)
    out.put_byte(1)
    return _put_short_bytes(out, statement)


# --- bodies as bytes: for messages that are rare, and for callers in Python ---------------------------------------


def header(int version, int flags, int stream, int opcode, Py_ssize_t body_size):
    """The envelope header of a request."""
    cdef Writer out = Writer()
    if body_size > 0x7fffffff:
        raise EncodeError(f"a body of {body_size} bytes where the protocol allows 2^31 - 1")
    write_header(out, version, flags, stream, opcode, <int32_t>body_size)
    return out.take_bytes()


def startup_body(dict options not None):
    """STARTUP: a [string map]."""
    cdef Writer out = Writer()
    out.put_short(len(options))
    for name, value in options.items():
        out.put_string(name)
        out.put_string(value)
    return out.take_bytes()


def auth_response_body(token):
    """AUTH_RESPONSE: the token, or None."""
    cdef Writer out = Writer()
    out.put_bytes(token)
    return out.take_bytes()


def register_body(events):
    """REGISTER: the kinds of events to be told of."""
    cdef Writer out = Writer()
    names = list(events)
    out.put_short(len(names))
    for name in names:
        out.put_string(name)
    return out.take_bytes()


def check_keyspace(int version):
    """Raises InterfaceError where the version knows no keyspace of a request's own: before v5."""
    need_version(version, 5, "a keyspace for one request")


def prepare_body(int version, str query not None, str keyspace=None):
    """PREPARE; a keyspace of its own needs v5."""
    cdef Writer out = Writer()
    out.put_long_string(query)
    if keyspace is not None:
        check_keyspace(version)
    if version >= 5:
        out.put_int(PREPARE_KEYSPACE if keyspace is not None else 0)
        if keyspace is not None:
            out.put_string(keyspace)
    return out.take_bytes()


def query_body(
    int version,
    str query not None,
    QueryParameters parameters not None,
    int value_count=0,
    bytes values not None=b"",
    names=None,
):
    """QUERY; `values` are encoded [value]s."""
    cdef Writer out = Writer()
    write_query(out, version, query, parameters, value_count, _start(values), len(values), names)
    return out.take_bytes()


def execute_body(
    int version,
    bytes id not None,
    bytes result_metadata_id,
    QueryParameters parameters not None,
    int value_count=0,
    bytes values not None=b"",
):
    """EXECUTE; `values` are encoded [value]s."""
    cdef Writer out = Writer()
    write_execute(out, version, id, result_metadata_id, parameters, value_count, _start(values), len(values))
    return out.take_bytes()


def batch_body(int version, int batch_type, statements, QueryParameters parameters not None):
    """BATCH; `statements` are (query text or prepared id, number of values, encoded [value]s)."""
    cdef Writer out = Writer()
    cdef bytes values
    entries = list(statements)
    write_batch_head(out, batch_type, len(entries))
    for statement, count, values in entries:
        write_batch_statement(out, statement)
        _put_values(out, version, count, _start(values), len(values), None)
    parameters.write_batch(out, version, parameters.micros)
    return out.take_bytes()


def custom_payload(int version, dict payload not None):
    """The [bytes map] that stands before a body whose header has the custom payload flag (v4 and later)."""
    cdef Writer out = Writer()
    need_version(version, 4, "a custom payload")
    # A copy: a buffer of the user's class runs code of theirs, and the count is written before the entries.
    entries = list(payload.items())
    if len(entries) > 65535:
        raise EncodeError(f"{len(entries)} entries in a custom payload where the protocol allows 65535")
    out.put_short(len(entries))
    for name, value in entries:
        out.put_string(name)
        out.put_bytes(value)
    return out.take_bytes()


cdef const uint8_t* _start(bytes data) noexcept:
    return <const uint8_t*>PyBytes_AS_STRING(data)
