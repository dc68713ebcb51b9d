"""The two checksums of protocol v5 segments (section 2.2)."""

from libc.stdint cimport uint8_t, uint32_t

cdef uint32_t crc24(const uint8_t* p, Py_ssize_t n) noexcept nogil
cdef uint32_t crc32(const uint8_t* p, Py_ssize_t n) noexcept nogil
