"""Chance for the hot path: xorshift64*, a nanosecond a number. Not for secrets."""

from libc.stdint cimport uint64_t


cdef inline uint64_t next_random(uint64_t* state) noexcept nogil:
    """The next number, of 32 bits, of a state that is not 0 and comes from `os.urandom`."""
    cdef uint64_t x = state[0]
    x ^= x >> 12
    x ^= x << 25
    x ^= x >> 27
    state[0] = x
    return x * <uint64_t>0x2545F4914F6CDD1Du >> 32


cdef inline uint64_t random_below(uint64_t* state, uint64_t n) noexcept nogil:
    """A number from 0 to `n` - 1, every one as likely as the others (n below 2**32)."""
    return next_random(state) * n >> 32
