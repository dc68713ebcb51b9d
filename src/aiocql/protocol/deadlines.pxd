"""Timeouts without timers: requests with the same timeout stand in the order of their deadlines by themselves."""


cdef struct Link:
    Link* prev
    Link* next
    double at
    void* holder


cdef inline void unlink(Link* link) noexcept:
    """Takes a link out of its list, O(1); nothing happens where it is in none."""
    if link.next != NULL:
        link.prev.next = link.next
        link.next.prev = link.prev
        link.prev = NULL
        link.next = NULL


cdef class DeadlineList:
    cdef readonly double timeout
    cdef readonly int kind
    cdef public bint armed
    cdef Link head

    cdef void add(self, Link* link, double now) noexcept
    cdef void clear(self) noexcept
