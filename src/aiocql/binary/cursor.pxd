"""The one way to read bytes: a cursor that checks every step.

A `Cursor` is two pointers on the C stack. Every read goes through `take`, which compares with the end before it
moves; nothing else in the driver may advance over received bytes. Notations are those of the native protocol v5,
section 3.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef struct Cursor:
    const uint8_t* p
    const uint8_t* end


cdef const uint8_t* short_read(Py_ssize_t wanted, Py_ssize_t left) except NULL
cdef int negative_length(int32_t length) except -1
cdef Py_ssize_t null_or_short(Cursor* c, const uint8_t** out) except -2
cdef object bad_utf8(const uint8_t* p, Py_ssize_t n, object cause)


cdef inline Cursor cursor_over(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef Cursor c
    c.p = p
    c.end = p + n
    return c


cdef inline Py_ssize_t left(const Cursor* c) noexcept nogil:
    return c.end - c.p


cdef inline const uint8_t* take(Cursor* c, Py_ssize_t n) except NULL:
    """The next `n` bytes (n >= 0), or TruncatedError."""
    cdef const uint8_t* p = c.p
    if n < 0 or n > c.end - p:
        return short_read(n, c.end - p)
    c.p = p + n
    return p


cdef inline uint16_t load16(const uint8_t* p) noexcept nogil:
    return <uint16_t>(p[0] << 8 | p[1])


cdef inline uint32_t load32(const uint8_t* p) noexcept nogil:
    return <uint32_t>p[0] << 24 | <uint32_t>p[1] << 16 | <uint32_t>p[2] << 8 | <uint32_t>p[3]


cdef inline uint64_t load64(const uint8_t* p) noexcept nogil:
    return <uint64_t>load32(p) << 32 | load32(p + 4)


cdef inline int read_byte(Cursor* c) except -1:
    return take(c, 1)[0]


cdef inline int read_short(Cursor* c) except -1:
    """[short]: unsigned, 0 to 65535."""
    return load16(take(c, 2))


cdef inline int32_t read_int(Cursor* c) except? -1:
    return <int32_t>load32(take(c, 4))


cdef inline int64_t read_long(Cursor* c) except? -1:
    return <int64_t>load64(take(c, 8))


cdef inline Py_ssize_t read_bytes(Cursor* c, const uint8_t** out) except -2:
    """[bytes]: the length and where they are; -1 for null (any negative length is one in an answer)."""
    cdef const uint8_t* p = c.p
    cdef Py_ssize_t n
    if c.end - p >= 4:
        n = <int32_t>load32(p)
        if 0 <= n <= c.end - p - 4:
            out[0] = p + 4
            c.p = p + 4 + n
            return n
    return null_or_short(c, out)


cdef inline Py_ssize_t read_short_bytes(Cursor* c, const uint8_t** out) except -1:
    """[short bytes]: the length and where they are."""
    cdef int n = read_short(c)
    out[0] = take(c, n)
    return n


cdef object read_string(Cursor* c)
cdef object read_name(Cursor* c)
cdef object read_long_string(Cursor* c)
cdef list read_string_list(Cursor* c)
cdef dict read_string_map(Cursor* c)
cdef dict read_string_multimap(Cursor* c)
cdef dict read_bytes_map(Cursor* c)
