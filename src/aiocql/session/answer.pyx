"""What every `Result` holds. It is made for each request, so its making is compiled."""

from aiocql.session.dispatcher cimport Execution
from aiocql.wire.responses cimport Response, RowsResult

from aiocql.session.warnings import log_warnings


cdef class Answer:
    """The answer to one execution, and what asking for its next page takes."""

    cdef public list rows
    cdef readonly object _session
    cdef readonly Execution _execution
    cdef readonly Response _response
    cdef readonly object _parameters
    cdef readonly bytes _state

    def __init__(self, session, Execution execution not None, Response response not None, parameters,
                 bytes state=None):
        self._session = session
        self._execution = execution
        self._response = response
        self._parameters = parameters
        self._state = state
        self.rows = (<RowsResult>response).rows if isinstance(response, RowsResult) else []
        if response.warnings is not None:
            log_warnings(response.warnings, execution)
