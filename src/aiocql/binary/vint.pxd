"""[vint] and [unsigned vint] of native protocol v5, section 3. Inline only: no module of its own."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from aiocql.binary.writer cimport Writer


cdef inline bint read_unsigned_vint(const uint8_t** p, const uint8_t* end, uint64_t* out) noexcept nogil:
    """Reads and steps over one; False, and no step, where the bytes end before it does.

    The leading ones of the first byte say how many bytes follow it. A longer form than needed is accepted.
    """
    cdef int extra = 0, i
    cdef uint8_t first
    cdef uint64_t v
    if p[0] >= end:
        return False
    first = p[0][0]
    while extra < 8 and first & (0x80 >> extra):
        extra += 1
    if end - p[0] <= extra:
        return False
    v = first & (0xff >> extra)
    for i in range(1, extra + 1):
        v = v << 8 | p[0][i]
    p[0] += extra + 1
    out[0] = v
    return True


cdef inline bint read_vint(const uint8_t** p, const uint8_t* end, int64_t* out) noexcept nogil:
    """As `read_unsigned_vint`, zig-zag: 0, -1, 1, -2 are 0, 1, 2, 3."""
    cdef uint64_t u
    if not read_unsigned_vint(p, end, &u):
        return False
    out[0] = <int64_t>(u >> 1) ^ -<int64_t>(u & 1)
    return True


cdef inline int write_unsigned_vint(Writer out, uint64_t v) except -1:
    cdef int extra = 0, i
    cdef uint8_t* p
    while extra < 8 and v >> (7 * (extra + 1)):
        extra += 1
    p = out.reserve(extra + 1)
    for i in range(extra, 0, -1):
        p[i] = <uint8_t>v
        v >>= 8
    p[0] = <uint8_t>(v | (0xff00 >> extra))
    return 0


cdef inline int write_vint(Writer out, int64_t v) except -1:
    return write_unsigned_vint(out, (<uint64_t>v << 1) ^ <uint64_t>(v >> 63))
