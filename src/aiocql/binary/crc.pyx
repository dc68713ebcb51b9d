"""CRC24 and CRC32 as protocol v5 uses them: own start values, nothing to link against."""

from libc.stdint cimport uint8_t, uint32_t

cdef enum:
    CRC24_START = 0x875060
    CRC24_POLYNOMIAL = 0x1974F0B

cdef uint32_t CRC32_POLYNOMIAL = 0xEDB88320
# The server feeds FA 2D 55 CA first (its code says so, the specification does not): the state after those bytes.
cdef uint32_t CRC32_START = 0
cdef uint32_t[256] _crc24
cdef uint32_t[8][256] _crc32


cdef int _fill_tables() noexcept:
    cdef uint32_t i, value
    cdef int j, _bit
    for i in range(256):
        value = i << 16
        for _bit in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= CRC24_POLYNOMIAL
        _crc24[i] = value & 0xFFFFFF
        value = i
        for _bit in range(8):
            value = value >> 1 ^ (CRC32_POLYNOMIAL if value & 1 else 0)
        _crc32[0][i] = value
    for i in range(256):
        for j in range(1, 8):
            value = _crc32[j - 1][i]
            _crc32[j][i] = value >> 8 ^ _crc32[0][value & 0xFF]
    return 0


cdef uint32_t crc24(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """Of a segment's header."""
    cdef uint32_t value = CRC24_START
    cdef Py_ssize_t i
    for i in range(n):
        value = (value << 8 & 0xFFFFFF) ^ _crc24[(value >> 16 ^ p[i]) & 0xFF]
    return value


cdef inline uint32_t _load_little(const uint8_t* p) noexcept nogil:
    return p[0] | <uint32_t>p[1] << 8 | <uint32_t>p[2] << 16 | <uint32_t>p[3] << 24


cdef uint32_t crc32(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """Of a segment's payload."""
    return _update32(CRC32_START, p, n) ^ <uint32_t>0xFFFFFFFF


cdef uint32_t _update32(uint32_t value, const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint32_t low, high
    while n >= 8:
        low = value ^ _load_little(p)
        high = _load_little(p + 4)
        value = (
            _crc32[7][low & 0xFF]
            ^ _crc32[6][low >> 8 & 0xFF]
            ^ _crc32[5][low >> 16 & 0xFF]
            ^ _crc32[4][low >> 24]
            ^ _crc32[3][high & 0xFF]
            ^ _crc32[2][high >> 8 & 0xFF]
            ^ _crc32[1][high >> 16 & 0xFF]
            ^ _crc32[0][high >> 24]
        )
        p += 8
        n -= 8
    while n > 0:
        value = value >> 8 ^ _crc32[0][(value ^ p[0]) & 0xFF]
        p += 1
        n -= 1
    return value


_fill_tables()
CRC32_START = _update32(<uint32_t>0xFFFFFFFF, b"\xfa\x2d\x55\xca", 4)


def crc24_of(bytes data not None):
    """The CRC24 of a segment's header bytes."""
    return crc24(data, len(data))


def crc32_of(bytes data not None):
    """The CRC32 of a segment's payload."""
    return crc32(data, len(data))
