"""Stream ids (native protocol v5, section 2.4): a first-in-first-out ring of free ids and a flat table of holders.

First in, first out: the id that was freed last is the last to be used again, so an answer that comes twice meets a
free id, and is noticed, rather than another request. The table is a list: an id is an index.
"""

from cpython.list cimport PyList_GET_ITEM
from cpython.mem cimport PyMem_Free, PyMem_Malloc

MAX_STREAMS = 32768


cdef class StreamTable:
    """Who waits on which stream id. `capacity` ids exist, `free` of them are not in use."""

    def __cinit__(self, int capacity):
        if not 0 < capacity <= 32768:
            raise ValueError(f"1 to 32768 streams, not {capacity}")
        self.ring = <int16_t*>PyMem_Malloc(capacity * sizeof(int16_t))
        if self.ring == NULL:
            raise MemoryError
        self.capacity = capacity
        self.free = capacity
        self.head = 0
        self.slots = [None] * capacity
        for i in range(capacity):
            self.ring[i] = <int16_t>i

    def __dealloc__(self):
        PyMem_Free(self.ring)

    cdef int take(self, object holder) except -2:
        """An id for `holder`, or -1 where none is free."""
        cdef int stream
        if self.free == 0:
            return -1
        stream = self.ring[self.head]
        self.head += 1
        if self.head == self.capacity:
            self.head = 0
        self.free -= 1
        self.slots[stream] = holder
        return stream

    cdef object at(self, int stream):
        """Who holds the id: None where nobody does, or where there is no such id."""
        if not 0 <= stream < self.capacity:
            return None
        return <object>PyList_GET_ITEM(self.slots, stream)

    cdef int give_back(self, int stream) except -1:
        """The id is free again, behind all others. The caller has seen that somebody held it."""
        cdef int tail = self.head + self.free
        if tail >= self.capacity:
            tail -= self.capacity
        self.ring[tail] = <int16_t>stream
        self.free += 1
        # Last: where the holder ends here, code of the user's may run and take an id.
        self.slots[stream] = None
        return 0

    cdef int replace(self, int stream, object holder) except -1:
        """Another holder for an id in use."""
        self.slots[stream] = holder
        return 0

    cdef int grow(self, int capacity) except -1:
        """More ids; never fewer."""
        cdef int16_t* ring
        cdef int i, at
        if capacity > 32768:
            capacity = 32768
        if capacity <= self.capacity:
            return 0
        ring = <int16_t*>PyMem_Malloc(capacity * sizeof(int16_t))
        if ring == NULL:
            raise MemoryError
        for i in range(self.free):
            at = self.head + i
            ring[i] = self.ring[at if at < self.capacity else at - self.capacity]
        for i in range(capacity - self.capacity):
            ring[self.free + i] = <int16_t>(self.capacity + i)
        PyMem_Free(self.ring)
        self.ring = ring
        self.head = 0
        self.free += capacity - self.capacity
        self.slots.extend([None] * (capacity - self.capacity))
        self.capacity = capacity
        return 0

    def acquire(self, holder):
        """`take`, for tests and micro benchmarks."""
        return self.take(holder)

    def release(self, int stream):
        """`give_back`, for tests: refuses an id that is free."""
        if self.at(stream) is None:
            raise ValueError(f"stream {stream} is not in use")
        self.give_back(stream)

    def holder(self, int stream):
        """`at`, for tests."""
        return self.at(stream)

    def resize(self, int capacity):
        """`grow`, for tests and for limits raised on a live session."""
        self.grow(capacity)

    def holders(self):
        """All who hold an id, with it."""
        return [(i, holder) for i, holder in enumerate(self.slots) if holder is not None]
