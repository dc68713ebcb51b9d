"""The compiled base of `Result`, and the factory that creates results: it runs for each request."""

from cpython.object cimport PyObject, PyTypeObject

from aiocql.execution.dispatcher cimport Execution
from aiocql.protocol.responses cimport Response, RowsResult

from aiocql.monitoring.logs.server_warnings import log_warnings

cdef tuple NOTHING = ()


cdef class ResultBase:
    """The response to one execution, and what is needed to ask for its next page."""

    cdef public list rows
    cdef readonly object _source
    cdef readonly Execution _execution
    cdef readonly Response _response
    cdef readonly object _parameters
    cdef readonly bytes _state


cdef class ResultFactory:
    """Creates results of the class `kind`, without the cost of calling a class. `source` gives their next pages."""

    cdef object source
    cdef object kind

    def __init__(self, source, type kind not None):
        if not issubclass(kind, ResultBase):
            raise TypeError(f"{kind.__name__} is no ResultBase")
        self.source = source
        self.kind = kind

    def make(self, Execution execution not None, Response response not None, parameters, bytes state=None):
        """Return the result of an execution; `state` is where its page begins."""
        cdef ResultBase out = <ResultBase>(<PyTypeObject*>self.kind).tp_new(<type>self.kind, <PyObject*>NOTHING, NULL)
        out._source = self.source
        out._execution = execution
        out._response = response
        out._parameters = parameters
        out._state = state
        out.rows = (<RowsResult>response).rows if isinstance(response, RowsResult) else []
        if response.warnings is not None:
            log_warnings(response.warnings, execution)
        return out
