"""An append-only buffer that encoders write into. What it hands out is copied out: it is never written again."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef inline void store16(uint8_t* p, uint32_t v) noexcept nogil:
    p[0] = <uint8_t>(v >> 8)
    p[1] = <uint8_t>v


cdef inline void store32(uint8_t* p, uint32_t v) noexcept nogil:
    p[0] = <uint8_t>(v >> 24)
    p[1] = <uint8_t>(v >> 16)
    p[2] = <uint8_t>(v >> 8)
    p[3] = <uint8_t>v


cdef inline void store64(uint8_t* p, uint64_t v) noexcept nogil:
    store32(p, <uint32_t>(v >> 32))
    store32(p + 4, <uint32_t>v)


cdef class Writer:
    cdef uint8_t* data
    cdef readonly Py_ssize_t size
    cdef Py_ssize_t capacity
    cdef Py_ssize_t floor
    cdef Py_ssize_t limit

    cdef int _grow(self, Py_ssize_t more) except -1

    cdef inline uint8_t* reserve(self, Py_ssize_t n) except NULL:
        """Room for `n` more bytes, already counted in `size`; valid until the next call on this writer."""
        cdef uint8_t* p
        if n > self.capacity - self.size:
            self._grow(n)
        p = self.data + self.size
        self.size += n
        return p

    cdef inline int put_byte(self, int v) except -1:
        self.reserve(1)[0] = <uint8_t>v
        return 0

    cdef inline int put_short(self, int v) except -1:
        store16(self.reserve(2), <uint32_t>v)
        return 0

    cdef inline int put_int(self, int32_t v) except -1:
        store32(self.reserve(4), <uint32_t>v)
        return 0

    cdef inline int put_long(self, int64_t v) except -1:
        store64(self.reserve(8), <uint64_t>v)
        return 0

    cdef int put_raw(self, const void* p, Py_ssize_t n) except -1
    cdef int put_string(self, str text) except -1
    cdef int put_long_string(self, str text) except -1
    cdef int put_bytes(self, object data) except -1
    cdef int put_short_bytes(self, object data) except -1
    cdef int _put_buffer(self, object data, bint short) except -1
    cdef int _put_sized(self, const void* p, Py_ssize_t n, bint short) except -1

    cdef inline Py_ssize_t begin_value(self) except -1:
        """Starts an [int]-prefixed value whose length is not known yet: give the mark to `end_value`."""
        self.reserve(4)
        return self.size

    cdef int end_value(self, Py_ssize_t mark) except -1
    cdef bytes take_bytes(self)
    cdef int clear(self) except -1
    cdef int truncate(self, Py_ssize_t size) except -1
