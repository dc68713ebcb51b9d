"""Compression of envelope bodies on protocol v3 and v4 (header flag 0x01). On v5 segments do it: see segments."""

from libc.stdint cimport uint8_t

from aiocql.binary.writer cimport Writer


cdef class Compressor:
    cdef readonly str name

    cdef int compress(self, Writer out, const uint8_t* p, Py_ssize_t n) except -1
    # Appends to `out`; more than `limit` bytes announced: FrameTooLarge, nothing allocated.
    cdef int decompress(self, Writer out, const uint8_t* p, Py_ssize_t n, Py_ssize_t limit) except -1
