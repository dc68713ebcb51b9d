"""Arrays of other libraries, taken through Arrow's PyCapsules.

Each chunk is checked and its buffers are copied, each to the size that its own lengths and offsets ask for, and
released at once. What reads values from the copies is Python, whose bounds are checked.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset, strerror

from aiocql.columns.c_data cimport ArrowArray, ArrowArrayStream, ArrowSchema

from aiocql.columns.foreign_shape import Part, Shape
from aiocql.errors import InterfaceError

cdef int DEEPEST = 64
cdef int64_t MOST_BYTES = <int64_t>1 << 40  # beyond any machine's memory: sizes are computed without overflow


cdef object damaged(str what):
    return InterfaceError(f"the Arrow data is inconsistent: {what}", hint="its producer is at fault")


# --- schemas -----------------------------------------------------------------------------------------------------


cdef object read_schema(ArrowSchema* schema, int depth):
    cdef int64_t i
    if schema is NULL or schema.format is NULL or schema.release is NULL:
        raise damaged("a field has no type")
    if depth > DEEPEST:
        raise InterfaceError(f"the Arrow data is nested deeper than {DEEPEST} levels")
    if schema.n_children < 0 or (schema.n_children and schema.children is NULL):
        raise damaged("a field has no children where it counts some")
    name = "" if schema.name is NULL else (<bytes>schema.name).decode("utf-8", "replace")
    children = []
    for i in range(schema.n_children):
        children.append(read_schema(schema.children[i], depth + 1))
    dictionary = None if schema.dictionary is NULL else read_schema(schema.dictionary, depth + 1)
    return Shape((<bytes>schema.format).decode("ascii", "replace"), name, tuple(children), dictionary)


# --- arrays ------------------------------------------------------------------------------------------------------


cdef bytes copy(ArrowArray* array, int index, int64_t begin, int64_t size):
    """`size` bytes of a buffer; a buffer of no bytes may be missing."""
    if size == 0:
        return b""
    if size < 0 or begin < 0 or size > MOST_BYTES or begin > MOST_BYTES:
        raise damaged("a buffer has an impossible size")
    if array.buffers[index] is NULL:
        raise damaged("a buffer is missing")
    return PyBytes_FromStringAndSize(<const char*>array.buffers[index] + begin, size)


cdef int64_t offset_at(bytes offsets, int width, int64_t i) except? -1:
    cdef int32_t narrow
    cdef int64_t wide
    cdef const char* p = offsets
    if width == 4:
        memcpy(&narrow, p + 4 * i, 4)
        return narrow
    memcpy(&wide, p + 8 * i, 8)
    return wide


cdef tuple copy_offsets(ArrowArray* array, int width, int64_t begin, int64_t count):
    """The offsets of `count` values, the first of them, and the size of what they span."""
    cdef int64_t i, last, first
    if count == 0:
        return b"", 0, 0
    cdef bytes offsets = copy(array, 1, begin * width, (count + 1) * width)
    first = last = offset_at(offsets, width, 0)
    if first < 0:
        raise damaged("an offset is negative")
    for i in range(1, count + 1):
        if offset_at(offsets, width, i) < last:
            raise damaged("offsets go backwards")
        last = offset_at(offsets, width, i)
    return offsets, first, last - first


cdef tuple copy_views(ArrowArray* array, int64_t begin, int64_t count):
    """The views of `count` values, then the buffers that they point into."""
    cdef int64_t i, buffers = array.n_buffers - 3
    cdef int64_t size
    cdef bytes sizes = copy(array, <int>(array.n_buffers - 1), 0, buffers * 8)
    cdef list out = [copy(array, 1, begin * 16, count * 16)]
    for i in range(buffers):
        size = offset_at(sizes, 8, i)
        out.append(copy(array, <int>(i + 2), 0, size))
    return tuple(out)


cdef int check(object shape, ArrowArray* array, int64_t start, int64_t count) except -1:
    """Raises where an array does not have the parts that its type needs."""
    if array is NULL or array.release is NULL:
        raise damaged("an array is missing or released")
    if array.length < 0 or array.offset < 0 or array.length > MOST_BYTES or array.offset > MOST_BYTES:
        raise damaged("an array has an impossible length")
    if start < 0 or count < 0 or start > array.length or count > array.length - start:
        raise damaged("an array is shorter than what it belongs to")
    if array.n_children != len(shape.children) or (array.n_children and array.children is NULL):
        raise damaged("an array has not the children of its type")
    if shape.kind == "view":
        if array.n_buffers < 3 or array.n_buffers > 1 << 24:
            raise damaged("an array has not the buffers of its type")
    elif array.n_buffers != shape.buffers:
        raise damaged("an array has not the buffers of its type")
    if array.n_buffers and array.buffers is NULL:
        raise damaged("an array has no buffers")
    if (shape.dictionary is None) != (array.dictionary is NULL):
        raise damaged("a dictionary is missing")
    return 0


cdef object copy_array(object shape, ArrowArray* array, int64_t start, int64_t count):
    """Copies `count` values from `start` on, checked; nothing of the array is used afterwards.

    The producer's code runs in `get_next` and `release` alone, before and after this. Its lengths are checked against
    each other; the size of a buffer is not told by Arrow, and is what the lengths make it.
    """
    cdef int64_t begin, first = 0, size, i
    cdef object validity = None, kind = shape.kind
    cdef tuple buffers = ()
    cdef list children = []
    cdef object dictionary = None
    check(shape, array, start, count)
    begin = array.offset + start
    if kind != "null" and count and array.buffers[0] is not NULL:
        validity = copy(array, 0, begin >> 3, ((begin & 7) + count + 7) >> 3)
    elif kind != "null" and count and array.null_count > 0:
        raise damaged("nulls are counted, but not marked")
    if kind == "fixed":
        buffers = (copy(array, 1, begin * shape.width, count * shape.width),)
    elif kind == "bits":
        buffers = (copy(array, 1, begin >> 3, ((begin & 7) + count + 7) >> 3 if count else 0),)
    elif kind == "varlen":
        offsets, first, size = copy_offsets(array, shape.width, begin, count)
        buffers = (offsets, copy(array, 2, first, size))
    elif kind == "view":
        buffers = copy_views(array, begin, count)
    elif kind == "list":
        offsets, first, size = copy_offsets(array, shape.width, begin, count)
        buffers = (offsets,)
        children.append(copy_array(shape.children[0], array.children[0], first, size))
    elif kind == "fixed_list":
        children.append(
            copy_array(shape.children[0], array.children[0], begin * shape.width, count * shape.width)
        )
    elif kind == "struct":
        for i in range(array.n_children):
            children.append(copy_array(shape.children[i], array.children[i], begin, count))
    if array.dictionary is not NULL:
        dictionary = copy_array(shape.dictionary, array.dictionary, 0, array.dictionary.length)
    return Part(shape, count, begin & 7, first, validity, buffers, tuple(children), dictionary)


# --- sources -----------------------------------------------------------------------------------------------------


cdef class ForeignStream:
    """A stream of another library: its shape, and its chunks one after the other. It owns the stream."""

    cdef ArrowArrayStream stream
    cdef readonly object shape

    def __cinit__(self, capsule):
        cdef ArrowArrayStream* given
        cdef ArrowSchema schema
        memset(&self.stream, 0, sizeof(ArrowArrayStream))
        given = <ArrowArrayStream*>PyCapsule_GetPointer(capsule, b"arrow_array_stream")
        if given.release is NULL:
            raise InterfaceError("the Arrow stream is used up", hint="a stream is read once")
        self.stream = given[0]
        given.release = NULL
        memset(&schema, 0, sizeof(ArrowSchema))
        self.checked(self.stream.get_schema(&self.stream, &schema))
        try:
            self.shape = read_schema(&schema, 0)
        finally:
            if schema.release is not NULL:
                schema.release(&schema)

    cdef int checked(self, int code) except -1:
        cdef const char* text
        if code:
            text = self.stream.get_last_error(&self.stream)
            said = (<bytes>(text if text is not NULL else strerror(code))).decode("utf-8", "replace")
            raise InterfaceError(f"the Arrow stream failed: {said}")
        return 0

    def __iter__(self):
        return self

    def __next__(self):
        cdef ArrowArray array
        if self.stream.release is NULL:
            raise StopIteration
        memset(&array, 0, sizeof(ArrowArray))
        self.checked(self.stream.get_next(&self.stream, &array))
        if array.release is NULL:
            self.close()
            raise StopIteration
        try:
            return copy_array(self.shape, &array, 0, array.length)
        finally:
            array.release(&array)

    def close(self):
        """Release the stream; it gives nothing more."""
        if self.stream.release is not NULL:
            self.stream.release(&self.stream)
            self.stream.release = NULL

    def __dealloc__(self):
        if self.stream.release is not NULL:
            self.stream.release(&self.stream)


def read_array(schema_capsule, array_capsule):
    """One array of another library, from the two capsules that ``__arrow_c_array__`` returns."""
    cdef ArrowSchema* schema = <ArrowSchema*>PyCapsule_GetPointer(schema_capsule, b"arrow_schema")
    cdef ArrowArray* given = <ArrowArray*>PyCapsule_GetPointer(array_capsule, b"arrow_array")
    cdef ArrowArray array
    shape = read_schema(schema, 0)
    if given.release is NULL:
        raise InterfaceError("the Arrow array is used up")
    array = given[0]
    given.release = NULL
    try:
        return copy_array(shape, &array, 0, array.length)
    finally:
        if array.release is not NULL:
            array.release(&array)
