"""Builders of values with parts: lists, maps, tuples and user-defined types, vectors; and the choice of a builder."""

from cpython.tuple cimport PyTuple_GET_ITEM
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint64_t

from aiocql.binary.cursor cimport Cursor, cursor_over, left, load32
from aiocql.binary.vint cimport read_unsigned_vint
from aiocql.columns.buffers cimport (
    ArrayData, Block, block_fit, block_grow, block_new, block_release, make_array, take_block,
)
from aiocql.columns.builders cimport (
    BAD_ELEMENTS, BAD_KEY, BAD_VECTOR, NO_FAULT, NO_MEMORY, TOO_LARGE, Builder, ensure,
)

from aiocql.columns.builders import plain_builder
from aiocql.columns.number_builders import number_builder
from aiocql.columns.text_builders import text_builder

cdef enum:
    MAX_FILLER = 1 << 26  # elements of a column of vectors: null vectors cost no bytes on the wire


cdef Builder make_builder(object layout):
    """The builder of a layout, and those of its parts."""
    cdef str reader = layout.reader
    kind = text_builder(layout.kind) or plain_builder(reader) or number_builder(reader) or NESTED[reader]
    return kind(layout)


cdef Py_ssize_t next_element(Cursor* c, const uint8_t** out) noexcept:
    """The length of the next [bytes] in a value, -1 for null, -2 where the value ends before it."""
    cdef int32_t n
    if left(c) < 4:
        return -2
    n = <int32_t>load32(c.p)
    c.p += 4
    if n < 0:
        return -1
    if n > left(c):
        return -2
    out[0] = c.p
    c.p += n
    return n


cdef inline int append_element(Builder builder, Cursor* c) noexcept:
    """Append the next [bytes] of a value to the column of its elements; return the fault, or `NO_FAULT`."""
    cdef const uint8_t* p = NULL
    cdef Py_ssize_t size = next_element(c, &p)
    return BAD_ELEMENTS if size == -2 else builder.append(p, size)


cdef int32_t element_count(Cursor* c, int32_t least) noexcept:
    """How many elements a collection announces; -1 where there are not the bytes for them."""
    cdef int32_t count
    if left(c) < 4:
        return -1
    count = <int32_t>load32(c.p)
    c.p += 4
    return count if 0 <= count <= left(c) // least else -1


# --- lists, sets and maps ------------------------------------------------------------------------------------------


cdef class OffsetsBuilder(Builder):
    """Base of lists and maps: the offsets where each begins among the elements of all."""

    cdef Block* offsets

    def __dealloc__(self):
        block_release(self.offsets)

    cdef int resize(self, int64_t capacity) noexcept:
        if self.offsets is NULL:
            self.offsets = block_new(4 * (capacity + 1))
            if self.offsets is NULL:
                return NO_MEMORY
            (<int32_t*>self.offsets.data)[0] = 0
        self.offsets.size = 4 * (self.length + 1)
        if not block_grow(self.offsets, 4 * (capacity - self.length)):
            return NO_MEMORY
        return Builder.resize(self, capacity)

    cdef int end_at(self, int64_t elements) noexcept:
        """The next list ends after so many elements of all."""
        cdef int fault = ensure(self)
        if fault:
            return fault
        if elements > INT32_MAX:
            return TOO_LARGE
        self.length += 1
        (<int32_t*>self.offsets.data)[self.length] = <int32_t>elements
        return NO_FAULT

    cdef object take_offsets(self):
        cdef Block* offsets
        if self.offsets is NULL and self.resize(0):
            raise MemoryError
        offsets, self.offsets = self.offsets, NULL
        offsets.size = 4 * (self.length + 1)
        block_fit(offsets)
        return take_block(offsets)


cdef class ListBuilder(OffsetsBuilder):
    """list, set"""

    cdef Builder element

    def __cinit__(self, layout, *args):
        self.element = make_builder(layout.children[0])

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Cursor c
        cdef int32_t count
        cdef int fault
        if n <= 0:
            return self.no_value(n)
        c = cursor_over(p, n)
        count = element_count(&c, 4)
        if count < 0:
            return BAD_ELEMENTS
        while count:
            fault = append_element(self.element, &c)
            if fault:
                return fault
            count -= 1
        return BAD_ELEMENTS if left(&c) else self.end_at(self.element.length)

    cdef int append_default(self) noexcept:
        return self.end_at(self.element.length)

    cdef int64_t all_empties(self) noexcept:
        return self.empties + self.element.all_empties()

    cdef ArrayData finish(self):
        buffers = (self.take_validity(), self.take_offsets())
        return make_array(self.layout, self.length, self.nulls, buffers, (self.element.finish(),), None)


cdef class MapBuilder(OffsetsBuilder):
    """map: a list of pairs, whose keys are never null"""

    cdef Builder key
    cdef Builder value
    cdef object pair

    def __cinit__(self, layout, *args):
        self.pair = layout.children[0]
        self.key, self.value = [make_builder(part) for part in self.pair.children]

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Cursor c
        cdef int32_t count
        cdef int fault
        if n <= 0:
            return self.no_value(n)
        c = cursor_over(p, n)
        count = element_count(&c, 8)
        if count < 0:
            return BAD_ELEMENTS
        while count:
            fault = append_element(self.key, &c)
            if fault == NO_FAULT:
                fault = append_element(self.value, &c)
            if fault:
                return fault
            count -= 1
        if self.key.nulls:
            return BAD_KEY
        return BAD_ELEMENTS if left(&c) else self.end_at(self.key.length)

    cdef int append_default(self) noexcept:
        return self.end_at(self.key.length)

    cdef int64_t all_empties(self) noexcept:
        return self.empties + self.key.all_empties() + self.value.all_empties()

    cdef ArrayData finish(self):
        cdef int64_t count = self.key.length
        pairs = make_array(self.pair, count, 0, (None,), (self.key.finish(), self.value.finish()), None)
        buffers = (self.take_validity(), self.take_offsets())
        return make_array(self.layout, self.length, self.nulls, buffers, (pairs,), None)


# --- tuples and user-defined types ---------------------------------------------------------------------------------


cdef class StructBuilder(Builder):
    """tuple, user-defined type: what the bytes do not reach is null; a user type may have grown more fields since."""

    cdef tuple fields
    cdef Py_ssize_t width
    cdef bint may_grow

    def __cinit__(self, layout, *args):
        self.fields = tuple([make_builder(part) for part in layout.children])
        self.width = len(self.fields)
        self.may_grow = layout.reader == "user_type"

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Cursor c
        cdef Py_ssize_t i, size
        cdef int fault = ensure(self)
        if fault:
            return fault
        if n < 0:
            return self.append_null()
        c = cursor_over(p, n)
        for i in range(self.width):
            size = next_element(&c, &p) if left(&c) else -1
            if size == -2:
                return BAD_ELEMENTS
            fault = (<Builder>PyTuple_GET_ITEM(self.fields, i)).append(p, size)
            if fault:
                return fault
        if left(&c) and not self.may_grow:
            return BAD_ELEMENTS
        self.length += 1
        return NO_FAULT

    cdef int append_default(self) noexcept:
        cdef Py_ssize_t i
        cdef int fault = ensure(self)
        for i in range(self.width):
            if fault:
                return fault
            fault = (<Builder>PyTuple_GET_ITEM(self.fields, i)).append_null()
        self.length += fault == NO_FAULT
        return fault

    cdef int64_t all_empties(self) noexcept:
        cdef int64_t out = self.empties
        cdef Py_ssize_t i
        for i in range(self.width):
            out += (<Builder>PyTuple_GET_ITEM(self.fields, i)).all_empties()
        return out

    cdef ArrayData finish(self):
        cdef list parts = []
        for field in self.fields:
            parts.append((<Builder>field).finish())
        return make_array(self.layout, self.length, self.nulls, (self.take_validity(),), tuple(parts), None)


# --- vectors -------------------------------------------------------------------------------------------------------


cdef class VectorBuilder(Builder):
    """vector: as many elements in each; those of a fixed size have no lengths on the wire."""

    cdef Builder element
    cdef int64_t dimensions
    cdef int64_t element_size  # 0: each element has its length before it

    def __cinit__(self, layout, *args):
        self.element = make_builder(layout.children[0])
        self.dimensions = layout.width
        self.element_size = layout.children[0].wire_size

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int fault
        if n <= 0:
            return self.no_value(n)
        fault = ensure(self)
        if fault == NO_FAULT:
            if self.element_size == 0:
                fault = self.append_sized(p, n)
            elif n != self.dimensions * self.element_size:
                fault = BAD_VECTOR
            else:
                fault = self.element.append_run(p, self.dimensions, self.element_size)
        self.length += fault == NO_FAULT
        return fault

    cdef int append_sized(self, const uint8_t* p, Py_ssize_t n) noexcept:
        """Elements with their lengths before them."""
        cdef const uint8_t* end = p + n
        cdef uint64_t size = 0
        cdef int fault
        if self.dimensions > n:
            return BAD_VECTOR
        for _ in range(self.dimensions):
            if not read_unsigned_vint(&p, end, &size) or size > <uint64_t>(end - p):
                return BAD_VECTOR
            fault = self.element.append(p, <Py_ssize_t>size)
            if fault:
                return fault
            p += size
        return NO_FAULT if p == end else BAD_VECTOR

    cdef int append_default(self) noexcept:
        cdef int fault = ensure(self)
        if fault:
            return fault
        if self.element.length > MAX_FILLER - self.dimensions:
            return TOO_LARGE
        fault = self.element.append_defaults(self.dimensions)
        self.length += fault == NO_FAULT
        return fault

    cdef int64_t all_empties(self) noexcept:
        return self.empties + self.element.all_empties()

    cdef ArrayData finish(self):
        buffers = (self.take_validity(),)
        return make_array(self.layout, self.length, self.nulls, buffers, (self.element.finish(),), None)


cdef dict NESTED = {
    "list": ListBuilder,
    "map": MapBuilder,
    "tuple": StructBuilder,
    "user_type": StructBuilder,
    "vector": VectorBuilder,
}
