"""One list per timeout value: what is added later is due later, so adding and removing cost O(1).

The links are part of the requests (an intrusive list) and own nothing; a request that goes away unlinks itself.
Two kinds exist: the whole request's deadline (`REQUEST`) and that of one attempt (`ATTEMPT`).
"""

REQUEST = 0
ATTEMPT = 1


cdef class DeadlineList:
    """Deadlines of one timeout, in seconds. It knows no clock: whoever calls says what time it is."""

    def __cinit__(self, double timeout, int kind=0):
        self.timeout = timeout
        self.kind = kind
        self.head.prev = &self.head
        self.head.next = &self.head
        self.head.holder = NULL

    def __dealloc__(self):
        self.clear()

    cdef void clear(self) noexcept:
        while self.head.next != &self.head:
            unlink(self.head.next)

    cdef void add(self, Link* link, double now) noexcept:
        unlink(link)
        link.at = now + self.timeout
        link.prev = self.head.prev
        link.next = &self.head
        link.prev.next = link
        self.head.prev = link

    @property
    def next_deadline(self):
        """When the first one is due (loop time), or None."""
        if self.head.next == &self.head:
            return None
        return self.head.next.at

    def expire(self, double now):
        """Takes out all that is due at `now` and gives their holders, in order."""
        cdef list due = []
        cdef Link* link
        while self.head.next != &self.head and self.head.next.at <= now:
            link = self.head.next
            due.append(<object>link.holder)
            unlink(link)
        return due

    def __len__(self):
        cdef Py_ssize_t n = 0
        cdef Link* link = self.head.next
        while link != &self.head:
            n += 1
            link = link.next
        return n
