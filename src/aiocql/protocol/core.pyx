"""The sans-IO connection.

Theory of operation. The owner (the asyncio protocol) asks for a buffer, lets the transport fill it and calls
`received`, then `resume_waiters`; every complete answer in it is matched with its request by stream id, decoded and
completed, in one walk, which pauses where so many have their answers that their tasks go on first
(`aiocql.protocol.wakeups`).
`submit` takes a stream id and appends the envelope to the output; `wake` is called once when there is something to
write, and `take_output` gives all of it as one bytes object that is never touched again.

Rules:

- an answer on a stream id that nobody holds is a protocol error: the connection is not to be trusted any more;
- a request that nobody waits for any more keeps its id until its answer came (an orphan), and counts as load;
- what the peer announces is compared with `max_frame` before anything is allocated for it;
- any `ProtocolError` that leaves `received` means: close the connection;
- decoding an answer runs the user's code (codecs, row factories, retry policies), which may send requests and, with a
  loop that can be entered again, read from this very connection. Before an answer is delivered, `begin` is past it;
  while one is (`delivering`), the bytes that are being read stay as they are: nothing is moved within `buffer`, and a
  read within that read takes other buffers than `plain` and `message`.

Until the answer to STARTUP, v5 is unframed like v4 (native protocol v5, section 2.3.1); `READY` and `AUTHENTICATE`
switch both directions to segments, here, within the same read.
"""

from cpython.bytes cimport PyBytes_GET_SIZE, PyBytes_AS_STRING
from libc.string cimport memcpy, memmove
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from aiocql.binary.cursor cimport Cursor, cursor_over, load16, load32
from aiocql.binary.writer cimport Writer, store16, store32
from aiocql.protocol.compression cimport Compressor
from aiocql.nodes.node_counters cimport NodeCounters
from aiocql.protocol.request cimport DONE, NEW, SENT, Request
from aiocql.protocol.responses cimport ErrorResponse, Response, decode_response
from aiocql.protocol.segments cimport SegmentHeader, check_payload, open_payload, read_segment_header, seal
from aiocql.protocol.streams cimport StreamTable

from aiocql.errors import (
    BusyConnection,
    ConnectionLost,
    DecodeError,
    EncodeError,
    FrameTooLarge,
    InterfaceError,
    ProtocolError,
    UnsupportedProtocolVersion,
)

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    HEADER = 9
    READ_BUFFER = 65536
    ASSEMBLY = 1024
    KEPT_BUFFER = 1048576
    WRITE_BUFFER = 65536
    RESERVED = 16
    MAX_BODY = 0x7fffffff  # a length is a signed number of 32 bits
    FLAG_COMPRESSION = 0x01
    OP_ERROR = 0x00
    OP_STARTUP = 0x01
    OP_READY = 0x02
    OP_AUTHENTICATE = 0x03
    OP_OPTIONS = 0x05
    OP_EVENT = 0x0C

DEFAULT_MAX_FRAME = 256 * 1024 * 1024

cdef double WRITE_WITHIN = 0.001  # seconds: what was sent is held back no longer while other tasks have their turn
cdef double IDLE_WITHIN = 0.00015  # and no longer than this where the server has nothing else of this connection to do


class _Orphan:
    """Holds a stream id whose request was given up."""

    def __repr__(self):
        return "ORPHAN"


cdef object ORPHAN = _Orphan()


cdef int check_body_size(Py_ssize_t size) except -1:
    if size > MAX_BODY:
        raise EncodeError(
            f"a message of {size} bytes where the protocol allows 2^31 - 1", hint="divide it over several requests")
    return 0


cdef double monotonic() noexcept:
    cdef timespec ts
    clock_gettime(CLOCK_MONOTONIC, &ts)
    return <double>ts.tv_sec + <double>ts.tv_nsec * 1e-9


cdef class Core:
    """One connection's state: streams, buffers, counters.

    `limit` is how many requests it takes at once (the driver's own few, such as heartbeats, may go beyond);
    `max_frame` is the largest message accepted, in bytes.
    """

    def __init__(self, int version, *, int limit=1024, Py_ssize_t max_frame=DEFAULT_MAX_FRAME,
                 Compressor compression=None, NodeCounters load=None, owner=None, host=None, wake=None):
        self.version = version
        self.limit = limit
        self.max_frame = max_frame
        self.compression = compression
        self.load = load if load is not None else NodeCounters()
        self.owner = owner
        self.host = host
        self.wake = wake
        self.writable = True
        self.notify_at = -1
        self.max_orphans = max(limit // 4, 1)
        self.streams = StreamTable(min(limit + RESERVED, 32768))
        self.out = Writer(4096)
        self.out.limit = PY_SSIZE_T_MAX
        self.scratch = Writer(1024)
        self.sealed = Writer(1024)
        self.sealed.limit = PY_SSIZE_T_MAX
        self.plain = Writer(ASSEMBLY)
        self.assembly = Writer(ASSEMBLY)
        self.buffer = bytearray(READ_BUFFER)
        self.whole = memoryview(self.buffer)

    # --- sending ---------------------------------------------------------------------------------------------

    cdef bint has_room(self) noexcept:
        return (self.in_flight < self.limit and self.writable and not self.reading_paused
                and not self.draining and not self.closed)

    cdef int submit(self, Request request, double now) except -1:
        """Send a request.

        Raises:
            EncodeError: its body is longer than a message can be.
            BusyConnection: no stream id is free.
            ConnectionLost: the connection is closed.
        """
        cdef int stream, flags = request.frame_flags
        cdef Py_ssize_t size
        cdef uint8_t* p
        cdef bytes body = request.body
        if self.closed:
            raise _lost_before_sending(self.host)
        check_body_size(PyBytes_GET_SIZE(body))
        if self.compression is not None and self.version < 5 and request.opcode != OP_STARTUP \
                and request.opcode != OP_OPTIONS and len(body):
            body = self.compressed(body)
            check_body_size(PyBytes_GET_SIZE(body))
            flags |= FLAG_COMPRESSION
        stream = self.streams.take(request)
        if stream < 0:
            raise BusyConnection(f"all {self.streams.capacity} stream ids of the connection are in use", host=self.host)
        size = PyBytes_GET_SIZE(body)
        p = self.out.reserve(HEADER + size)
        p[0] = <uint8_t>self.version
        p[1] = <uint8_t>flags
        store16(p + 2, stream)
        p[4] = <uint8_t>request.opcode
        store32(p + 5, <unsigned int>size)
        memcpy(p + HEADER, PyBytes_AS_STRING(body), size)
        request.stream = stream
        request.state = SENT
        request.core = self
        request.sent = now
        request.attempts += 1
        self.serial += 1
        request.serial = self.serial
        self.in_flight += 1
        self.load.in_flight += 1
        if self.load.in_flight > self.load.peak_in_flight:
            self.load.peak_in_flight = self.load.in_flight
        self.requests += 1
        self.load.requests += 1
        if not self.waking:
            self.waking = True
            self.wake(False)
        elif self.out.size - self.unflushed >= WRITE_BUFFER:
            self.unflushed = self.out.size
            self.wake(True)
        return 0

    cdef bytes compressed(self, bytes body):
        self.scratch.clear()
        self.compression.compress(self.scratch, <const uint8_t*>PyBytes_AS_STRING(body), len(body))
        return self.scratch.take_bytes()

    def send(self, Request request, double now=0.0):
        """`submit`, for callers in Python."""
        self.submit(request, now)

    def take_output(self):
        """All that is to be written, once; in segments where the version has them."""
        cdef bytes data
        self.waking = False
        self.unflushed = 0
        if self.out.size == 0:
            return b""
        self.flushed = self.serial
        if self.framed:
            seal(self.sealed, self.out.data, self.out.size, self.compression is not None)
            self.out.clear()
            data = self.sealed.take_bytes()
        else:
            data = self.out.take_bytes()
        self.bytes_sent += len(data)
        self.load.bytes_sent += len(data)
        self.load.writes += 1
        return data

    @property
    def output_size(self):
        """Bytes that wait to be written."""
        return self.out.size

    def orphan(self, Request request not None):
        """The request was given up: its id stays in use until the answer comes."""
        if request.stream < 0:
            return
        self.streams.replace(request.stream, ORPHAN)
        request.stream = -1
        self.orphans += 1
        self.load.orphaned += 1
        if self.owner is None:
            return
        if self.draining:
            # Nobody else may be waited for: then no answer will come that could tell.
            if self.in_flight == self.orphans:
                self.owner.on_capacity()
        elif self.orphans > self.max_orphans:
            self.owner.on_orphan_limit()

    # --- receiving -------------------------------------------------------------------------------------------

    cpdef object get_buffer(self, Py_ssize_t hint):
        """Where the transport is to put what it reads: never empty."""
        cdef Py_ssize_t capacity = len(self.buffer)
        if self.delivering:
            if self.used == capacity:
                self._buffer(capacity * 2)
            return self.whole[self.used:]
        if self.begin:
            self.compact()
        if self.used == 0:
            if capacity > KEPT_BUFFER:
                self._buffer(READ_BUFFER)
            return self.whole
        if self.wanted > capacity or self.used == capacity:
            # A message larger than the buffer: the buffer doubles as its bytes come, whatever was announced.
            self._buffer(min(max(self.wanted, capacity + 1), capacity * 2))
        return self.whole[self.used:]

    cdef int _buffer(self, Py_ssize_t capacity) except -1:
        cdef bytearray larger = bytearray(capacity)
        larger[:self.used] = self.whole[:self.used]
        self.buffer = larger
        self.whole = memoryview(larger)
        return 0

    def received(self, Py_ssize_t n, double now=0.0):
        """The transport has put `n` bytes into the buffer: completes every answer in them.

        `resume_waiters` is to follow: those who waited for the answers have not had their turn yet.
        """
        if n < 0 or self.used + n > len(self.buffer):
            raise ValueError("more bytes than the buffer holds")
        self.used += n
        self.bytes_received += n
        self.load.bytes_received += n
        self.last_read = now
        self.large = self.wanted > READ_BUFFER
        self.fully_delivered = True
        self.read_turn(True)

    cdef int read_turn(self, bint collect) except -1:
        """Completes the answers in the buffer: all, or, to `collect` those who wait, as many as may go on at once."""
        cdef uint64_t answered = self.responses
        self.unread = False
        if self.wakeups is not None and collect:
            self.wakeups.begin()
        self.delivering += 1
        try:
            self.parse(self.last_read)
        except BaseException:
            if self.wakeups is not None:
                self.wakeups.leave_to_loop()
            raise
        finally:
            self.delivering -= 1
        if not self.unread and not self.delivering:
            self.compact()
        if self.in_flight <= self.notify_at and not self.closed:
            self.owner.on_capacity()
        self.fully_delivered = (
            self.fully_delivered and self.wakeups is not None and not self.wakeups.running
            and (self.unread or self.used == 0)
            and self.responses - answered == <uint64_t>len(self.wakeups.waiting)
        )
        if self.interrupt is not None:
            self.raise_interrupt()
        return 0

    cdef int raise_interrupt(self) except -1:
        """Raise what was to end the program, now that every answer has reached its request."""
        interrupt, self.interrupt = self.interrupt, None
        try:
            if self.wakeups is not None:
                self.wakeups.leave_to_loop()
            if self.unread:
                self.read_turn(False)
        finally:
            raise interrupt

    cdef int compact(self) except -1:
        """Moves what is not done with to the beginning of the buffer."""
        cdef char* start
        if self.begin == 0:
            return 0
        start = self.buffer
        self.used -= self.begin
        if self.used:
            memmove(start, start + self.begin, self.used)
        elif not self.large:
            self.shrink()
        self.begin = 0
        return 0

    cdef int shrink(self) except -1:
        """Pages come after one another: what a large answer needed is kept until one comes that needed less."""
        if len(self.buffer) > READ_BUFFER:
            self._buffer(READ_BUFFER)
        if self.assembly.size == 0:
            self.assembly.clear()
        return 0

    def resume_waiters(self):
        """Those who got their answers go on, and those whose answers are still in the buffer after them.

        True where all who waited for what was read have had their turn, and nothing is left of it.
        """
        while self.wakeups is not None and not self.wakeups.running and self.wakeups.waiting:
            try:
                self.run_waiters()
            except BaseException:
                if self.unread:
                    self.read_turn(False)
                raise
            if self.unread:
                self.read_turn(True)
        return self.fully_delivered

    cdef int run_waiters(self) except -1:
        """Those who got their answers go on; what they send is written together.

        Where that takes them long, what there is by then is written: the server works on it while the others go on.
        """
        cdef bint waking = self.waking
        cdef double begun = monotonic()
        self.waking = True
        self.wakeups.begin_running()
        try:
            while self.wakeups.run_next():
                if self.out.size and self.is_due(monotonic() - begun):
                    self.wake(True)
                    self.waking = True
                    begun = monotonic()
        finally:
            self.wakeups.end_running()
            if self.out.size:
                self.wake(True)
            else:
                self.waking = waking
        return 0

    cdef bint is_due(self, double held) noexcept:
        """What was sent is to be written, though more may come. Each write costs as much as a few requests, and more
        where it wakes a server on this very machine: a busy one is not woken early."""
        if held > WRITE_WITHIN:
            return True
        return held > IDLE_WITHIN and <uint64_t>self.in_flight <= self.serial - self.flushed

    def feed(self, data, double now=0.0):
        """`received` and `resume_waiters` for bytes at hand, in as many steps as the buffer needs."""
        cdef Py_ssize_t at = 0, n
        view = memoryview(data)
        while at < len(view):
            room = self.get_buffer(-1)
            n = min(len(room), len(view) - at)
            room[:n] = view[at:at + n]
            at += n
            self.received(n, now)
            self.resume_waiters()

    cdef int parse(self, double now) except -1:
        """Walk the buffer once, from `begin` on."""
        self.wanted = 0
        if not self.framed:
            self.read_envelopes(now)
        if self.framed and not self.unread:
            self.read_segments(now)
        if self.closed:
            self.begin = self.used
        return 0

    cdef int read_envelopes(self, double now) except -1:
        """Deliver the envelopes in the buffer: v3 and v4, and v5 up to the answer to STARTUP."""
        cdef bytearray held
        cdef const uint8_t* start
        cdef Py_ssize_t size
        while self.used - self.begin >= HEADER and not self.closed and not self.framed:
            # A read within this one may replace the buffer, or be done with more of it: nothing is kept but `held`.
            held = self.buffer
            start = <const uint8_t*><char*>held + self.begin
            size = HEADER + self.body_size(start)
            if self.used - self.begin < size:
                self.wanted = size
                break
            self.begin += size
            self.envelope(start, size, now)
            if not self.framed and self.should_yield():
                break
        return 0

    cdef Py_ssize_t inner_envelopes(self, const uint8_t* start, Py_ssize_t size, double now) except -1:
        """Deliver the envelopes of a segment. Return how many bytes they take."""
        cdef Py_ssize_t at = 0, length
        while size - at >= HEADER and not self.closed:
            length = self.body_size(start + at)
            if size - at < HEADER + length:
                break
            self.envelope(start + at, HEADER + length, now)
            at += HEADER + length
        return size if self.closed else at

    cdef bint should_yield(self) noexcept:
        """So many wait for their turn that they are to have it before more is read: `unread` is set then."""
        if self.wakeups is not None and self.wakeups.is_full():
            self.unread = True
        return self.unread

    cdef Py_ssize_t body_size(self, const uint8_t* header) except -1:
        """The announced body size of the envelope at `header`, within the limit."""
        cdef unsigned int length
        if not header[0] & 0x80:
            raise ProtocolError(
                f"not an answer of a Cassandra server: it begins with byte 0x{header[0]:02x}", host=self.host,
                hint="is this the native transport port (9042 by default)?")
        if (header[0] & 0x7f) < 3:
            raise UnsupportedProtocolVersion(
                f"the server speaks protocol v{header[0] & 0x7f}, the driver v3 and later", host=self.host,
                hint="Cassandra 2.1 was the first with v3")
        length = load32(header + 5)
        if length > self.max_frame:
            error = FrameTooLarge(
                f"a message of {length} bytes announced, {self.max_frame} allowed", host=self.host,
                hint="raise max_frame_size, or ask for smaller pages")
            self.refuse(<short>load16(header + 2), error)
            raise error
        return length

    cdef int answered(self, int stream) except -1:
        """The stream's answer is here: its id is free, and what it was given to is in flight no more."""
        self.streams.give_back(stream)
        self.in_flight -= 1
        self.load.in_flight -= 1
        return 0

    cdef int refuse(self, int stream, object error) except -1:
        """Fails the request of an answer that is not read. Any host would answer it so: it is not sent to another."""
        cdef object holder = self.streams.at(stream) if stream >= 0 else None
        if holder is None or holder is ORPHAN:
            return 0
        self.answered(stream)
        self.load.errors += 1
        (<Request>holder).stream = -1
        (<Request>holder).fail(error)
        return 0

    cdef int read_segments(self, double now) except -1:
        """Deliver what the segments in the buffer hold: v5."""
        cdef Py_ssize_t whole
        cdef SegmentHeader header
        cdef bytearray held
        cdef const uint8_t* start
        cdef bint lz4 = self.compression is not None
        while self.used > self.begin and not self.closed:
            held = self.buffer
            start = <const uint8_t*><char*>held + self.begin
            whole = read_segment_header(start, self.used - self.begin, lz4, &header)
            if whole == 0:
                break
            if self.used - self.begin < whole:
                self.wanted = whole
                break
            check_payload(start + header.size, &header)
            self.begin += whole
            if header.plain_size:
                self.packed_segment(start + header.size, &header, now)
            else:
                self.segment(start + header.size, header.wire_size, header.self_contained, now)
            if self.should_yield():
                break
        return 0

    cdef Writer unpacked(self):
        """An empty buffer for what is unpacked: of the connection, or a new one for a read within a read."""
        if self.delivering > 1:
            return Writer(ASSEMBLY)
        self.plain.clear()
        return self.plain

    cdef int packed_segment(self, const uint8_t* payload, SegmentHeader* header, double now) except -1:
        cdef Writer plain = self.unpacked()
        open_payload(plain, payload, header)
        return self.segment(plain.data, plain.size, header.self_contained, now)

    cdef int segment(self, const uint8_t* p, Py_ssize_t n, bint self_contained, double now) except -1:
        """The payload of one segment: whole envelopes, or a part of one."""
        cdef Py_ssize_t length
        if self_contained:
            if self.assembly.size:
                raise ProtocolError("a self-contained segment in the middle of a divided message", host=self.host)
            if self.inner_envelopes(p, n, now) != n:
                raise ProtocolError("a self-contained segment ends within a message", host=self.host)
            return 0
        self.large = True
        self.assembly.put_raw(p, n)
        if self.assembly.size < HEADER:
            return 0
        length = HEADER + self.body_size(self.assembly.data)
        if self.assembly.size > length:
            raise ProtocolError("a divided message is longer than announced", host=self.host)
        if self.assembly.size == length:
            self.divided_message(length, now)
        return 0

    cdef int divided_message(self, Py_ssize_t length, double now) except -1:
        """Deliver the message in `assembly`. The next one is put together elsewhere if it comes meanwhile."""
        cdef Writer message = self.assembly
        self.assembly = self.spare if self.spare is not None else Writer(ASSEMBLY)
        self.spare = None
        self.envelope(message.data, length, now)
        if self.assembly.size == 0:
            self.spare = self.assembly
            self.assembly = message
            message.truncate(0)
            if length > KEPT_BUFFER:
                message.clear()
        return 0

    cdef int envelope(self, const uint8_t* p, Py_ssize_t size, double now) except -1:
        cdef int version = p[0] & 0x7f, flags = p[1], opcode = p[4]
        cdef int stream = <short>load16(p + 2)
        cdef Cursor body = cursor_over(p + HEADER, size - HEADER)
        if version != self.version and not (opcode == OP_ERROR and self.responses == 0):
            raise ProtocolError(f"an answer in protocol v{version} on a v{self.version} connection", host=self.host)
        if flags & FLAG_COMPRESSION and version < 5:
            return self.packed_answer(flags, stream, opcode, &body, now)
        return self.answer(version, flags, stream, opcode, &body, now)

    cdef int packed_answer(self, int flags, int stream, int opcode, Cursor* packed, double now) except -1:
        """Unpack the body of an envelope, and deliver it. Its memory is given back: the connection may idle now."""
        cdef Writer plain = self.unpacked()
        cdef Cursor body
        if self.compression is None:
            raise ProtocolError("a compressed message on a connection without compression", host=self.host)
        try:
            self.compression.decompress(plain, packed.p, packed.end - packed.p, self.max_frame)
        except FrameTooLarge as error:
            self.refuse(stream, error)
            raise
        body = cursor_over(plain.data, plain.size)
        try:
            return self.answer(self.version, flags, stream, opcode, &body, now)
        finally:
            plain.clear()

    cdef int answer(self, int version, int flags, int stream, int opcode, Cursor* body, double now) except -1:
        """Find the request that the answer is for."""
        cdef object holder
        if stream < 0:
            if stream != -1 or opcode != OP_EVENT:
                raise ProtocolError(f"an answer with opcode 0x{opcode:02x} on stream {stream}", host=self.host)
            self.owner.on_event(decode_response(version, flags, opcode, body, None, None))
            return 0
        holder = self.streams.at(stream)
        if holder is None:
            raise ProtocolError(f"an answer on stream {stream}, which nobody waits on", host=self.host)
        self.answered(stream)
        self.responses += 1
        self.load.responses += 1
        self.load.last_response = now
        if holder is ORPHAN:
            self.orphans -= 1
            return 0
        return self.deliver(<Request>holder, version, flags, opcode, body, now)

    cdef int deliver(self, Request request, int version, int flags, int opcode, Cursor* body, double now) except -1:
        """Decode the answer for its request.

        A value that cannot be decoded fails the request alone, and so does whatever the user's code raises.
        """
        cdef Response response
        request.stream = -1
        request.answered = now
        self.load.record(now - request.sent)
        if self.version >= 5 and not self.framed and (opcode == OP_READY or opcode == OP_AUTHENTICATE):
            self.framed = True
        try:
            response = decode_response(version, flags, opcode, body, request.decoder, request.make_decoder)
        except (DecodeError, InterfaceError) as error:
            # Bytes that are no such value, or a shape that the columns do not fit: this request's own trouble.
            return self.fail_alone(request, _placed(error, self.host))
        except MemoryError as error:
            return self.fail_alone(request, error)
        except Exception as error:
            request.fail(_broken(error, self.host))
            raise
        except BaseException as error:
            return self.interrupted(request, error)
        if opcode == OP_ERROR:
            self.load.errors += 1
            (<ErrorResponse>response).error.host = self.host
        try:
            return request.complete(response, self.wakeups)
        except Exception:
            raise
        except BaseException as error:
            return self.interrupted(request, error)

    cdef int fail_alone(self, Request request, object error) except -1:
        """Fail a request whose stream id is given back already: there is none to leave behind as an orphan."""
        self.load.errors += 1
        request.state = NEW if request.state != DONE else DONE
        request.set_exception(error)
        return 0

    cdef int interrupted(self, Request request, object error) except -1:
        """The user's code raised what is no Exception. Fail the request, and go on with the answers of others.

        What is to end the program (KeyboardInterrupt, SystemExit) is raised at the end of the read.
        """
        if isinstance(error, (KeyboardInterrupt, SystemExit)) and self.interrupt is None:
            self.interrupt = error
        failure = DecodeError(f"code that runs while an answer is read raised {type(error).__name__}")
        failure.__cause__ = error
        return self.fail_alone(request, _placed(failure, self.host))

    # --- ending ----------------------------------------------------------------------------------------------

    def fail_all(self, make_error):
        """The connection is over: every request gets `make_error(maybe_sent)`. No stream id is used afterwards."""
        cdef Request request
        cdef object interrupt = None
        if self.closed:
            return
        self.closed = True
        self.load.in_flight -= self.in_flight
        self.in_flight = 0
        self.orphans = 0
        self.out.clear()
        for stream, holder in self.streams.holders():
            self.streams.give_back(stream)
            if holder is not ORPHAN:
                request = holder
                request.stream = -1
                try:
                    request.fail(make_error(request.serial <= self.flushed))
                except (KeyboardInterrupt, SystemExit) as error:
                    interrupt = error  # every request gets its error first
        if interrupt is not None:
            raise interrupt

    @property
    def read_buffer(self):
        """Bytes of what is read now: the buffer, and the one where divided messages are put together."""
        return len(self.buffer) + (self.assembly.capacity if self.assembly.capacity > ASSEMBLY else 0)

    @property
    def pending(self):
        """Requests whose answers are awaited, without orphans."""
        return self.in_flight - self.orphans

    def __repr__(self):
        return f"<Core v{self.version} {self.in_flight}/{self.limit} in flight, {self.orphans} orphans>"


def _placed(error, host):
    error.host = host
    return error


def _broken(error, host):
    if isinstance(error, ProtocolError):
        error.host = host
        return error
    out = ProtocolError(f"an answer that cannot be read: {type(error).__name__}: {error}", host=host)
    out.__cause__ = error
    return out


def _lost_before_sending(host):
    error = ConnectionLost("the connection was closed before the request could be sent", host=host)
    error.maybe_sent = False
    return error
