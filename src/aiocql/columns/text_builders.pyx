"""Text in views and in dictionaries."""

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from aiocql.columns.buffers cimport (
    ArrayData, Block, block_fit, block_new, block_release, make_array, take_block,
)
from aiocql.columns.builders cimport (
    BAD_ASCII, BAD_UTF8, NO_FAULT, NO_MEMORY, TOO_LARGE, Builder, FixedBuilder, VarlenBuilder, ensure, put_bytes,
)
from aiocql.columns.text_check cimport is_ascii, is_utf8

import os

cdef enum:
    INLINE = 12  # bytes that stand in the view itself

cdef uint64_t SEED = int.from_bytes(os.urandom(8), "little")


cdef inline int text_fault(bint only_ascii, const uint8_t* p, Py_ssize_t n) noexcept:
    if is_ascii(p, n):
        return NO_FAULT
    if only_ascii:
        return BAD_ASCII
    return NO_FAULT if is_utf8(p, n) else BAD_UTF8


cdef class ViewBuilder(FixedBuilder):
    """Text as views of 16 bytes: short text stands in the view, longer text elsewhere, with its first four bytes."""

    cdef Block* content
    cdef bint only_ascii

    def __cinit__(self, layout, *args):
        self.width = 16
        self.only_ascii = layout.reader == "ascii"
        self.content = block_new(0)
        if self.content is NULL:
            raise MemoryError

    def __dealloc__(self):
        block_release(self.content)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n < 0:
            return self.append_null()
        fault = text_fault(self.only_ascii, p, n)
        return fault if fault else self.put(p, n)

    cdef int put(self, const uint8_t* p, Py_ssize_t n) noexcept:
        """Appends checked bytes."""
        cdef int32_t view[4]
        cdef int fault = ensure(self)
        if fault:
            return fault
        memset(view, 0, 16)
        view[0] = <int32_t>n
        if n <= INLINE:
            if n:
                memcpy(&view[1], p, n)
        else:
            if self.content.size > INT32_MAX - n:
                return TOO_LARGE
            memcpy(&view[1], p, 4)
            view[3] = <int32_t>self.content.size
            if not put_bytes(self.content, p, n):
                return NO_MEMORY
        memcpy(self.values.data + 16 * self.length, view, 16)
        self.length += 1
        return NO_FAULT

    cdef ArrayData finish(self):
        cdef ArrayData plain = FixedBuilder.finish(self)
        cdef Block* content = self.content
        self.content = NULL
        block_fit(content)
        return make_array(
            self.layout, plain.length, plain.null_count, (*plain.buffers, take_block(content)), (), None
        )


cdef class DictionaryBuilder(FixedBuilder):
    """Text as numbers of the distinct values, which a hash table finds."""

    cdef VarlenBuilder items
    cdef Block* table      # of int32: the number of the item plus one, 0 for a free place
    cdef int64_t places    # a power of two
    cdef bint only_ascii

    def __cinit__(self, layout, *args):
        self.items = VarlenBuilder(layout.children[0])
        self.only_ascii = layout.reader == "ascii"
        if not self.rehash(64):
            raise MemoryError

    def __dealloc__(self):
        block_release(self.table)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        cdef int32_t place
        if n < 0:
            return self.append_null()
        fault = ensure(self)
        if fault:
            return fault
        place = self.find(p, n)
        if place < 0:
            return -place
        (<int32_t*>self.values.data)[self.length] = place
        self.length += 1
        return NO_FAULT

    cdef int append_null(self) noexcept:
        cdef int fault = FixedBuilder.append_default(self)
        return fault if fault else self.mark_null()

    cdef int append_default(self) noexcept:
        """Under a null parent: the empty text, since a number needs an item even where nobody looks at it."""
        return self.append(<const uint8_t*>b"", 0)

    cdef int append_defaults(self, int64_t count) noexcept:
        return Builder.append_defaults(self, count)

    cdef int32_t find(self, const uint8_t* p, Py_ssize_t n) noexcept:
        """The item's number; it is added if it is new. A fault comes negative."""
        cdef int32_t* table = <int32_t*>self.table.data
        cdef uint64_t at = hashed(p, n) & <uint64_t>(self.places - 1)
        cdef int fault
        while table[at]:
            if self.holds(table[at] - 1, p, n):
                return table[at] - 1
            at = (at + 1) & <uint64_t>(self.places - 1)
        fault = text_fault(self.only_ascii, p, n) or self.items.put(p, n)
        if fault:
            return -fault
        table[at] = <int32_t>self.items.length
        if 2 * self.items.length > self.places and not self.rehash(4 * self.places):
            return -NO_MEMORY
        return <int32_t>self.items.length - 1

    cdef bint holds(self, int32_t item, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef const uint32_t* offsets = <const uint32_t*>self.items.offsets.data
        cdef Py_ssize_t size = offsets[item + 1] - offsets[item]
        return size == n and (n == 0 or memcmp(self.items.content.data + offsets[item], p, n) == 0)

    cdef bint rehash(self, int64_t places) noexcept:
        """Another table; False where there is no memory for it."""
        cdef Block* made = block_new(4 * places)
        cdef const uint32_t* offsets
        cdef uint64_t at
        cdef int32_t item
        if made is NULL:
            return False
        memset(made.data, 0, 4 * places)
        for item in range(<int32_t>self.items.length):
            offsets = <const uint32_t*>self.items.offsets.data
            at = hashed(self.items.content.data + offsets[item], offsets[item + 1] - offsets[item])
            at &= <uint64_t>(places - 1)
            while (<int32_t*>made.data)[at]:
                at = (at + 1) & <uint64_t>(places - 1)
            (<int32_t*>made.data)[at] = item + 1
        block_release(self.table)
        self.table = made
        self.places = places
        return True

    cdef ArrayData finish(self):
        cdef ArrayData plain = FixedBuilder.finish(self)
        return make_array(self.layout, plain.length, plain.null_count, plain.buffers, (), self.items.finish())


cdef uint64_t hashed(const uint8_t* p, Py_ssize_t n) noexcept:
    """A hash that differs from process to process: which texts collide cannot be known beforehand."""
    cdef uint64_t h = SEED ^ <uint64_t>n, word
    while n >= 8:
        memcpy(&word, p, 8)
        h = (h ^ word) * <uint64_t>0x9E3779B97F4A7C15
        h ^= h >> 32
        p += 8
        n -= 8
    word = 0
    if n:
        memcpy(&word, p, n)
    h = (h ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return h ^ h >> 29


def text_builder(str kind not None):
    """The class of builders for a kind of layout, or None."""
    return {"view": ViewBuilder, "dictionary": DictionaryBuilder}.get(kind)
