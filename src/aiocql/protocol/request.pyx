"""One request, from the encoded body to the answer.

A request is what the stream table holds and what receives the answer. It goes through NEW, QUEUED, SENT, DONE; a
retry takes it back to NEW. Its *owner* hears of everything that is not simply rows or nothing; without an owner the
future gets it.

Rules: the future is completed at most once, and only here. A request that is given up while it is SENT leaves its
stream id behind as an orphan, until the server's answer comes.
"""

from aiocql.protocol.deadlines cimport DeadlineList, unlink
from aiocql.protocol.responses cimport ErrorResponse, Response, RowsResult, VoidResult
from aiocql.protocol.wakeups cimport Wakeups


cdef class Request:
    """A message to send and the future that waits for its answer.

    `owner` may have `on_response(request, response)` for answers other than rows and void,
    `on_failure(request, error)`, and `on_timeout(request, kind)`. `raw` gives a server's error to the future as the
    response that it is, not as an exception.

    While it waits for its turn, `waiting_in` is the line that it waits in: a queue of a pool, or a limit. A line has
    `left(request)`, called when the request is given up there, and `timed_out(request)`, the error of a request that
    has waited there for longer than it may, or None. `to_owner` sends every response to the owner.

    `tally` counts what it comes to, `observer.ended(request, result, error)` is told of it (both None: it was given
    up), once. Each of `permits`, a sequence, hears `released(request)` when it is over.
    """

    def __cinit__(self):
        self.stream = -1
        self.deadline.holder = <void*>self
        self.attempt_deadline.holder = <void*>self

    def __init__(self, int opcode, bytes body, future, *, owner=None, decoder=None, make_decoder=None):
        self.opcode = opcode
        self.body = body
        self.future = future
        self.owner = owner
        self.decoder = decoder
        self.make_decoder = make_decoder

    def __dealloc__(self):
        unlink(&self.deadline)
        unlink(&self.attempt_deadline)

    @property
    def is_done(self):
        """Whether the future was completed, or the request given up."""
        return self.state == DONE

    @property
    def is_queued(self):
        """Whether it waits for a connection with room."""
        return self.state == QUEUED

    @property
    def is_sent(self):
        """Whether a stream id is held."""
        return self.state == SENT

    cdef int settle(self) except -1:
        """The end: no deadline is kept, nothing will be completed any more."""
        self.state = DONE
        unlink(&self.deadline)
        unlink(&self.attempt_deadline)
        if self.permits is not None:
            # Taken before the first is released: releasing one may start a request, or end this one again.
            permits, self.permits = self.permits, None
            for permit in permits:
                permit.released(self)
        return 0

    cpdef int finish(self, result, error) except -1:
        """Counts and tells what the request came to. Only the first call does."""
        cdef RequestCounters tally = self.tally
        if tally is not None:
            self.tally = None
            if self.answered == 0:
                self.answered = tally.clock() if tally.clock is not None else self.started
            if error is not None:
                tally.fail(self, self.answered - self.started, error)
            elif result is not None:
                tally.succeed(self, self.answered - self.started)
            else:
                tally.cancel(self, self.answered - self.started)
        if self.observer is not None:
            observer, self.observer = self.observer, None
            observer.ended(self, result, error)
        return 0

    cdef int complete(self, Response response, Wakeups wakeups) except -1:
        """The answer is here. Rows and void go to the future, all else to the owner first.

        A request that was given up while its answer was decoded receives nothing, and is not tried again.
        """
        cdef bint plain
        if self.state == DONE:
            return 0
        plain = not self.to_owner and (
            isinstance(response, VoidResult)
            or (isinstance(response, RowsResult) and not (<RowsResult>response).has_new_metadata)
        )
        if self.owner is not None and not plain:
            self.state = NEW
            unlink(&self.attempt_deadline)
            if isinstance(response, ErrorResponse):
                self.owner.on_failure(self, (<ErrorResponse>response).error)
            else:
                self.owner.on_response(self, response)
            return 0
        if isinstance(response, ErrorResponse) and not self.raw:
            self.state = NEW
            self.set_exception((<ErrorResponse>response).error)
            return 0
        self.settle()
        if self.tally is not None or self.observer is not None:
            self.finish(response, None)
        try:
            if wakeups is None:
                self.future.set_result(response)
            else:
                wakeups.answer(self.future, response)
        except Exception:
            # A future that was cancelled in this very turn is done already: its task has not run yet.
            if not self.future.done():
                raise
        return 0

    cpdef int fail(self, error) except -1:
        """Ends this attempt: the owner decides what comes next, without one the future gets the error."""
        if self.state == DONE:
            return 0
        self.state = NEW
        unlink(&self.attempt_deadline)
        if self.owner is not None:
            self.owner.on_failure(self, error)
        else:
            self.set_exception(error)
        return 0

    cpdef int set_result(self, result) except -1:
        """Completes the future, once."""
        if self.state != DONE:
            self.answered = 0
            self.finish(result, None)
            self.abandon()
            if not self.future.done():
                self.future.set_result(result)
        return 0

    cpdef int set_exception(self, error) except -1:
        """Completes the future with an error, once."""
        if self.state != DONE:
            self.answered = 0
            self.finish(None, error)
            self.abandon()
            if not self.future.done():
                self.future.set_exception(error)
        return 0

    cpdef int abandon(self) except -1:
        """Nobody waits any more: a stream id that is held becomes an orphan, a queue place is free again."""
        cdef int state = self.state
        if state == DONE:
            return 0
        self.settle()
        if self.tally is not None or self.observer is not None:
            self.answered = 0
            self.finish(None, None)
        self.leave(state)
        return 0

    cpdef int release(self) except -1:
        """Gives this attempt up (stream or queue place) but not the request: it may be sent again."""
        cdef int state = self.state
        if state == DONE:
            return 0
        self.state = NEW
        unlink(&self.attempt_deadline)
        self.leave(state)
        return 0

    def leave(self, int state):
        if state == SENT:
            self.core.orphan(self)
        elif state == QUEUED:
            line, self.waiting_in = self.waiting_in, None
            line.left(self)

    def watch(self, DeadlineList deadlines, double now):
        """Sets the deadline of the whole request: it stays through retries."""
        deadlines.add(&self.deadline, now)

    def watch_attempt(self, DeadlineList deadlines, double now):
        """Sets the deadline of this attempt."""
        deadlines.add(&self.attempt_deadline, now)

    def enqueue(self, line):
        """Note that the request waits in `line`."""
        self.state = QUEUED
        self.waiting_in = line

    def dequeue(self):
        """Note that the line has handed the request out."""
        unlink(&self.attempt_deadline)
        self.state = NEW
        self.waiting_in = None

    @property
    def deadline_at(self):
        """The loop time of the request's deadline, or None."""
        return self.deadline.at if self.deadline.next != NULL else None

    def __repr__(self):
        state = ("new", "queued", "sent", "done")[self.state]
        return f"<Request opcode 0x{self.opcode:02x} stream {self.stream} {state}>"
