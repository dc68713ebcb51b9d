"""What an answer says, decoded: one class for each kind of message (native protocol v5, section 4.2)."""

from aiocql.binary.cursor cimport Cursor
from aiocql.protocol.row_decoder cimport RowDecoder


cdef class Response:
    cdef readonly int opcode
    cdef readonly int version            # of the answer's header: a server's own where it refuses ours
    cdef readonly list warnings          # of str, or None
    cdef readonly dict custom_payload    # name -> bytes or None, or None
    cdef readonly bytes tracing_id       # 16 bytes, or None


cdef class Ready(Response):
    pass


cdef class Authenticate(Response):
    cdef readonly str authenticator


cdef class AuthChallenge(Response):
    cdef readonly bytes token


cdef class AuthSuccess(Response):
    cdef readonly bytes token


cdef class Supported(Response):
    cdef readonly dict options           # name -> list of str


cdef class Event(Response):
    cdef readonly str kind
    cdef readonly str change
    cdef readonly str address            # TOPOLOGY_CHANGE and STATUS_CHANGE, else None
    cdef readonly int port               # with the address, else -1
    cdef readonly str target             # SCHEMA_CHANGE, as the next three
    cdef readonly str keyspace
    cdef readonly str name
    cdef readonly tuple arg_types


cdef class ErrorResponse(Response):
    cdef readonly object error           # an aiocql.errors.ServerError


cdef class Result(Response):
    pass


cdef class VoidResult(Result):
    pass


cdef class RowsResult(Result):
    cdef readonly list rows
    cdef readonly RowDecoder decoder
    cdef readonly bytes paging_state     # None on the last page
    cdef readonly object metadata        # ResultMetadata where the answer carried it, else None
    cdef readonly bytes new_metadata_id  # v5: the statement's result metadata has changed to `metadata`
    cdef readonly bint has_new_metadata           # `metadata` is not what was known when the request was sent


cdef class SetKeyspace(Result):
    cdef readonly str keyspace


cdef class Prepared(Result):
    cdef readonly bytes id
    cdef readonly bytes result_metadata_id  # v5, else None
    cdef readonly tuple bind_columns        # of Column
    cdef readonly tuple pk_indexes          # places of the partition key among bind_columns; empty on v3
    cdef readonly object result_metadata    # ResultMetadata


cdef class SchemaChange(Result):
    cdef readonly str change
    cdef readonly str target
    cdef readonly str keyspace
    cdef readonly str name               # of the table, type, function or aggregate, else None
    cdef readonly tuple arg_types        # of a function or aggregate, else ()


cdef Response decode_response(
    int version, int flags, int opcode, Cursor* body, RowDecoder known, object make_decoder
)
