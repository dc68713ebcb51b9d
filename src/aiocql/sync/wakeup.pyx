"""Waking the event loop from another thread, with one small write.

The write does not release the interpreter's lock, as `call_soon_threadsafe` does: the thread that calls goes straight
on to wait for its answer, and the loop begins when it waits.
"""

import os

from libc.stdint cimport uint64_t
from posix.unistd cimport read, write


cdef class Wakeup:
    """A file descriptor that is readable once the loop has been woken."""

    cdef readonly int reader
    cdef readonly int writer

    def __init__(self):
        if hasattr(os, "eventfd"):
            self.reader = self.writer = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self.reader, self.writer = os.pipe()
            os.set_blocking(self.reader, False)
            os.set_blocking(self.writer, False)

    def wake(self):
        """Make the descriptor readable. A descriptor that is full is readable already."""
        cdef uint64_t one = 1
        write(self.writer, &one, sizeof(one))

    def clear(self):
        """Read what was written."""
        cdef uint64_t value
        read(self.reader, &value, sizeof(value))

    def close(self):
        """Close the descriptor."""
        os.close(self.reader)
        if self.writer != self.reader:
            os.close(self.writer)
