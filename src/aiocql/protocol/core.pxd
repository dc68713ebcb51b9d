"""One connection without its socket: bytes in, completed requests out."""

from libc.stdint cimport uint8_t, uint64_t

from aiocql.binary.cursor cimport Cursor
from aiocql.binary.writer cimport Writer
from aiocql.protocol.compression cimport Compressor
from aiocql.nodes.node_counters cimport NodeCounters
from aiocql.protocol.request cimport Request
from aiocql.protocol.segments cimport SegmentHeader
from aiocql.protocol.streams cimport StreamTable
from aiocql.protocol.wakeups cimport Wakeups


cdef class Core:
    cdef readonly int version
    cdef public Compressor compression
    cdef readonly int limit
    cdef readonly int in_flight
    cdef readonly int orphans
    cdef readonly bint closed
    cdef public bint draining
    cdef public bint writable
    cdef public bint reading_paused
    cdef public int notify_at
    cdef public int max_orphans
    cdef public object owner
    cdef public object host
    cdef public object wake
    cdef public Wakeups wakeups
    cdef readonly NodeCounters load
    cdef readonly bint framed
    cdef readonly uint64_t requests
    cdef readonly uint64_t responses
    cdef readonly uint64_t bytes_received
    cdef readonly uint64_t bytes_sent
    cdef readonly double last_read
    cdef StreamTable streams
    cdef Writer out
    cdef Writer sealed
    cdef Writer assembly          # where a divided message is put together
    cdef Writer spare             # takes its place while that message is delivered
    cdef Writer plain             # what was unpacked last
    cdef Writer scratch           # where a body is packed: no code of the user's runs meanwhile
    cdef int delivering           # reads that are walking the buffer, one within the other
    cdef object interrupt         # a KeyboardInterrupt or SystemExit, to be raised when the read is done
    cdef Py_ssize_t unflushed
    cdef bint waking
    cdef bint fully_delivered     # the last read left nothing, and all that it answered went on, or are in `wakeups`
    cdef bint unread              # the walk of the buffer paused: those who wait go on first
    cdef bint large               # the last read went on with a message larger than the usual buffer
    cdef uint64_t flushed
    cdef uint64_t serial
    cdef bytearray buffer
    cdef object whole
    cdef Py_ssize_t begin         # of the buffer: what is before it is done with
    cdef Py_ssize_t used
    cdef Py_ssize_t wanted
    cdef public Py_ssize_t max_frame

    cdef int submit(self, Request request, double now) except -1
    cdef bytes compressed(self, bytes body)
    cdef bint has_room(self) noexcept
    cdef int _buffer(self, Py_ssize_t capacity) except -1
    cdef Py_ssize_t body_size(self, const uint8_t* header) except -1
    cdef int refuse(self, int stream, object error) except -1
    cdef int answered(self, int stream) except -1
    cpdef object get_buffer(self, Py_ssize_t hint)
    cdef int read_turn(self, bint collect) except -1
    cdef int compact(self) except -1
    cdef int shrink(self) except -1
    cdef int run_waiters(self) except -1
    cdef bint is_due(self, double held) noexcept
    cdef bint should_yield(self) noexcept
    cdef int raise_interrupt(self) except -1
    cdef int parse(self, double now) except -1
    cdef int read_envelopes(self, double now) except -1
    cdef Py_ssize_t inner_envelopes(self, const uint8_t* start, Py_ssize_t size, double now) except -1
    cdef int read_segments(self, double now) except -1
    cdef Writer unpacked(self)
    cdef int packed_segment(self, const uint8_t* payload, SegmentHeader* header, double now) except -1
    cdef int segment(self, const uint8_t* p, Py_ssize_t n, bint self_contained, double now) except -1
    cdef int divided_message(self, Py_ssize_t length, double now) except -1
    cdef int envelope(self, const uint8_t* p, Py_ssize_t size, double now) except -1
    cdef int packed_answer(self, int flags, int stream, int opcode, Cursor* packed, double now) except -1
    cdef int answer(self, int version, int flags, int stream, int opcode, Cursor* body, double now) except -1
    cdef int fail_alone(self, Request request, object error) except -1
    cdef int interrupted(self, Request request, object error) except -1
    cdef int deliver(self, Request request, int version, int flags, int opcode, Cursor* body, double now) except -1
