"""What every `Result` holds, and the making of one: for each request, so it is compiled."""

from cpython.object cimport PyObject, PyTypeObject

from aiocql.execution.dispatcher cimport Execution
from aiocql.protocol.responses cimport Response, RowsResult

from aiocql.monitoring.logs.server_warnings import log_warnings

cdef tuple NOTHING = ()


cdef class Answer:
    """The answer to one execution, and what asking for its next page takes. `Answers` makes them."""

    cdef public list rows
    cdef readonly object _session
    cdef readonly Execution _execution
    cdef readonly Response _response
    cdef readonly object _parameters
    cdef readonly bytes _state


cdef class Answers:
    """Makes the results of a session, of the class `kind`; without what a call of a class costs."""

    cdef object session
    cdef object kind

    def __init__(self, session, type kind not None):
        if not issubclass(kind, Answer):
            raise TypeError(f"{kind.__name__} is no Answer")
        self.session = session
        self.kind = kind

    def make(self, Execution execution not None, Response response not None, parameters, bytes state=None):
        """The result of an execution; `state` is where its page begins."""
        cdef Answer out = <Answer>(<PyTypeObject*>self.kind).tp_new(<type>self.kind, <PyObject*>NOTHING, NULL)
        out._session = self.session
        out._execution = execution
        out._response = response
        out._parameters = parameters
        out._state = state
        out.rows = (<RowsResult>response).rows if isinstance(response, RowsResult) else []
        if response.warnings is not None:
            log_warnings(response.warnings, execution)
        return out
