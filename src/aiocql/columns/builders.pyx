"""Builders of values without parts: bits, numbers of a fixed size, text and bytes.

`append` takes the bytes of one value as the server sent them, with every length checked. Nothing here raises: a fault
is a number, and the decoder that knows row and column says it in words.

No code of the user's runs while columns are decoded (codecs of columns are not asked), and builders belong to the page
that makes them: nothing here has to be looked at twice.
"""

from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from aiocql.binary.cursor cimport load16, load32, load64
from aiocql.columns.buffers cimport (
    ArrayData, Block, block_fit, block_grow, block_new, block_release, clear_bit, make_array, set_bit, take_block,
)
from aiocql.columns.text_check cimport is_ascii, is_utf8

cdef uint64_t NS_A_DAY = 86400000000000ULL

cdef tuple TEXTS = (
    "there is no fault",
    "out of memory",
    "its size is not that of the type",
    "it is not well-formed",
    "it is not UTF-8",
    "it is not ASCII",
    "it is not a time of day",
    "it is beyond the range of microseconds; ArrowTypes(timestamp=\"ms\") holds it",
    "it is not a duration",
    "it does not fit the column's Arrow decimal; ArrowTypes(decimal=\"text\") keeps every digit",
    "it does not fit the column's Arrow type; ArrowTypes(varint=\"text\") keeps every digit",
    "its elements do not end where the value ends",
    "its elements are not as many as the vector has dimensions",
    "a map has a null or empty key",
    "the column exceeds 2 GiB; fetch smaller pages",
    "it has too many digits to be written as text",
    "it has bytes although its type has no values",
)


cdef str fault_text(int fault):
    """What a fault means."""
    return TEXTS[fault]


cdef class Builder:
    """Base of all builders, and the builder of the type that has no values."""

    def __cinit__(self, layout, *args):
        self.layout = layout

    def __dealloc__(self):
        block_release(self.validity)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        return NOT_EMPTY if n > 0 else self.no_value(n)

    cdef int append_null(self) noexcept:
        """Appends a null."""
        cdef int fault = self.append_default()
        return fault if fault else self.mark_null()

    cdef int append_default(self) noexcept:
        """Appends a value that nobody looks at: under a null, or under a null parent."""
        cdef int fault = ensure(self)
        self.length += fault == NO_FAULT
        return fault

    cdef int append_defaults(self, int64_t count) noexcept:
        """Appends `count` such values."""
        cdef int fault = NO_FAULT
        while count and not fault:
            fault = self.append_default()
            count -= 1
        return fault

    cdef int append_run(self, const uint8_t* p, int64_t count, int64_t size) noexcept:
        """Appends `count` values of `size` bytes each."""
        cdef int64_t i
        cdef int fault = NO_FAULT
        for i in range(count):
            if fault:
                break
            fault = self.append(p + i * size, size)
        return fault

    cdef int64_t all_empties(self) noexcept:
        """Empty values, those inside others included."""
        return self.empties

    cdef int reserve(self, int64_t more) noexcept:
        """Makes room for `more` values."""
        cdef int64_t wanted
        if more <= self.capacity - self.length:
            return NO_FAULT
        wanted = self.length + more
        if wanted < 2 * self.capacity:
            wanted = 2 * self.capacity
        if wanted < 8:
            wanted = 8
        return self.resize(wanted)

    cdef int resize(self, int64_t capacity) noexcept:
        """Moves to blocks for `capacity` values; subclasses move theirs first."""
        cdef int64_t old, new = (capacity + 7) >> 3
        if self.validity is not NULL:
            old = self.validity.size
            if not block_grow(self.validity, new - old):
                return NO_MEMORY
            memset(self.validity.data + old, 0xff, new - old)
            self.validity.size = new
        self.capacity = capacity
        return NO_FAULT

    cdef int no_value(self, Py_ssize_t n) noexcept:
        """A null, or a value of no bytes, which becomes one and is counted."""
        self.empties += n == 0
        return self.append_null()

    cdef int mark_null(self) noexcept:
        """The last value is null. Bits stand at one until then: a value that is there touches none."""
        if self.validity is NULL:
            self.validity = block_new((self.capacity + 7) >> 3)
            if self.validity is NULL:
                return NO_MEMORY
            self.validity.size = (self.capacity + 7) >> 3
            memset(self.validity.data, 0xff, self.validity.size)
        clear_bit(self.validity.data, self.length - 1)
        self.nulls += 1
        return NO_FAULT

    cdef object take_validity(self):
        """The bitmap, or None where there is no null."""
        cdef Block* block = self.validity
        if block is NULL:
            return None
        self.validity = NULL
        block.size = (self.length + 7) >> 3
        block_fit(block)
        return take_block(block)

    cdef ArrayData finish(self):
        """The array of what was appended. The builder is not used after it."""
        return make_array(self.layout, self.length, self.length, (), (), None)


# --- values of a fixed size --------------------------------------------------------------------------------------


cdef class FixedBuilder(Builder):
    """Values of `layout.width` bytes. Subclasses read them."""

    def __cinit__(self, layout, *args):
        self.width = layout.width

    def __dealloc__(self):
        block_release(self.values)

    cdef int resize(self, int64_t capacity) noexcept:
        if self.values is NULL:
            self.values = block_new(capacity * self.width)
        if self.values is NULL:
            return NO_MEMORY
        self.values.size = self.length * self.width
        if not block_grow(self.values, (capacity - self.length) * self.width):
            return NO_MEMORY
        return Builder.resize(self, capacity)

    cdef int append_default(self) noexcept:
        cdef int fault = ensure(self)
        if fault:
            return fault
        memset(self.values.data + self.length * self.width, 0, self.width)
        self.length += 1
        return NO_FAULT

    cdef int append_defaults(self, int64_t count) noexcept:
        cdef int fault
        if self.width == 0:
            return Builder.append_defaults(self, count)
        fault = self.reserve(count)
        if fault:
            return fault
        memset(self.values.data + self.length * self.width, 0, count * self.width)
        self.length += count
        return NO_FAULT

    cdef int64_t used(self) noexcept:
        """Bytes of the values."""
        return self.length * self.width

    cdef ArrayData finish(self):
        cdef Block* block
        if self.values is NULL:
            self.values = block_new(0)
            if self.values is NULL:
                raise MemoryError
        block, self.values = self.values, NULL
        block.size = self.used()
        block_fit(block)
        return make_array(self.layout, self.length, self.nulls, (self.take_validity(), take_block(block)), (), None)


cdef class BooleanBuilder(FixedBuilder):
    """Booleans, eight in a byte: any byte but zero is true."""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 1:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        fault = ensure(self)
        if fault:
            return fault
        if p[0]:
            set_bit(self.values.data, self.length)
        self.length += 1
        return NO_FAULT

    cdef int resize(self, int64_t capacity) noexcept:
        cdef int64_t old = 0 if self.values is NULL else self.values.size, new = (capacity + 7) >> 3
        if self.values is NULL:
            self.values = block_new(new)
        if self.values is NULL or not block_grow(self.values, new - old):
            return NO_MEMORY
        memset(self.values.data + old, 0, new - old)
        self.values.size = new
        return Builder.resize(self, capacity)

    cdef int append_default(self) noexcept:
        return Builder.append_default(self)

    cdef int64_t used(self) noexcept:
        return (self.length + 7) >> 3


cdef class Fixed1Builder(FixedBuilder):
    """tinyint"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 1:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        if self.length >= self.capacity:
            fault = self.reserve(1)
            if fault:
                return fault
        self.values.data[self.length] = p[0]
        self.length += 1
        return NO_FAULT


cdef class Fixed2Builder(FixedBuilder):
    """smallint"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 2:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        if self.length >= self.capacity:
            fault = self.reserve(1)
            if fault:
                return fault
        (<uint16_t*>self.values.data)[self.length] = load16(p)
        self.length += 1
        return NO_FAULT


cdef class Fixed4Builder(FixedBuilder):
    """int, float"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 4:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        if self.length >= self.capacity:
            fault = self.reserve(1)
            if fault:
                return fault
        (<uint32_t*>self.values.data)[self.length] = load32(p)
        self.length += 1
        return NO_FAULT

    cdef int append_run(self, const uint8_t* p, int64_t count, int64_t size) noexcept:
        cdef int64_t i
        cdef int fault = self.reserve(count)
        cdef uint32_t* out
        if fault or size != 4:
            return fault or BAD_SIZE
        out = <uint32_t*>self.values.data + self.length
        for i in range(count):
            out[i] = load32(p + 4 * i)
        self.length += count
        return NO_FAULT


cdef class Fixed8Builder(FixedBuilder):
    """bigint, counter, double, timestamp"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 8:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        if self.length >= self.capacity:
            fault = self.reserve(1)
            if fault:
                return fault
        (<uint64_t*>self.values.data)[self.length] = load64(p)
        self.length += 1
        return NO_FAULT

    cdef int append_run(self, const uint8_t* p, int64_t count, int64_t size) noexcept:
        cdef int64_t i
        cdef int fault = self.reserve(count)
        cdef uint64_t* out
        if fault or size != 8:
            return fault or BAD_SIZE
        out = <uint64_t*>self.values.data + self.length
        for i in range(count):
            out[i] = load64(p + 8 * i)
        self.length += count
        return NO_FAULT


cdef class Fixed16Builder(FixedBuilder):
    """uuid, timeuuid: bytes as they are"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 16:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        fault = ensure(self)
        if fault:
            return fault
        memcpy(self.values.data + 16 * self.length, p, 16)
        self.length += 1
        return NO_FAULT


cdef class DateBuilder(FixedBuilder):
    """date: days around 1970-01-01, which is 2^31 on the wire"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n != 4:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        fault = ensure(self)
        if fault:
            return fault
        (<uint32_t*>self.values.data)[self.length] = load32(p) ^ <uint32_t>0x80000000
        self.length += 1
        return NO_FAULT


cdef class TimeBuilder(FixedBuilder):
    """time: nanoseconds of a day"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef uint64_t ns
        cdef int fault
        if n != 8:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        ns = load64(p)
        if ns >= NS_A_DAY:
            return BAD_TIME
        fault = ensure(self)
        if fault:
            return fault
        (<uint64_t*>self.values.data)[self.length] = ns
        self.length += 1
        return NO_FAULT


cdef class MicrosecondsBuilder(FixedBuilder):
    """timestamp as microseconds"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int64_t ms
        cdef int fault
        if n != 8:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        ms = <int64_t>load64(p)
        if ms > 0x7fffffffffffffffLL // 1000 or ms < -(0x7fffffffffffffffLL // 1000):
            return BAD_TIMESTAMP
        fault = ensure(self)
        if fault:
            return fault
        (<int64_t*>self.values.data)[self.length] = ms * 1000
        self.length += 1
        return NO_FAULT


# --- text and bytes ----------------------------------------------------------------------------------------------


cdef class VarlenBuilder(Builder):
    """Bytes of any length, one after the other, with the offsets where each begins."""

    def __cinit__(self, layout, *args):
        self.is_large = layout.width == 8

    def __dealloc__(self):
        block_release(self.offsets)
        block_release(self.content)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        return self.put(p, n) if n >= 0 else self.append_null()

    cdef int put(self, const uint8_t* p, Py_ssize_t n) noexcept:
        """Appends checked bytes."""
        cdef int64_t end
        if self.length >= self.capacity:
            if self.reserve(1):
                return NO_MEMORY
        if not block_grow(self.content, n):
            return NO_MEMORY
        if n:
            memcpy(self.content.data + self.content.size, p, n)
        self.content.size += n
        end = self.content.size
        self.length += 1
        if self.is_large:
            (<int64_t*>self.offsets.data)[self.length] = end
            return NO_FAULT
        if end > INT32_MAX:
            return TOO_LARGE
        (<uint32_t*>self.offsets.data)[self.length] = <uint32_t>end
        return NO_FAULT

    cdef int append_default(self) noexcept:
        return self.put(NULL, 0)

    cdef int resize(self, int64_t capacity) noexcept:
        cdef int64_t width = 8 if self.is_large else 4
        if self.offsets is NULL:
            self.offsets = block_new((capacity + 1) * width)
            if self.offsets is NULL:
                return NO_MEMORY
            memset(self.offsets.data, 0, width)
        if self.content is NULL:
            self.content = block_new(16 * capacity)
            if self.content is NULL:
                return NO_MEMORY
        self.offsets.size = (self.length + 1) * width
        if not block_grow(self.offsets, (capacity - self.length) * width):
            return NO_MEMORY
        return Builder.resize(self, capacity)

    cdef ArrayData finish(self):
        cdef Block* offsets
        cdef Block* content
        if self.offsets is NULL and self.resize(0):
            raise MemoryError
        offsets, self.offsets = self.offsets, NULL
        content, self.content = self.content, NULL
        offsets.size = (self.length + 1) * (8 if self.is_large else 4)
        block_fit(offsets)
        block_fit(content)
        buffers = (self.take_validity(), take_block(offsets), take_block(content))
        return make_array(self.layout, self.length, self.nulls, buffers, (), None)


cdef class TextBuilder(VarlenBuilder):
    """text: UTF-8, checked, since those who read Arrow's text do not."""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        if n < 0:
            return self.append_null()
        if not is_ascii(p, n) and not is_utf8(p, n):
            return BAD_UTF8
        return self.put(p, n)


cdef class AsciiBuilder(VarlenBuilder):
    """ascii: 7-bit characters"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        if n < 0:
            return self.append_null()
        return self.put(p, n) if is_ascii(p, n) else BAD_ASCII


cdef dict BUILDERS = {
    "ascii": AsciiBuilder,
    "boolean": BooleanBuilder,
    "bytes": VarlenBuilder,
    "date": DateBuilder,
    "fixed1": Fixed1Builder,
    "fixed2": Fixed2Builder,
    "fixed4": Fixed4Builder,
    "fixed8": Fixed8Builder,
    "fixed16": Fixed16Builder,
    "null": Builder,
    "time": TimeBuilder,
    "timestamp_us": MicrosecondsBuilder,
    "utf8": TextBuilder,
}


def plain_builder(str reader not None):
    """The class of builders with this name, or None."""
    return BUILDERS.get(reader)
