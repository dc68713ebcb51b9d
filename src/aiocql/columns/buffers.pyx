"""Buffers and arrays: what the builders leave behind, immutable and shared by reference."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.string cimport memset


cdef class Buffer:
    """Memory of a column, with Python's buffer protocol (read-only)."""

    def __dealloc__(self):
        block_release(self.block)

    def __len__(self):
        return self.block.size

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.block.data, self.block.size, True, flags)

    def __repr__(self):
        return f"<Buffer {self.block.size} bytes>"


cdef Buffer take_block(Block* block):
    """A buffer that owns the caller's reference."""
    cdef Buffer out = Buffer.__new__(Buffer)
    out.block = block
    return out


cdef class ArrayData:
    """An array of a layout. `slice` shares the memory; nothing changes it once it is made."""

    cdef const uint8_t* data(self, Py_ssize_t i) noexcept:
        """Where buffer `i` begins; NULL for the bitmap of an array without nulls."""
        cdef object buffer = self.buffers[i]
        return NULL if buffer is None else (<Buffer>buffer).block.data

    cdef bint is_null(self, int64_t i) noexcept:
        """Whether value `i` (from the array's own beginning) is null."""
        cdef const uint8_t* bits
        if self.null_count == 0:
            return False
        if not self.buffers:
            return True
        bits = self.data(0)
        return bits is not NULL and not get_bit(bits, self.offset + i)

    def slice(self, int64_t start, int64_t length):
        """The `length` values from `start` on, without a copy."""
        cdef ArrayData out
        cdef int64_t i, nulls = 0
        if start < 0 or length < 0 or start > self.length - length:
            raise IndexError(f"values {start} to {start + length} of {self.length}")
        if self.layout.kind == "fixed_list":
            return self.slice_fixed_list(start, length)
        out = make_array(self.layout, length, 0, self.buffers, self.children, self.dictionary)
        out.offset = self.offset + start
        if self.null_count:
            for i in range(start, start + length):
                nulls += self.is_null(i)
            out.null_count = nulls
        return out

    cdef ArrayData slice_fixed_list(self, int64_t start, int64_t length):
        """The elements are cut too, and the bitmap is copied: Polars takes no offset here."""
        cdef int64_t width = self.layout.width, i, nulls = 0
        cdef Block* bits = NULL
        children = (self.children[0].slice((self.offset + start) * width, length * width),)
        if self.null_count:
            bits = block_new((length + 7) >> 3)
            if bits is NULL:
                raise MemoryError
            memset(bits.data, 0xff, bits.capacity)
            bits.size = (length + 7) >> 3
            for i in range(length):
                if self.is_null(start + i):
                    clear_bit(bits.data, i)
                    nulls += 1
        validity = None if bits is NULL else take_block(bits)
        return make_array(self.layout, length, nulls, (validity,), children, None)

    def with_children(self, int64_t length, tuple children not None):
        """The same struct over other children, each with `length` values."""
        return make_array(self.layout, length, 0, self.buffers, children, None)

    @property
    def nbytes(self):
        """Bytes of the buffers, those of children included."""
        own = sum([len(buffer) for buffer in self.buffers if buffer is not None])
        parts = self.children if self.dictionary is None else (*self.children, self.dictionary)
        return own + sum([part.nbytes for part in parts])

    def __len__(self):
        return self.length

    def __repr__(self):
        return f"<ArrayData {self.layout.format} {self.length} values, {self.null_count} null>"


cdef ArrayData make_array(
    object layout, int64_t length, int64_t null_count, tuple buffers, tuple children, ArrayData dictionary
):
    """An array that begins at its buffers' beginning."""
    cdef ArrayData out = ArrayData.__new__(ArrayData)
    out.layout = layout
    out.length = length
    out.null_count = null_count
    out.buffers = buffers
    out.children = children
    out.dictionary = dictionary
    return out
