"""LZ4 blocks: no frame format, no dictionary."""

from libc.stdint cimport uint8_t

from aiocql.binary.writer cimport Writer


# Most bytes that a block of `n` bytes can take.
cdef Py_ssize_t lz4_bound(Py_ssize_t n) noexcept nogil
# Bytes written to `out`, or 0 if they would be more than `room`.
cdef Py_ssize_t lz4_compress(const uint8_t* p, Py_ssize_t n, uint8_t* out, Py_ssize_t room) noexcept nogil
# 0 if the block is whole and gives exactly `size` bytes, else -1. Never reads or writes outside.
cdef int lz4_decompress(const uint8_t* p, Py_ssize_t n, uint8_t* out, Py_ssize_t size) noexcept nogil
