"""One request: what is sent, who waits for it, and where it stands."""

from libc.stdint cimport int64_t, uint64_t

from aiocql.protocol.deadlines cimport DeadlineList, Link
from aiocql.protocol.responses cimport Response
from aiocql.protocol.row_decoder cimport RowDecoder
from aiocql.nodes.request_counters cimport RequestCounters
from aiocql.protocol.wakeups cimport Wakeups

cdef enum State:
    NEW = 0
    QUEUED = 1
    SENT = 2
    DONE = 3


cdef class Request:
    cdef public int opcode
    cdef public int frame_flags
    cdef public bint raw
    cdef public bint to_owner
    cdef public bytes body
    cdef public RowDecoder decoder
    cdef public object make_decoder
    cdef public object future
    cdef public object owner
    cdef public object context
    cdef public object core
    cdef public object waiting_in    # the line, while it is queued
    cdef readonly int state
    cdef readonly int stream
    cdef public int attempts
    cdef uint64_t serial
    cdef public double started
    cdef public double sent
    cdef public double answered
    cdef public RequestCounters tally
    cdef public object permits
    cdef public object observer
    cdef Link deadline
    cdef Link attempt_deadline

    cdef int complete(self, Response response, Wakeups wakeups) except -1
    cdef int settle(self) except -1
    cpdef int finish(self, result, error) except -1
    cpdef int fail(self, error) except -1
    cpdef int set_result(self, result) except -1
    cpdef int set_exception(self, error) except -1
    cpdef int abandon(self) except -1
    cpdef int release(self) except -1
