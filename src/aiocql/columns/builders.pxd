"""Builders of arrays from CQL's bytes: one class for each way that Arrow arranges values."""

from libc.stdint cimport int64_t, uint8_t

from aiocql.columns.buffers cimport ArrayData, Block, block_grow


cdef enum Fault:
    """Why a value cannot be appended; `fault_text` has the words."""
    NO_FAULT
    NO_MEMORY
    BAD_SIZE
    BAD_VALUE
    BAD_UTF8
    BAD_ASCII
    BAD_TIME
    BAD_TIMESTAMP
    BAD_DURATION
    BAD_DECIMAL
    BAD_VARINT
    BAD_ELEMENTS
    BAD_VECTOR
    BAD_KEY
    TOO_LARGE
    TOO_LONG
    NOT_EMPTY


cdef str fault_text(int fault)


cdef class Builder:
    cdef readonly object layout
    cdef readonly int64_t length
    cdef readonly int64_t empties     # values of no bytes, of types that have no such value
    cdef int64_t nulls
    cdef int64_t capacity             # values that there is room for
    cdef Block* validity              # NULL until the first null

    # All four return a Fault. `n` is negative for null.
    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept
    cdef int append_null(self) noexcept
    cdef int append_run(self, const uint8_t* p, int64_t count, int64_t size) noexcept
    cdef int reserve(self, int64_t more) noexcept

    cdef int64_t all_empties(self) noexcept
    cdef int append_default(self) noexcept
    cdef int append_defaults(self, int64_t count) noexcept
    cdef int resize(self, int64_t capacity) noexcept
    cdef int no_value(self, Py_ssize_t n) noexcept
    cdef int mark_null(self) noexcept
    cdef object take_validity(self)
    cdef ArrayData finish(self)


cdef class FixedBuilder(Builder):
    cdef int64_t width
    cdef Block* values

    cdef int64_t used(self) noexcept


cdef class VarlenBuilder(Builder):
    cdef Block* offsets
    cdef Block* content
    cdef bint is_large

    cdef int put(self, const uint8_t* p, Py_ssize_t n) noexcept


cdef inline int ensure(Builder builder) noexcept:
    """Makes room for one more value."""
    return NO_FAULT if builder.length < builder.capacity else builder.reserve(1)


cdef inline bint put_bytes(Block* block, const void* p, int64_t n) noexcept:
    """Appends to a block that is not shared yet; False where there is no memory."""
    if not block_grow(block, n):
        return False
    copy(block.data + block.size, p, n)
    block.size += n
    return True


cdef extern from "string.h" nogil:
    void* copy "memcpy"(void* target, const void* source, size_t n)
