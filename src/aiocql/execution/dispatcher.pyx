"""Binding, routing and sending: what every request goes through, and nothing that only some do.

`start`, `start_batch` and `start_body` give an `Execution` whose future the caller awaits. From then on everything that
is not an ordinary response goes to the other half (`executor.py`): errors, timeouts, other kinds of results. A request
that cannot be sent at all raises here, before anything was sent.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject_Call
from cpython.pythread cimport PyThread_get_thread_ident
from cpython.contextvars cimport get_value_no_default
from posix.time cimport CLOCK_MONOTONIC, CLOCK_REALTIME, clock_gettime, timespec

from aiocql.statements.batch cimport BatchStatement
from aiocql.binary.writer cimport Writer
from aiocql.nodes.host cimport Host
from aiocql.policies.load_balancing cimport IteratorPlan, Plan
from aiocql.pool.selector cimport ConnectionSelector
from aiocql.statements.prepared cimport BoundKey, PreparedStatement
from aiocql.protocol.request cimport DONE, SENT
from aiocql.protocol.constants cimport FLAG_CUSTOM_PAYLOAD, FLAG_TRACING, OP_BATCH, OP_EXECUTE, OP_PREPARE
from aiocql.protocol.core cimport Core
from aiocql.protocol.requests cimport write_batch_head
from aiocql.types.items cimport items_of
from aiocql.nodes.request_counters cimport RequestCounters

from aiocql.enums import BatchType
from aiocql.errors import Error, WrongContext
from aiocql.execution.errors import (
    foreign_statement, no_host_available, policy_failed, request_closed, session_closed,
)
from aiocql.statements.prepared import is_use

cdef object Future = asyncio.Future
cdef object COUNTER = BatchType.COUNTER

cdef enum:
    KEPT_VALUES = 65536  # bytes: a statement with larger values does not leave its buffer behind

cdef int _generation = 0


cdef object copied(object parameters):
    """Return the parameters, in a list or dict that nobody else has."""
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return items_of(parameters) if isinstance(parameters, list) else parameters


def _forked():
    global _generation
    _generation += 1


os.register_at_fork(after_in_child=_forked)


cdef class ResolvedOptions:
    """All options of one execution, resolved: what the call, the statement, the profile and the session say."""


cdef class Execution(Request):
    """One `execute`: the request with its statement, options, query plan and what was tried. Awaited, its answer."""

    def __await__(self):
        return self.future.__await__() if type(self.future) is not Future else iter(self.future)

    def leave(self, int state):
        """A USE that is given up may yet change the keyspace of its connection: another one takes its place."""
        cdef object core = self.core
        Request.leave(self, state)
        if state == SENT and self.opcode != OP_PREPARE and is_use(self.statement.query):
            core.owner.replace()


cdef Py_ssize_t write_nulls(Writer values, Py_ssize_t width) except -1:
    """Write a null for each value; return their number."""
    for _ in range(width):
        values.put_int(-1)
    return width


cdef inline int fill(Execution e, PreparedStatement statement, object parameters, ResolvedOptions options, bytes body,
                     BoundKey* routing) except -1:
    """Set what an execution has of its prepared statement and its options."""
    if options.custom_payload is not None:
        e.frame_flags |= FLAG_CUSTOM_PAYLOAD
    e.body = body
    e.parameters = parameters
    e.decoder = statement.decoder
    e.make_decoder = options.row_factory
    e.is_lwt = statement.is_lwt
    e.idempotent = statement.is_select if options.idempotent < 0 else options.idempotent
    e.routing_keyspace = statement.keyspace
    e.token = routing.token
    e.has_token = routing.known
    return 0


cdef class Dispatcher:
    """Sends executions: the compiled half of the `RequestExecutor`, which is the owner of what is sent here.

    `current` holds the snapshot that requests are routed by. `arm` sees to it that a deadline list is looked at when it
    is due. Statements whose `origin` is not `identity` were prepared by another session.

    `tally` counts the requests. `throttle` (see `execution/throttling.py`) may hold them back.
    `observer.began(execution)` is called for a share `sample_rate` of them, and for all that have a parent: where the
    context variable `parent_context` holds something.
    """

    def __init__(self, loop, arm, CurrentSnapshot current not None, int version, identity):
        self.loop = loop
        self.time = loop.time
        self.own_clock = sys.platform == "linux" and type(loop).time is asyncio.BaseEventLoop.time
        self.makes_futures = type(loop).create_future is not asyncio.BaseEventLoop.create_future
        self.future_arguments = {"loop": loop}
        self.thread = PyThread_get_thread_ident()
        self.thread_id = self.thread
        self.tells_thread = hasattr(loop, "_thread_id")
        self.current_task = asyncio.current_task
        self.arm = arm
        self.current = current
        self.version = version
        self.identity = identity
        self.values = Writer(4096)
        self.key = Writer(256)
        self.body = Writer(4096)
        self.tally = RequestCounters()
        self.tally.clock = loop.time
        self.sample_rate = 1.0
        self.generation = _generation

    cdef int check(self) except -1:
        """Raise where the session is closed, or not used where it was made."""
        if self.is_closed:
            raise session_closed()
        return self.check_place()

    cdef int check_place(self) except -1:
        """The process, the thread and the event loop are those that the session was made in."""
        if self.generation != _generation:
            raise WrongContext(
                "this session was made before a fork", hint="connect in the child process, after the fork")
        # A loop of asyncio's knows the thread that runs it; of another one a task that runs tells as much. Asking for
        # the running loop is a system call on Python 3.11, at a tenth of what a request costs.
        if PyThread_get_thread_ident() == self.thread:
            if self.tells_thread:
                if self.loop._thread_id == self.thread_id:
                    return 0
            elif self.current_task(self.loop) is not None:
                return 0
        try:
            if asyncio.get_running_loop() is self.loop:
                return 0
        except RuntimeError:
            raise WrongContext(
                "no event loop runs in this thread, and a session belongs to the loop that it was made in",
                hint="asyncio.run_coroutine_threadsafe(..., loop) asks from another thread") from None
        raise WrongContext("this session belongs to another event loop", hint="make one session per event loop")

    cdef object new_future(self):
        """A future of the loop; without the frame of Python that asyncio's own method is."""
        if self.makes_futures:
            return self.loop.create_future()
        return PyObject_Call(Future, (), self.future_arguments)

    def verify(self):
        """`check`, for callers in Python."""
        self.check()

    def verify_place(self):
        """`check_place`, for what a closed session allows."""
        self.check_place()

    cdef int64_t timestamp(self) noexcept:
        """Microseconds since the epoch, always greater than the one before."""
        cdef timespec ts
        cdef int64_t now
        clock_gettime(CLOCK_REALTIME, &ts)
        now = <int64_t>ts.tv_sec * 1000000 + ts.tv_nsec // 1000
        self.last_timestamp = now if now > self.last_timestamp else self.last_timestamp + 1
        return self.last_timestamp

    def next_timestamp(self):
        """The next client timestamp, in microseconds."""
        return self.timestamp()

    cdef Execution execution(self, object statement, ResolvedOptions options, int opcode):
        cdef Execution e = Execution.__new__(Execution)
        e.opcode = opcode
        e.statement = statement
        e.options = options
        e.owner = self
        e.future = self.new_future()
        if options.tracing:
            e.frame_flags |= FLAG_TRACING
        if opcode != OP_PREPARE:
            e.tally = self.tally
            e.tally.started += 1
        return e

    def start(self, PreparedStatement statement, object parameters, ResolvedOptions options, bytes paging_state=None,
              throttle=None):
        """Sends a prepared statement with its values."""
        return self.start_prepared(statement, parameters, options, paging_state, throttle)

    cdef Execution start_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                                  bytes paging_state, object throttle):
        cdef BoundKey routing
        cdef Execution e
        cdef tuple columns = statement.columns
        cdef bytes body
        self.check()
        if statement.stale_since and statement.width:
            return self.start_stale(statement, parameters, options, paging_state, throttle)
        body = self.encode_prepared(statement, parameters, options, paging_state, &routing)
        e = self.execution(statement, options, OP_EXECUTE)
        fill(e, statement, parameters, options, body, &routing)
        e.bound = columns
        statement.last_used = self.launch(e, throttle)
        return e

    cdef Execution start_stale(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                               bytes paging_state, object throttle):
        """Start a statement whose columns may have changed: the values are bound when it is prepared again.

        Until then the body has a null for each value, and is not sent. The parameters are copied, since the caller may
        use a list again once the request is under way.
        """
        cdef BoundKey routing
        cdef object kept = copied(parameters)
        cdef bytes body = self.write_prepared(
            statement, None, options, paging_state, NULL, Writer(), None, Writer())
        cdef Execution e = self.execution(statement, options, OP_EXECUTE)
        statement.route(kept, &routing)
        fill(e, statement, kept, options, body, &routing)
        statement.last_used = self.launch(e, throttle)
        return e

    cdef bytes encode_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                               bytes paging_state, BoundKey* routing):
        """Return the body of an EXECUTE.

        Binding runs the user's code (codecs, `__index__`, mappings, generators), which may execute another statement
        before it returns. The outermost call uses the writers of the dispatcher; a call within it gets others.
        """
        if self.encoding:
            return self.write_prepared(
                statement, parameters, options, paging_state, routing, Writer(4096), Writer(256), Writer(4096))
        self.encoding = True
        try:
            self.values.truncate(0)
            self.body.truncate(0)
            return self.write_prepared(
                statement, parameters, options, paging_state, routing, self.values, self.key, self.body)
        finally:
            self.encoding = False
            if self.values.size > KEPT_VALUES:
                self.values.clear()

    cdef bytes write_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                              bytes paging_state, BoundKey* routing, Writer values, Writer key, Writer body):
        """Bind, then write: no code of the user's runs after `bind`.

        Without `routing`, nulls are in the place of values that are bound later.
        """
        cdef int64_t timestamp = options.parameters.micros
        cdef Py_ssize_t width
        if routing != NULL:
            width = statement.bind(parameters, values, key, routing)
        else:
            width = write_nulls(values, statement.width)
        if options.custom_payload is not None:
            body.put_raw(PyBytes_AS_STRING(options.custom_payload), PyBytes_GET_SIZE(options.custom_payload))
        body.put_short_bytes(statement.id)
        if self.version >= 5:
            body.put_short_bytes(statement.result_metadata_id)
        if options.client_timestamps and not statement.is_select:
            timestamp = self.timestamp()
        options.parameters.write(
            body, self.version, paging_state, timestamp, <int>width, values.data, values.size, None)
        return body.take_bytes()

    def start_as_prepared(self, PreparedStatement statement not None, object parameters, object throttle=None):
        """Sends a prepared statement with the options that it was prepared with."""
        cdef Execution e
        if statement.origin is not self.identity:
            raise foreign_statement(statement)
        e = self.start_prepared(statement, parameters, statement.options, None, throttle)
        if e.options.speculative is not None:
            self.speculate(e)
        return e

    def start_batch(self, BatchStatement batch not None, ResolvedOptions options, str keyspace, throttle=None):
        """Sends a batch, all of whose entries are resolved, where the first that has a partition key belongs.

        `keyspace` is where texts belong.
        """
        cdef BoundKey routing
        cdef Execution e
        # Not the shared writers: code of the user's that encodes values may execute other statements meanwhile.
        cdef Writer body = Writer(4096), key = Writer(256)
        self.check()
        if options.custom_payload is not None:
            body.put_raw(PyBytes_AS_STRING(options.custom_payload), PyBytes_GET_SIZE(options.custom_payload))
        if batch.is_stale():
            # Its statements are prepared again, and then it is written in the place of an empty one.
            batch.keep_values(&routing)
            write_batch_head(body, batch.kind, 0)
        else:
            batch.write(body, key, self.version, &routing)
        options.parameters.write_batch(
            body, self.version, self.timestamp() if options.client_timestamps else options.parameters.micros)
        e = self.execution(batch, options, OP_BATCH)
        if options.custom_payload is not None:
            e.frame_flags |= FLAG_CUSTOM_PAYLOAD
        e.body = body.take_bytes()
        e.make_decoder = options.row_factory
        if options.idempotent >= 0:
            e.idempotent = options.idempotent
        else:
            # A counter that was added to twice is wrong, whatever its statement says.
            e.idempotent = batch.kind != COUNTER and batch.is_idempotent()
        e.routing_keyspace = batch.keyspace if routing.known else keyspace
        e.token = routing.token
        e.has_token = routing.known
        batch.used_at(self.launch(e, throttle))
        return e

    def start_body(self, object statement, int opcode, bytes body, ResolvedOptions options, bint idempotent,
                   str keyspace=None, token=None, decoder=None, throttle=None):
        """Sends a message whose body is ready: a query without values, a prepare."""
        cdef Execution e
        self.check()
        e = self.execution(statement, options, opcode)
        if options.custom_payload is not None:
            e.frame_flags |= FLAG_CUSTOM_PAYLOAD
            body = options.custom_payload + body
        e.body = body
        e.decoder = decoder
        e.make_decoder = options.row_factory
        e.idempotent = idempotent
        e.routing_keyspace = keyspace
        if token is not None:
            e.token = token
            e.has_token = True
        self.launch(e, throttle)
        return e

    cdef double now(self) except -1:
        """The loop's time. asyncio's own loops read this clock too (on Linux), but in a frame of Python."""
        cdef timespec ts
        if not self.own_clock:
            return self.time()
        clock_gettime(CLOCK_MONOTONIC, &ts)
        return <double>ts.tv_sec + <double>ts.tv_nsec * 1e-9

    cdef double launch(self, Execution e, object throttle) except -1:
        cdef double now = self.now()
        e.started = now
        if e.options.deadlines is not None:
            e.options.deadlines.add(&e.deadline, now)
            if not e.options.deadlines.armed:
                self.arm(e.options.deadlines)
        if throttle is None:
            throttle = self.throttle
        try:
            if self.observer is not None:
                self.observe(e)
            # What the driver asks for itself is not held back: a request in flight may wait for it.
            if throttle is None or e.opcode == OP_PREPARE or throttle.admit(e, now):
                self._send_next(e, now)
        except (Error, MemoryError, KeyboardInterrupt, SystemExit) as error:
            self.discard(e, error)
            raise
        except BaseException as error:
            failed = policy_failed(error)
            self.discard(e, failed)
            raise failed from error
        return now

    cdef int discard(self, Execution e, object error) except -1:
        """End a request that could not be sent: the caller receives the error."""
        e.finish(None, error)
        e.abandon()
        return 0

    cdef int observe(self, Execution e) except -1:
        """Tells the observer of this request, if it is one of the sample."""
        self.sample_credit += self.sample_rate
        if self.sample_credit >= 1.0:
            self.sample_credit -= 1.0
            self.observer.began(e)
        elif self.parent_context is not None:
            if get_value_no_default(self.parent_context, None):
                self.observer.began(e)
        return 0

    def no_host(self, Execution execution not None):
        """Return the error for a plan of which no host has a connection."""
        if self.is_closing:
            return request_closed(None)
        return no_host_available(execution, self.current.value.hosts)

    cdef Plan new_plan(self, Execution e):
        """The hosts to try, from the beginning."""
        cdef ResolvedOptions options = e.options
        if options.host is not None:
            return IteratorPlan((options.host,))
        return options.policy.make_plan(
            self.current.value, e.routing_keyspace, e.has_token, e.token, e.is_lwt, options.is_dc_local)

    def send_next(self, Execution execution not None, double now):
        """`_send_next`, for callers in Python."""
        self._send_next(execution, now)

    def send_to(self, Execution execution not None, Host host not None, Core core not None, double now):
        """`_send_to`, for callers in Python."""
        self._send_to(execution, host, core, now)

    def send_bound(self, Execution execution not None, Host host not None, Core core not None, double now):
        """`_send_bound`, for callers in Python."""
        self._send_bound(execution, host, core, now)

    cdef int _send_next(self, Execution e, double now) except -1:
        """Sends to the next host of the plan that has room, else waits at the first that could have.

        Raises NoHostAvailable where no host of the plan has a connection, BusyConnection where no place to wait is
        left.
        """
        cdef Host host
        cdef Core core
        cdef ConnectionSelector pool, first = None
        cdef Plan plan = e.plan  # held: the policy's code, which runs within it, may end or restart this very request
        if plan is None:
            plan = e.plan = self.new_plan(e)
        while True:
            host = plan.next_host()
            if e.state == DONE:
                return 0  # the policy's code, or what ran within it, gave the request up
            if host is None:
                break
            pool = <ConnectionSelector>host.pool
            if pool is None:
                continue
            core = pool.pick()
            if core is not None:
                self._send_to(e, host, core, now)
                return 0
            if len(pool.cores):
                if first is None:
                    first = pool
                if not pool.is_saturated:
                    pool.saturated()
        if first is None:
            raise self.no_host(e)
        # All hosts of the plan are at their high mark: a retry begins the plan anew.
        e.plan = None
        first.enqueue(e)
        return 0

    cdef int _send_to(self, Execution e, Host host, Core core, double now) except -1:
        """Send to a connection that has room; what is bound to columns that have changed is bound again first."""
        e.host = host
        if not self.is_current(e):
            e.core = core
            self.renew(e)
            return 0
        return self._send_bound(e, host, core, now)

    cdef bint is_current(self, Execution e) except -1:
        """Return whether the values were bound to the columns that their statements have now."""
        cdef PreparedStatement statement
        if isinstance(e.statement, PreparedStatement):
            statement = <PreparedStatement>e.statement
            return (e.bound is statement.columns and not statement.stale_since) or not statement.width
        if isinstance(e.statement, BatchStatement):
            return (<BatchStatement>e.statement).is_current()
        return True

    cdef int _send_bound(self, Execution e, Host host, Core core, double now) except -1:
        """Send what is bound."""
        e.host = host
        core.submit(e, now)
        if e.options.attempt_deadlines is not None and e.idempotent:
            e.options.attempt_deadlines.add(&e.attempt_deadline, now)
            if not e.options.attempt_deadlines.armed:
                self.arm(e.options.attempt_deadlines)
        return 0
