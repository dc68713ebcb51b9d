"""Cassandra's Murmur3: the token of a partition key.

It is the first half of MurmurHash3 x64 128 with Cassandra's own twist: the bytes of the last, incomplete block of 16
are sign-extended. The smallest 64-bit number is no token (it stands for "before the ring"), the largest takes its
place.
"""

from libc.stdint cimport int64_t, int8_t, uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <stdint.h>
    static inline uint64_t aiocql_little64(uint64_t v) {
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        return __builtin_bswap64(v);
    #else
        return v;
    #endif
    }
    """
    uint64_t little64 "aiocql_little64"(uint64_t v) noexcept nogil


cdef uint64_t C1 = 0x87C37B91114253D5u
cdef uint64_t C2 = 0x4CF5AD432745937Fu


cdef inline uint64_t rotate_left(uint64_t v, int bits) noexcept nogil:
    return v << bits | v >> (64 - bits)


cdef inline uint64_t load_block(const uint8_t* p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return little64(v)


cdef inline uint64_t load_tail(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t v = 0
    cdef Py_ssize_t i
    for i in range(n):
        v ^= (<uint64_t><int64_t><int8_t>p[i]) << (8 * i)
    return v


cdef inline uint64_t mix_first(uint64_t k) noexcept nogil:
    return rotate_left(k * C1, 31) * C2


cdef inline uint64_t mix_second(uint64_t k) noexcept nogil:
    return rotate_left(k * C2, 33) * C1


cdef inline uint64_t avalanche(uint64_t h) noexcept nogil:
    h ^= h >> 33
    h *= <uint64_t>0xFF51AFD7ED558CCDu
    h ^= h >> 33
    h *= <uint64_t>0xC4CEB9FE1A85EC53u
    return h ^ h >> 33


cdef int64_t murmur3_token(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """The token of the `n` bytes of a serialized partition key."""
    cdef uint64_t h1 = 0, h2 = 0
    cdef Py_ssize_t left = n
    while left >= 16:
        h1 ^= mix_first(load_block(p))
        h1 = (rotate_left(h1, 27) + h2) * 5 + 0x52DCE729
        h2 ^= mix_second(load_block(p + 8))
        h2 = (rotate_left(h2, 31) + h1) * 5 + 0x38495AB5
        p += 16
        left -= 16
    if left > 8:
        h2 ^= mix_second(load_tail(p + 8, left - 8))
        left = 8
    if left > 0:
        h1 ^= mix_first(load_tail(p, left))
    h1 ^= <uint64_t>n
    h2 ^= <uint64_t>n
    h1 += h2
    h2 += h1
    h1 = avalanche(h1) + avalanche(h2)
    if h1 == <uint64_t>1 << 63:
        return <int64_t>0x7FFFFFFFFFFFFFFF
    return <int64_t>h1


def token(data) -> int:
    """The token of a serialized partition key: -2**63 + 1 to 2**63 - 1."""
    cdef const uint8_t[::1] view = data
    if view.shape[0] == 0:
        return murmur3_token(NULL, 0)
    return murmur3_token(&view[0], view.shape[0])
