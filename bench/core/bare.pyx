"""Binds, sends, and gives the future: the least that the compiled core can do for a request."""

from aiocql.binary.writer cimport Writer
from aiocql.statements.prepared cimport BoundKey, PreparedStatement
from aiocql.protocol.constants cimport OP_EXECUTE
from aiocql.protocol.core cimport Core
from aiocql.protocol.request cimport Request
from aiocql.protocol.requests cimport QueryParameters, write_execute
from aiocql.protocol.streams cimport StreamTable


cdef class Caller:
    """Executes one prepared statement on one connection."""

    cdef Core core
    cdef PreparedStatement statement
    cdef QueryParameters parameters
    cdef object create_future
    cdef Writer values, key, body

    def __init__(self, Core core, PreparedStatement statement, QueryParameters parameters, loop):
        self.core = core
        self.statement = statement
        self.parameters = parameters
        self.create_future = loop.create_future
        self.values, self.key, self.body = Writer(4096), Writer(256), Writer(4096)

    def execute(self, values):
        """The future of the answer."""
        cdef BoundKey routing
        cdef PreparedStatement statement = self.statement
        cdef Request request = Request.__new__(Request)
        self.values.truncate(0)
        self.body.truncate(0)
        statement.bind(values, self.values, self.key, &routing)
        write_execute(self.body, self.core.version, statement.id, statement.result_metadata_id, self.parameters,
                      <int>statement.width, self.values.data, self.values.size)
        request.opcode = OP_EXECUTE
        request.body = self.body.take_bytes()
        request.decoder = statement.decoder
        request.future = self.create_future()
        self.core.submit(request, 0.0)
        return request.future


def stream_rounds(StreamTable table, holder, Py_ssize_t rounds):
    """Takes a stream id and gives it back, so often: as `Core` does, without a call from Python for each."""
    cdef Py_ssize_t i
    for i in range(rounds):
        table.give_back(table.take(holder))
