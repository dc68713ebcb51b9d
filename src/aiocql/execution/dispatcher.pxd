"""The hot path from bound values to a connection's output buffer."""

from libc.stdint cimport int64_t

from aiocql.binary.writer cimport Writer
from aiocql.nodes.host cimport Host
from aiocql.metadata.snapshot cimport CurrentSnapshot
from aiocql.policies.load_balancing cimport LoadBalancingPolicy, Plan
from aiocql.statements.prepared cimport BoundKey, PreparedStatement
from aiocql.protocol.core cimport Core
from aiocql.protocol.deadlines cimport DeadlineList
from aiocql.protocol.request cimport Request
from aiocql.protocol.requests cimport QueryParameters
from aiocql.nodes.request_counters cimport RequestCounters


cdef class ResolvedOptions:
    cdef public QueryParameters parameters
    cdef public DeadlineList deadlines
    cdef public DeadlineList attempt_deadlines
    cdef public LoadBalancingPolicy policy
    cdef public bint is_dc_local
    cdef public object consistency
    cdef public object serial_consistency
    cdef public object into
    cdef public object retry
    cdef public object speculative
    cdef public object host
    cdef public bytes custom_payload
    cdef public object row_factory
    cdef public object given
    cdef public object timeout        # seconds for the whole request, or None
    cdef public int idempotent
    cdef public bint tracing
    cdef public bint client_timestamps


cdef class Execution(Request):
    cdef public object statement
    cdef public ResolvedOptions options
    cdef public Plan plan
    cdef public bint is_lwt
    cdef public object host
    cdef public object tried
    cdef public object routing_keyspace
    cdef public object speculation    # the other executions of the same request, or None
    cdef public int64_t token
    cdef public bint has_token
    cdef public bint idempotent
    cdef public int retries
    cdef public dict reprepared   # the number of the last schema change, by the id of what was prepared again
    cdef public set renewed       # the ids of what was prepared in this attempt
    cdef public object parameters  # the values as they were given
    cdef public tuple bound       # the columns that the values in the body were bound to; None: to none yet


cdef class Dispatcher:
    cdef object loop
    cdef object time
    cdef bint own_clock
    cdef bint makes_futures
    cdef dict future_arguments
    cdef unsigned long thread
    cdef object thread_id         # the same, as the loop says it
    cdef bint tells_thread        # the loop says which thread runs it
    cdef object current_task
    cdef Writer values            # these three belong to the call that has set `encoding`
    cdef Writer key
    cdef Writer body
    cdef bint encoding
    cdef int64_t last_timestamp
    cdef CurrentSnapshot current
    cdef object arm
    cdef readonly int version
    cdef public bint is_closed        # no more requests are taken
    cdef public bint is_closing       # what fails from now on is not tried again
    cdef readonly object identity     # of the session: what it prepares has it too
    cdef readonly RequestCounters tally
    cdef public object throttle
    cdef public object observer
    cdef public object parent_context
    cdef public double sample_rate
    cdef double sample_credit
    cdef int generation

    cdef int check(self) except -1
    cdef int check_place(self) except -1
    cdef object new_future(self)
    cdef int64_t timestamp(self) noexcept
    cdef double now(self) except -1
    cdef Execution execution(self, object statement, ResolvedOptions options, int opcode)
    cdef Execution start_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                                  bytes paging_state, object throttle)
    cdef bytes encode_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                               bytes paging_state, BoundKey* routing)
    cdef bytes write_prepared(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                              bytes paging_state, BoundKey* routing, Writer values, Writer key, Writer body)
    cdef Execution start_stale(self, PreparedStatement statement, object parameters, ResolvedOptions options,
                               bytes paging_state, object throttle)
    cdef Plan new_plan(self, Execution e)
    cdef double launch(self, Execution e, object throttle) except -1
    cdef int discard(self, Execution e, object error) except -1
    cdef int observe(self, Execution e) except -1
    cdef int _send_next(self, Execution e, double now) except -1
    cdef int _send_to(self, Execution e, Host host, Core core, double now) except -1
    cdef int _send_bound(self, Execution e, Host host, Core core, double now) except -1
    cdef bint is_current(self, Execution e) except -1
