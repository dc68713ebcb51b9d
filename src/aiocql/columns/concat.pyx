"""Several arrays of one layout as one: copies whole runs of memory."""

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from aiocql.columns.buffers cimport (
    ArrayData, Block, block_new, clear_bit, get_bit, make_array, set_bit, take_block,
)
from aiocql.columns.builders cimport Builder, fault_text
from aiocql.columns.nested_builders cimport make_builder

from aiocql.errors import InterfaceError


cdef Block* new_block(int64_t size) except NULL:
    cdef Block* out = block_new(size)
    if out is NULL:
        raise MemoryError
    out.size = size
    memset(out.data + size, 0, out.capacity - size)
    return out


def concat(list parts not None):
    """One array with the values of all; a single one as it is. Raises InterfaceError beyond 2 GiB of text."""
    if len(parts) == 1:
        return parts[0]
    return joined((<ArrayData?>parts[0]).layout, parts)


cdef ArrayData joined(object layout, list parts):
    cdef ArrayData part
    cdef int64_t length = 0, nulls = 0
    cdef str kind = layout.kind
    for part in parts:
        length += part.length
        nulls += part.null_count
    if kind == "view" or kind == "dictionary":
        return rebuilt(layout, parts, length)
    if kind == "null":
        return make_array(layout, length, length, (), (), None)
    validity = joined_validity(parts, length) if nulls else None
    if kind == "fixed":
        return make_array(layout, length, nulls, (validity, joined_fixed(parts, length, layout.width)), (), None)
    if kind == "bits":
        return make_array(layout, length, nulls, (validity, joined_bits(parts, length)), (), None)
    if kind == "struct":
        children = [joined(layout.children[i], fields(parts, i)) for i in range(len(layout.children))]
        return make_array(layout, length, nulls, (validity,), tuple(children), None)
    if kind == "fixed_list":
        runs = [part.children[0].slice(part.offset * layout.width, part.length * layout.width) for part in parts]
        return make_array(layout, length, nulls, (validity,), (joined(layout.children[0], runs),), None)
    return joined_varlen(layout, parts, length, nulls, validity)


cdef list fields(list parts, Py_ssize_t i):
    """Field `i` of structs, as far as each reaches."""
    cdef ArrayData part
    cdef list out = []
    for part in parts:
        out.append(part.children[i].slice(part.offset, part.length))
    return out


cdef object joined_validity(list parts, int64_t length):
    cdef Block* out = new_block((length + 7) >> 3)
    cdef ArrayData part
    cdef int64_t i, at = 0
    memset(out.data, 0xff, out.size)
    for part in parts:
        if part.null_count:
            for i in range(part.length):
                if part.is_null(i):
                    clear_bit(out.data, at + i)
        at += part.length
    return take_block(out)


cdef object joined_bits(list parts, int64_t length):
    cdef Block* out = new_block((length + 7) >> 3)
    cdef const uint8_t* bits
    cdef ArrayData part
    cdef int64_t i, at = 0
    memset(out.data, 0, out.size)
    for part in parts:
        bits = part.data(1)
        for i in range(part.length):
            if get_bit(bits, part.offset + i):
                set_bit(out.data, at + i)
        at += part.length
    return take_block(out)


cdef object joined_fixed(list parts, int64_t length, int64_t width):
    cdef Block* out = new_block(length * width)
    cdef ArrayData part
    cdef int64_t at = 0
    for part in parts:
        memcpy(out.data + at, part.data(1) + part.offset * width, part.length * width)
        at += part.length * width
    return take_block(out)


# --- what has offsets ----------------------------------------------------------------------------------------------


cdef int64_t offset_at(ArrayData part, int64_t i, bint is_large) noexcept:
    if is_large:
        return (<const int64_t*>part.data(1))[part.offset + i]
    return (<const int32_t*>part.data(1))[part.offset + i]


cdef ArrayData joined_varlen(object layout, list parts, int64_t length, int64_t nulls, object validity):
    cdef bint is_large = layout.width == 8
    cdef Block* offsets = new_block((length + 1) * (8 if is_large else 4))
    cdef ArrayData part
    cdef int64_t i, begin, at = 0, total = 0
    for part in parts:
        begin = offset_at(part, 0, is_large)
        for i in range(part.length):
            put_offset(offsets, at + i, offset_at(part, i, is_large) - begin + total, is_large)
        at += part.length
        total += offset_at(part, part.length, is_large) - begin
    put_offset(offsets, length, total, is_large)
    buffer = take_block(offsets)
    if total > INT32_MAX and not is_large:
        raise InterfaceError(
            "the column exceeds 2 GiB or 2**31 elements in one array",
            hint="read the table in batches, or use ArrowTypes(text='large_utf8')",
        )
    if layout.kind == "varlen":
        buffers = (validity, buffer, joined_content(parts, total, is_large))
        return make_array(layout, length, nulls, buffers, (), None)
    child = joined(layout.children[0], [elements(part) for part in parts])
    return make_array(layout, length, nulls, (validity, buffer), (child,), None)


cdef void put_offset(Block* offsets, int64_t i, int64_t value, bint is_large) noexcept:
    if is_large:
        (<int64_t*>offsets.data)[i] = value
    else:
        (<int32_t*>offsets.data)[i] = <int32_t>value


cdef object joined_content(list parts, int64_t total, bint is_large):
    cdef Block* out = new_block(total)
    cdef ArrayData part
    cdef int64_t begin, size, at = 0
    for part in parts:
        begin = offset_at(part, 0, is_large)
        size = offset_at(part, part.length, is_large) - begin
        memcpy(out.data + at, part.data(2) + begin, size)
        at += size
    return take_block(out)


def elements(ArrayData part not None):
    """The elements of the lists or maps of an array, without those of lists that a slice left out."""
    cdef int64_t begin = offset_at(part, 0, False)
    return part.children[0].slice(begin, offset_at(part, part.length, False) - begin)


# --- what is built anew --------------------------------------------------------------------------------------------


cdef ArrayData rebuilt(object layout, list parts, int64_t length):
    """Views into one content, numbers of one dictionary: value by value."""
    cdef Builder builder = make_builder(layout)
    cdef ArrayData part
    cdef const uint8_t* p
    cdef Py_ssize_t n
    cdef int64_t i
    cdef int fault
    builder.reserve(length)
    for part in parts:
        for i in range(part.length):
            n = -1
            if not part.is_null(i):
                n = text_at(part, i, &p)
            fault = builder.append(p, n)
            if fault:
                raise InterfaceError(f"columns cannot be joined: {fault_text(fault)}")
    return builder.finish()


cdef Py_ssize_t text_at(ArrayData part, int64_t i, const uint8_t** out) noexcept:
    """The text of a view or of a dictionary's item."""
    cdef const int32_t* view
    cdef const int32_t* offsets
    cdef int32_t item
    if part.dictionary is not None:
        item = (<const int32_t*>part.data(1))[part.offset + i]
        offsets = <const int32_t*>part.dictionary.data(1)
        out[0] = part.dictionary.data(2) + offsets[item]
        return offsets[item + 1] - offsets[item]
    view = <const int32_t*>(part.data(1) + 16 * (part.offset + i))
    out[0] = <const uint8_t*>&view[1] if view[0] <= 12 else part.data(2) + view[3]
    return view[0]


def text_values(ArrayData data not None):
    """The texts of a view or dictionary array as a list of bytes; None is null."""
    cdef const uint8_t* p
    cdef Py_ssize_t n
    cdef int64_t i
    cdef list out = []
    for i in range(data.length):
        if data.is_null(i):
            out.append(None)
        else:
            n = text_at(data, i, &p)
            out.append((<const char*>p)[:n])
    return out


def null_positions(ArrayData data not None):
    """The positions of the nulls."""
    cdef int64_t i
    return [i for i in range(data.length) if data.is_null(i)] if data.null_count else []
