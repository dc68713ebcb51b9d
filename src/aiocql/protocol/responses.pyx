"""Answers of the server, from the bytes of their bodies.

Bytes past what a message says are left alone, missing ones raise TruncatedError. What this driver does not know
(error codes, kinds of events, types) degrades to general ones; an unknown kind of result or opcode is a ProtocolError.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, uint8_t

from aiocql.binary.cursor cimport (
    cursor_over,
    read_byte,
    read_bytes,
    read_bytes_map,
    read_int,
    read_name,
    read_short,
    read_short_bytes,
    read_string,
    read_string_list,
    read_string_multimap,
    take,
)
from aiocql.protocol.constants cimport *
from aiocql.protocol.type_reader cimport read_columns

from aiocql.errors import Error, InterfaceError, ProtocolError
from aiocql.protocol.metadata import ResultMetadata
from aiocql.protocol.server_errors import read_error


cdef class Response:
    """An answer: what the header's flags announced, and by its class what the body says."""

    def __repr__(self):
        return f"<{type(self).__name__}>"


cdef class Ready(Response):
    """READY: the connection takes requests."""


cdef class Authenticate(Response):
    """AUTHENTICATE: the server wants credentials; `authenticator` is its class."""

    def __repr__(self):
        return f"<Authenticate {self.authenticator}>"


cdef class AuthChallenge(Response):
    """AUTH_CHALLENGE: one more token is wanted. `token` is bytes or None."""


cdef class AuthSuccess(Response):
    """AUTH_SUCCESS: `token` is the authenticator's last word, bytes or None."""


cdef class Supported(Response):
    """SUPPORTED: `options` maps names to what the server offers."""

    def __repr__(self):
        return f"<Supported {self.options}>"


cdef class Event(Response):
    """EVENT: `kind` is TOPOLOGY_CHANGE, STATUS_CHANGE, SCHEMA_CHANGE, or one that this driver does not know."""

    def __repr__(self):
        return f"<Event {self.kind} {self.change} {self.address or self.keyspace} {self.name or ''}>"


cdef class ErrorResponse(Response):
    """ERROR: `error` is the exception to raise."""

    def __repr__(self):
        return f"<ErrorResponse {self.error!r}>"


cdef class Result(Response):
    """RESULT, of whichever kind."""


cdef class VoidResult(Result):
    """A statement without rows was done."""


cdef class RowsResult(Result):
    """One page of rows."""

    def __repr__(self):
        return f"<RowsResult {len(self.rows)} rows>"


cdef class SetKeyspace(Result):
    """The answer to USE."""

    def __repr__(self):
        return f"<SetKeyspace {self.keyspace}>"


cdef class Prepared(Result):
    """What a statement binds and returns."""

    def __repr__(self):
        return f"<Prepared {self.id.hex()}>"


cdef class SchemaChange(Result):
    """The schema was changed: `change` is CREATED, UPDATED or DROPPED, `target` says of what."""

    def __repr__(self):
        return f"<SchemaChange {self.change} {self.target} {self.keyspace} {self.name or ''}>"


cdef Response decode_response(
    int version, int flags, int opcode, Cursor* body, RowDecoder known, object make_decoder
):
    """The answer in `body`, whose header had `version` (without the response bit), `flags` and `opcode`.

    `known` is the decoder that the request was sent with: it serves an answer without metadata. `make_decoder`
    (ResultMetadata -> RowDecoder) makes one where the answer brings its own; None gives tuples and the default codecs.
    """
    cdef bytes tracing_id = None
    cdef list warnings = None
    cdef dict custom_payload = None
    cdef Response out
    if flags & (FLAG_TRACING | FLAG_WARNING | FLAG_CUSTOM_PAYLOAD):
        if flags & FLAG_TRACING:
            tracing_id = PyBytes_FromStringAndSize(<const char*>take(body, 16), 16)
        if flags & FLAG_WARNING:
            warnings = read_string_list(body)
        if flags & FLAG_CUSTOM_PAYLOAD:
            custom_payload = read_bytes_map(body)
    if opcode == OP_RESULT:
        out = _result(version, body, known, make_decoder)
    else:
        out = _other(version, opcode, body)
    out.opcode = opcode
    out.version = version
    out.tracing_id = tracing_id
    out.warnings = warnings
    out.custom_payload = custom_payload
    return out


cdef Response _result(int version, Cursor* c, RowDecoder known, object make_decoder):
    cdef int32_t kind = read_int(c)
    if kind == RESULT_ROWS:
        return _rows(version, c, known, make_decoder)
    if kind == RESULT_VOID:
        return VoidResult.__new__(VoidResult)
    if kind == RESULT_SET_KEYSPACE:
        return _set_keyspace(c)
    if kind == RESULT_PREPARED:
        return _prepared(version, c)
    if kind == RESULT_SCHEMA_CHANGE:
        return _schema_change(c)
    raise ProtocolError(f"result of unknown kind 0x{kind & 0xFFFFFFFF:04X}")


cdef Response _rows(int version, Cursor* c, RowDecoder known, object make_decoder):
    cdef int32_t flags = read_int(c), width = read_int(c)
    cdef RowsResult out = RowsResult.__new__(RowsResult)
    if flags & ROWS_HAS_MORE_PAGES:
        out.paging_state = _bytes(c)
    if flags & ROWS_METADATA_CHANGED:
        out.new_metadata_id = _short_bytes(c)
    if flags & ROWS_NO_METADATA:
        if known is None:
            raise ProtocolError("rows without metadata answer a request that needed it")
        if width != known.width:
            raise ProtocolError(f"rows of {width} columns where the statement has {known.width}")
    elif known is None or width != known.width or out.new_metadata_id is not None \
            or not known.stands_at(c, flags & ROWS_GLOBAL_TABLES_SPEC):
        known = _described(out, c, flags, width, known, make_decoder)
    out.decoder = known
    out.rows = known.rows(c, read_int(c))
    return out


cdef RowDecoder _described(
    RowsResult out, Cursor* c, int32_t flags, int32_t width, RowDecoder known, object make_decoder
):
    """The decoder for the columns that the answer itself announces."""
    cdef const uint8_t* start = c.p
    cdef RowDecoder decoder = known
    out.metadata = ResultMetadata(read_columns(c, flags, width))
    if known is None or out.metadata.columns != known.columns:
        out.has_new_metadata = known is not None
        decoder = _made_decoder(make_decoder or default_decoder, out.metadata)
    decoder.remember(start, c.p - start, flags & ROWS_GLOBAL_TABLES_SPEC)
    if out.new_metadata_id is not None:
        out.has_new_metadata = True
    return decoder


cdef RowDecoder _made_decoder(object make_decoder, object metadata):
    """What the user's row class or codec raises while it is looked at is the request's trouble, not the message's."""
    try:
        return make_decoder(metadata)
    except (Error, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise InterfaceError(
            f"the shape of the rows cannot be prepared: {type(error).__name__}",
            hint="what was raised is this error's cause") from error


def default_decoder(metadata):
    """Plain tuples, by the codecs of the default registry."""
    from aiocql.types.registry import default_registry

    return RowDecoder(metadata.columns, metadata.codecs(default_registry()))


cdef Response _set_keyspace(Cursor* c):
    cdef SetKeyspace out = SetKeyspace.__new__(SetKeyspace)
    out.keyspace = read_string(c)
    return out


cdef Response _prepared(int version, Cursor* c):
    cdef Prepared out = Prepared.__new__(Prepared)
    cdef int32_t flags, width
    out.id = _short_bytes(c)
    if version >= 5:
        out.result_metadata_id = _short_bytes(c)
    flags = read_int(c)
    width = read_int(c)
    out.pk_indexes = _pk_indexes(c, width) if version >= 4 else ()
    out.bind_columns = read_columns(c, flags, width)
    out.result_metadata = _result_metadata(c)
    return out


cdef tuple _pk_indexes(Cursor* c, int32_t width):
    cdef int32_t count = read_int(c), index
    cdef list out = []
    if count < 0 or count > width:
        raise ProtocolError(f"{count} columns of a partition key among {width}")
    for _ in range(count):
        index = read_short(c)
        if index >= width:
            raise ProtocolError(f"column {index} of a partition key among {width}")
        out.append(index)
    return tuple(out)


cdef object _result_metadata(Cursor* c):
    """The metadata of a prepared statement's result. A statement without rows has none: no columns."""
    cdef int32_t flags = read_int(c), width = read_int(c)
    if flags & ROWS_HAS_MORE_PAGES:
        _bytes(c)
    if flags & ROWS_METADATA_CHANGED:
        _short_bytes(c)
    if flags & ROWS_NO_METADATA:
        return ResultMetadata()
    return ResultMetadata(read_columns(c, flags, width))


cdef Response _schema_change(Cursor* c):
    cdef SchemaChange out = SchemaChange.__new__(SchemaChange)
    out.change = read_string(c)
    out.target = read_string(c)
    out.keyspace = read_string(c)
    out.name, out.arg_types = _schema_object(c, out.target)
    return out


cdef tuple _schema_object(Cursor* c, str target):
    """What is said after the keyspace (section 4.2.5.5): name and argument types. Unknown targets have neither."""
    if target == "TABLE" or target == "TYPE":
        return read_name(c), ()
    if target == "FUNCTION" or target == "AGGREGATE":
        name = read_name(c)
        return name, tuple(read_string_list(c))
    return None, ()


cdef Response _other(int version, int opcode, Cursor* c):
    if opcode == OP_ERROR:
        return _error(version, c)
    if opcode == OP_READY:
        return Ready.__new__(Ready)
    if opcode == OP_EVENT:
        return _event(c)
    if opcode == OP_SUPPORTED:
        return _supported(c)
    if opcode == OP_AUTHENTICATE:
        return _authenticate(c)
    if opcode == OP_AUTH_CHALLENGE:
        return _auth_challenge(c)
    if opcode == OP_AUTH_SUCCESS:
        return _auth_success(c)
    raise ProtocolError(f"an answer with opcode 0x{opcode:02X}, which none can have")


cdef Response _error(int version, Cursor* c):
    cdef ErrorResponse out = ErrorResponse.__new__(ErrorResponse)
    out.error = read_error(version, _rest(c))
    return out


cdef Response _event(Cursor* c):
    cdef Event out = Event.__new__(Event)
    out.kind = read_string(c)
    out.port = -1
    out.arg_types = ()
    if out.kind == "TOPOLOGY_CHANGE" or out.kind == "STATUS_CHANGE":
        out.change = read_string(c)
        out.address, out.port = _inet(c)
    elif out.kind == "SCHEMA_CHANGE":
        out.change = read_string(c)
        out.target = read_string(c)
        out.keyspace = read_string(c)
        out.name, out.arg_types = _schema_object(c, out.target)
    return out


cdef Response _supported(Cursor* c):
    cdef Supported out = Supported.__new__(Supported)
    out.options = read_string_multimap(c)
    return out


cdef Response _authenticate(Cursor* c):
    cdef Authenticate out = Authenticate.__new__(Authenticate)
    out.authenticator = read_string(c)
    return out


cdef Response _auth_challenge(Cursor* c):
    cdef AuthChallenge out = AuthChallenge.__new__(AuthChallenge)
    out.token = _bytes(c)
    return out


cdef Response _auth_success(Cursor* c):
    cdef AuthSuccess out = AuthSuccess.__new__(AuthSuccess)
    out.token = _bytes(c)
    return out


cdef bytes _bytes(Cursor* c):
    cdef const uint8_t* p
    cdef Py_ssize_t n = read_bytes(c, &p)
    return None if n < 0 else PyBytes_FromStringAndSize(<const char*>p, n)


cdef bytes _short_bytes(Cursor* c):
    cdef const uint8_t* p
    cdef Py_ssize_t n = read_short_bytes(c, &p)
    return PyBytes_FromStringAndSize(<const char*>p, n)


cdef bytes _rest(Cursor* c):
    cdef Py_ssize_t n = c.end - c.p
    return PyBytes_FromStringAndSize(<const char*>take(c, n), n)


cdef tuple _inet(Cursor* c):
    """[inet]: the address as text, and the port."""
    from ipaddress import ip_address

    cdef int n = read_byte(c)
    if n != 4 and n != 16:
        raise ProtocolError(f"an address of {n} bytes")
    address = ip_address(PyBytes_FromStringAndSize(<const char*>take(c, n), n))
    return str(address), read_int(c)


def decode_body(int version, int flags, int opcode, body, RowDecoder known=None, make_decoder=None):
    """`decode_response` for Python callers: tests, tools and the handshake of other transports."""
    cdef bytes held = bytes(body)
    cdef Cursor c = cursor_over(<const uint8_t*>(<char*>held), len(held))
    return decode_response(version, flags, opcode, &c, known, make_decoder)
