"""Arrays and schemas through Arrow's C data interface, in PyCapsules.

Everything that a consumer calls back (release, get_schema, get_next) is plain C on memory that is counted atomically:
any thread may call it, with or without the GIL, after the Python objects are gone.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.errno cimport EINVAL, ENOMEM
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset, strlen

from aiocql.columns.buffers cimport ArrayData, Block, Buffer, block_acquire, block_release
from aiocql.columns.c_data cimport ARROW_FLAG_NULLABLE, ArrowArray, ArrowArrayStream, ArrowSchema


cdef void* zeroed(Py_ssize_t count, size_t size) except NULL:
    cdef void* p = calloc(count if count > 0 else 1, size)
    if p is NULL:
        raise MemoryError
    return p


# --- schemas -----------------------------------------------------------------------------------------------------


cdef void release_schema(ArrowSchema* schema) noexcept nogil:
    cdef int64_t i
    if schema.children is not NULL:
        for i in range(schema.n_children):
            drop_schema(schema.children[i])
        free(schema.children)
    drop_schema(schema.dictionary)
    free(<void*>schema.format)
    free(<void*>schema.name)
    free(<void*>schema.metadata)
    schema.release = NULL


cdef void drop_schema(ArrowSchema* schema) noexcept nogil:
    if schema is not NULL:
        if schema.release is not NULL:
            schema.release(schema)
        free(schema)


cdef char* copied(bytes text) except NULL:
    cdef Py_ssize_t n = PyBytes_GET_SIZE(text)
    cdef char* out = <char*>zeroed(n + 1, 1)
    memcpy(out, PyBytes_AS_STRING(text), n)
    return out


cdef bytes metadata_bytes(list pairs):
    """Metadata as the C data interface has it: counts and lengths in the machine's own order."""
    from struct import pack

    parts = [pack("=i", len(pairs))]
    for key, value in pairs:
        parts += [pack("=i", len(key)), key, pack("=i", len(value)), value]
    return b"".join(parts)


cdef int fill_schema(ArrowSchema* out, str name, object layout) except -1:
    """Describes a layout; on an error, `out` can be released."""
    cdef Py_ssize_t i
    cdef tuple children = layout.children
    cdef list metadata = layout.metadata
    memset(out, 0, sizeof(ArrowSchema))
    out.release = release_schema
    out.format = copied(layout.format.encode())
    out.name = copied(name.encode())
    if metadata:
        out.metadata = copied(metadata_bytes(metadata))
    out.flags = ARROW_FLAG_NULLABLE if layout.nullable else 0
    if layout.kind == "dictionary":
        out.dictionary = <ArrowSchema*>zeroed(1, sizeof(ArrowSchema))
        return fill_schema(out.dictionary, "", children[0])
    out.children = <ArrowSchema**>zeroed(len(children), sizeof(ArrowSchema*))
    for i in range(len(children)):
        out.children[i] = <ArrowSchema*>zeroed(1, sizeof(ArrowSchema))
        out.n_children = i + 1
        fill_schema(out.children[i], layout.names[i], children[i])
    return 0


cdef char* duplicate(const void* source, size_t size) noexcept nogil:
    cdef char* out = <char*>malloc(size)
    if out is not NULL:
        memcpy(out, source, size)
    return out


cdef size_t metadata_size(const char* metadata) noexcept nogil:
    cdef const char* p = metadata
    cdef int32_t pairs, n
    memcpy(&pairs, p, 4)
    p += 4
    for _ in range(2 * pairs):
        memcpy(&n, p, 4)
        p += 4 + n
    return p - metadata


cdef bint copy_schema(const ArrowSchema* source, ArrowSchema* out) noexcept nogil:
    """A deep copy of a schema that `fill_schema` made; False where there is no memory, and nothing to release."""
    cdef int64_t i
    memset(out, 0, sizeof(ArrowSchema))
    out.release = release_schema
    out.flags = source.flags
    out.format = duplicate(source.format, strlen(source.format) + 1)
    out.name = duplicate(source.name, strlen(source.name) + 1)
    if source.metadata is not NULL:
        out.metadata = duplicate(source.metadata, metadata_size(source.metadata))
    out.children = <ArrowSchema**>calloc(source.n_children + 1, sizeof(ArrowSchema*))
    if (
        out.format is NULL or out.name is NULL or out.children is NULL
        or (source.metadata is not NULL and out.metadata is NULL)
    ):
        release_schema(out)
        return False
    if source.dictionary is not NULL:
        out.dictionary = copy_child(source.dictionary)
        if out.dictionary is NULL:
            release_schema(out)
            return False
    for i in range(source.n_children):
        out.children[i] = copy_child(source.children[i])
        if out.children[i] is NULL:
            release_schema(out)
            return False
        out.n_children = i + 1
    return True


cdef ArrowSchema* copy_child(const ArrowSchema* source) noexcept nogil:
    cdef ArrowSchema* out = <ArrowSchema*>malloc(sizeof(ArrowSchema))
    if out is not NULL and not copy_schema(source, out):
        free(out)
        return NULL
    return out


cdef void end_schema_capsule(object capsule) noexcept:
    drop_schema(<ArrowSchema*>PyCapsule_GetPointer(capsule, b"arrow_schema"))


def schema_capsule(layout, str name not None=""):
    """A layout as a PyCapsule named ``arrow_schema``."""
    cdef ArrowSchema* out = <ArrowSchema*>zeroed(1, sizeof(ArrowSchema))
    try:
        fill_schema(out, name, layout)
        return PyCapsule_New(out, b"arrow_schema", end_schema_capsule)
    except BaseException:
        drop_schema(out)
        raise


# --- arrays ------------------------------------------------------------------------------------------------------


cdef struct Held:
    # What an exported array keeps: its blocks, and the list of pointers that the consumer reads.
    int64_t count
    Block** blocks
    const void** pointers
    int64_t* sizes


cdef void release_array(ArrowArray* array) noexcept nogil:
    cdef Held* held = <Held*>array.private_data
    cdef int64_t i
    if array.children is not NULL:
        for i in range(array.n_children):
            drop_array(array.children[i])
        free(array.children)
    drop_array(array.dictionary)
    if held is not NULL:
        for i in range(held.count):
            block_release(held.blocks[i])
        free(held.blocks)
        free(held.pointers)
        free(held.sizes)
        free(held)
    array.release = NULL


cdef void drop_array(ArrowArray* array) noexcept nogil:
    if array is not NULL:
        if array.release is not NULL:
            array.release(array)
        free(array)


cdef int fill_buffers(ArrowArray* out, ArrayData data, bint is_view) except -1:
    cdef Py_ssize_t i, n = len(data.buffers)
    cdef Held* held = <Held*>zeroed(1, sizeof(Held))
    cdef Block* block
    out.private_data = held
    held.blocks = <Block**>zeroed(n, sizeof(Block*))
    held.pointers = <const void**>zeroed(n + 1, sizeof(void*))
    held.sizes = <int64_t*>zeroed(n, sizeof(int64_t))
    out.buffers = held.pointers
    out.n_buffers = n
    for i in range(n):
        held.count = i + 1
        if data.buffers[i] is not None:
            block = (<Buffer>data.buffers[i]).block
            block_acquire(block)
            held.blocks[i] = block
            held.pointers[i] = block.data
            if i >= 2:
                held.sizes[i - 2] = block.size
    if is_view:
        held.pointers[n] = held.sizes
        out.n_buffers = n + 1
    return 0


cdef int fill_array(ArrowArray* out, ArrayData data) except -1:
    """Exports an array; on an error, `out` can be released."""
    cdef Py_ssize_t i
    memset(out, 0, sizeof(ArrowArray))
    out.release = release_array
    out.length = data.length
    out.offset = data.offset
    out.null_count = data.null_count
    fill_buffers(out, data, data.layout.kind == "view")
    if data.dictionary is not None:
        out.dictionary = <ArrowArray*>zeroed(1, sizeof(ArrowArray))
        fill_array(out.dictionary, data.dictionary)
    out.children = <ArrowArray**>zeroed(len(data.children), sizeof(ArrowArray*))
    for i in range(len(data.children)):
        out.children[i] = <ArrowArray*>zeroed(1, sizeof(ArrowArray))
        out.n_children = i + 1
        fill_array(out.children[i], <ArrayData>data.children[i])
    return 0


cdef void end_array_capsule(object capsule) noexcept:
    drop_array(<ArrowArray*>PyCapsule_GetPointer(capsule, b"arrow_array"))


def array_capsule(ArrayData data not None):
    """An array as a PyCapsule named ``arrow_array``; it shares the array's memory."""
    cdef ArrowArray* out = <ArrowArray*>zeroed(1, sizeof(ArrowArray))
    try:
        fill_array(out, data)
        return PyCapsule_New(out, b"arrow_array", end_array_capsule)
    except BaseException:
        drop_array(out)
        raise


# --- streams -----------------------------------------------------------------------------------------------------


cdef struct Chunks:
    ArrowSchema schema
    int64_t count
    int64_t next
    ArrowArray* arrays


cdef int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept nogil:
    if stream.release is NULL:
        return EINVAL
    return 0 if copy_schema(&(<Chunks*>stream.private_data).schema, out) else ENOMEM


cdef int stream_next(ArrowArrayStream* stream, ArrowArray* out) noexcept nogil:
    cdef Chunks* chunks
    if stream.release is NULL:
        return EINVAL
    chunks = <Chunks*>stream.private_data
    memset(out, 0, sizeof(ArrowArray))
    if chunks.next < chunks.count:
        out[0] = chunks.arrays[chunks.next]
        chunks.arrays[chunks.next].release = NULL
        chunks.next += 1
    return 0


cdef const char* stream_error(ArrowArrayStream* stream) noexcept nogil:
    return NULL


cdef void release_stream(ArrowArrayStream* stream) noexcept nogil:
    cdef Chunks* chunks = <Chunks*>stream.private_data
    cdef int64_t i
    for i in range(chunks.next, chunks.count):
        chunks.arrays[i].release(&chunks.arrays[i])
    if chunks.schema.release is not NULL:
        chunks.schema.release(&chunks.schema)
    free(chunks.arrays)
    free(chunks)
    stream.release = NULL


cdef void drop_stream(ArrowArrayStream* stream) noexcept nogil:
    if stream.release is not NULL:
        stream.release(stream)
    free(stream)


cdef void end_stream_capsule(object capsule) noexcept:
    drop_stream(<ArrowArrayStream*>PyCapsule_GetPointer(capsule, b"arrow_array_stream"))


cdef int fill_stream(ArrowArrayStream* out, object layout, str name, list chunks) except -1:
    cdef Chunks* held = <Chunks*>zeroed(1, sizeof(Chunks))
    cdef Py_ssize_t i
    out.private_data = held
    out.get_schema = stream_schema
    out.get_next = stream_next
    out.get_last_error = stream_error
    out.release = release_stream
    fill_schema(&held.schema, name, layout)
    held.arrays = <ArrowArray*>zeroed(len(chunks), sizeof(ArrowArray))
    for i in range(len(chunks)):
        held.count = i + 1
        fill_array(&held.arrays[i], <ArrayData?>chunks[i])
    return 0


def stream_capsule(layout, list chunks not None, str name not None=""):
    """Arrays of one layout as a PyCapsule named ``arrow_array_stream``; it shares their memory."""
    cdef ArrowArrayStream* out = <ArrowArrayStream*>zeroed(1, sizeof(ArrowArrayStream))
    try:
        fill_stream(out, layout, name, chunks)
        return PyCapsule_New(out, b"arrow_array_stream", end_stream_capsule)
    except BaseException:
        drop_stream(out)
        raise
