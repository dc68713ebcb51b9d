"""The tasks whose answers came with one read."""


cdef class Wakeups:
    cdef object future_type
    cdef object set_result            # of the type: not looked up for each future
    cdef object remove_done_callback
    cdef object running_task
    cdef object schedule
    cdef object report
    cdef list waiting
    cdef bint collecting
    cdef bint running

    cdef int begin(self) except -1
    cdef int answer(self, object future, object result) except -1
    cdef bint is_full(self) noexcept
    cdef int begin_running(self) except -1
    cdef bint run_next(self) except -1
    cdef int end_running(self) except -1
    cdef int leave_to_loop(self) except -1
