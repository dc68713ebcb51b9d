"""``vector<element, dimensions>`` (Cassandra 5.0), with a fast way in and out for floats.

Elements of a fixed size stand without lengths; all others have an unsigned vint before them. There are no nulls.
"""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer,
)
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.ref cimport Py_INCREF
from libc.math cimport isfinite
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, strcmp

from aiocql.binary.cursor cimport load32, load64
from aiocql.binary.vint cimport read_unsigned_vint, write_unsigned_vint
from aiocql.binary.writer cimport Writer, store32, store64
from aiocql.types.codec cimport Codec, bad_value, decode_value, undecodable, wrong_size, wrong_type
from aiocql.types.items cimport items_of
from aiocql.types.numbers cimport DoubleCodec, FloatCodec, float32_value, float_value

from collections.abc import Iterable, Mapping

from aiocql.errors import DecodeError, EncodeError
from aiocql.sentinels import EMPTY as _EMPTY, UNSET as _UNSET

cdef object EMPTY = _EMPTY
cdef object UNSET = _UNSET


cdef object _items(Codec codec, object value, Py_ssize_t dimensions):
    """The elements as a list or tuple of the right length."""
    if type(value) is not list and type(value) is not tuple:
        raw = isinstance(value, (str, bytes, bytearray)) or isinstance(value, memoryview) and value.itemsize == 1
        if raw or isinstance(value, Mapping) or not isinstance(value, Iterable):
            wrong_type(codec, value, "a list, an array or another sequence")
        value = items_of(value)
    # The length is checked; then elements are iterated, never indexed: encoding one may change the list.
    if len(value) != dimensions:
        wrong_dimensions(codec, value, len(value), dimensions)
    return value


cdef int wrong_dimensions(Codec codec, object value, Py_ssize_t found, Py_ssize_t dimensions) except -1:
    return bad_value(codec, value, f"it has {found} elements, the type {dimensions}", f"bind {dimensions} elements")


cdef class VectorCodec(Codec):
    """A vector of any element type: a list both ways."""

    cdef readonly Codec element
    cdef readonly Py_ssize_t dimensions

    def __cinit__(self, cql_type, Codec element not None, Py_ssize_t dimensions, *args):
        if not 0 < dimensions <= 0x7fffffff:
            raise ValueError("a vector has at least one dimension")
        self.element = element
        self.dimensions = dimensions
        self.hashable = False
        if element.fixed_size > 0x7fffffff // dimensions:
            raise DecodeError(f"{cql_type} is larger than a value can be")
        self.fixed_size = element.fixed_size * dimensions

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if self.element.fixed_size:
            return self._decode_fixed(p, n)
        return self._decode_variable(p, n)

    cdef object _decode_fixed(self, const uint8_t* p, Py_ssize_t n):
        cdef Py_ssize_t i, size = self.element.fixed_size
        cdef list out = []
        if n != self.fixed_size:
            wrong_size(self, n, str(self.fixed_size))
        for i in range(self.dimensions):
            out.append(self.element.decode(p + i * size, size))
        return out

    cdef object _decode_variable(self, const uint8_t* p, Py_ssize_t n):
        cdef const uint8_t* end = p + n
        cdef uint64_t size = 0
        cdef list out = []
        if self.dimensions > n:  # a vint has at least one byte
            undecodable(self, f"{n} bytes for {self.dimensions} elements")
        for _ in range(self.dimensions):
            if not read_unsigned_vint(&p, end, &size) or size > <uint64_t>(end - p):
                undecodable(self, f"its bytes end before its {self.dimensions} elements do")
            out.append(decode_value(self.element, p, <Py_ssize_t>size))
            p += size
        if p != end:
            undecodable(self, f"{end - p} bytes left over after the last element")
        return out

    cdef int encode(self, Writer out, object value) except -1:
        cdef Writer scratch = None if self.element.fixed_size else Writer()
        cdef object items = tuple(_items(self, value, self.dimensions))
        for item in items:
            if item is None or item is UNSET or item is EMPTY:
                raise EncodeError(
                    f"{item} inside a {self.cql_type}: every element of a vector has a value",
                    hint="bind None for the whole vector, or a value for each element",
                )
            if scratch is None:
                self.element.encode(out, item)
                continue
            self.element.encode(scratch, item)
            write_unsigned_vint(out, <uint64_t>scratch.size)
            out.put_raw(scratch.data, scratch.size)
            scratch.clear()
        return 0


# --- floats ----------------------------------------------------------------------------------------------------


cdef extern from *:
    """
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define AIOCQL_BIG_ENDIAN 1
    #else
    #define AIOCQL_BIG_ENDIAN 0
    #endif
    """
    const bint BIG_ENDIAN "AIOCQL_BIG_ENDIAN"


cdef void swap32(const uint8_t* source, uint8_t* target, Py_ssize_t count) noexcept nogil:
    """Big-endian words to the machine's own order, or back."""
    cdef Py_ssize_t i
    cdef uint32_t word
    for i in range(count):
        memcpy(&word, source + 4 * i, 4)
        if not BIG_ENDIAN:
            word = word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24
        memcpy(target + 4 * i, &word, 4)


cdef void swap64(const uint8_t* source, uint8_t* target, Py_ssize_t count) noexcept nogil:
    """As `swap32`, for 64 bits."""
    cdef Py_ssize_t i
    cdef uint64_t word
    for i in range(count):
        memcpy(&word, source + 8 * i, 8)
        if not BIG_ENDIAN:
            store64(<uint8_t*>&word, word)
        memcpy(target + 8 * i, &word, 8)


cdef object _array_maker(str shape, str code):
    """A function from a number of dimensions to an object with a writable buffer of that many `code`s."""
    if shape == "array":
        from array import array
        template = array(code, [0])
        return template.__mul__
    import numpy
    kind = numpy.dtype(code)
    empty = numpy.empty
    return lambda dimensions: empty(dimensions, kind)


cdef class FloatVectorCodec(VectorCodec):
    """``vector<float, n>`` and ``vector<double, n>``.

    `shape` says what a value comes as: "list", "array" (`array.array`) or "numpy" (an `ndarray`; NumPy is needed then).
    Takes any sequence of numbers; a contiguous buffer of floats or doubles (`array.array`, NumPy) without a Python
    object an element.
    """

    cdef readonly str shape
    cdef object make
    cdef bint double_size

    def __cinit__(self, cql_type, Codec element not None, Py_ssize_t dimensions, str shape="list"):
        if type(element) not in (FloatCodec, DoubleCodec) or shape not in ("list", "array", "numpy"):
            raise ValueError('a vector of float or double, as "list", "array" or "numpy"')
        self.shape = shape
        self.double_size = element.fixed_size == 8
        self.make = None if shape == "list" else _array_maker(shape, "d" if self.double_size else "f")

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Py_buffer view
        if n != self.fixed_size:
            wrong_size(self, n, str(self.fixed_size))
        if self.make is None:
            return self._decode_list(p)
        made = self.make(self.dimensions)
        PyObject_GetBuffer(made, &view, PyBUF_WRITABLE)
        if view.len == n:
            if self.double_size:
                swap64(p, <uint8_t*>view.buf, self.dimensions)
            else:
                swap32(p, <uint8_t*>view.buf, self.dimensions)
        PyBuffer_Release(&view)
        return made

    cdef list _decode_list(self, const uint8_t* p):
        cdef Py_ssize_t i
        cdef list out = PyList_New(self.dimensions)
        cdef uint32_t bits32
        cdef uint64_t bits64
        cdef float f
        cdef double d
        cdef object item
        for i in range(self.dimensions):
            if self.double_size:
                bits64 = load64(p + 8 * i)
                memcpy(&d, &bits64, 8)
            else:
                bits32 = load32(p + 4 * i)
                memcpy(&f, &bits32, 4)
                d = f
            item = PyFloat_FromDouble(d)
            Py_INCREF(item)
            PyList_SET_ITEM(out, i, item)
        return out

    cdef int encode(self, Writer out, object value) except -1:
        if type(value) is not list and type(value) is not tuple and PyObject_CheckBuffer(value):
            if self._encode_buffer(out, value):
                return 0
        cdef Py_ssize_t start = out.size
        for item in _items(self, value, self.dimensions):
            self._put(out, item)
        if out.size - start != self.fixed_size:
            bad_value(self, value, "it changed while it was encoded", "bind a copy")
        return 0

    cdef int _put(self, Writer out, object item) except -1:
        cdef double d
        cdef float f
        cdef uint64_t bits64
        cdef uint32_t bits32
        if self.double_size:
            d = PyFloat_AS_DOUBLE(item) if PyFloat_CheckExact(item) else float_value(self.element, item)
            memcpy(&bits64, &d, 8)
            store64(out.reserve(8), bits64)
        else:
            f = float32_value(self.element, item)
            memcpy(&bits32, &f, 4)
            store32(out.reserve(4), bits32)
        return 0

    cdef int _encode_buffer(self, Writer out, object value) except -1:
        """1 if the value's buffer was one-dimensional floats or doubles and was written, else 0."""
        cdef Py_buffer view
        cdef char code
        try:
            PyObject_GetBuffer(value, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)
        except (BufferError, ValueError, TypeError):
            return 0
        try:
            code = native_format(&view)
            if view.ndim != 1 or code == 0:
                return 0
            if view.shape[0] != self.dimensions:
                wrong_dimensions(self, value, view.shape[0], self.dimensions)
            return self._put_buffer(out, value, &view, code == c"d")
        finally:
            PyBuffer_Release(&view)

    cdef int _put_buffer(self, Writer out, object value, Py_buffer* view, bint doubles) except -1:
        """The buffer is held: no code of the user's runs before it is released. It may stand at an odd address."""
        cdef uint8_t* target = out.reserve(self.fixed_size)
        cdef Py_ssize_t i
        cdef float f
        cdef double d
        if doubles and self.double_size:
            swap64(<const uint8_t*>view.buf, target, self.dimensions)
            return 1
        if not doubles and not self.double_size:
            swap32(<const uint8_t*>view.buf, target, self.dimensions)
            return 1
        for i in range(self.dimensions):
            if self.double_size:
                memcpy(&f, <const uint8_t*>view.buf + 4 * i, 4)
                put_double(target + 8 * i, f)
                continue
            memcpy(&d, <const uint8_t*>view.buf + 8 * i, 8)
            if not put_float(target + 4 * i, d):
                bad_value(self, value, "an element is beyond the 32 bits of a float", "use a vector<double, n>")
        return 1


cdef char native_format(const Py_buffer* view) noexcept nogil:
    """The buffer's item type where it is a float ("f") or a double ("d") in the machine's own order, else 0."""
    cdef const char* text = view.format
    if text == NULL:
        return 0
    if text[0] == c"@" or text[0] == c"=" or text[0] == (c">" if BIG_ENDIAN else c"<"):
        text += 1
    if strcmp(text, b"f") == 0 and view.itemsize == 4 or strcmp(text, b"d") == 0 and view.itemsize == 8:
        return text[0]
    return 0


cdef void put_double(uint8_t* target, double d) noexcept nogil:
    cdef uint64_t bits
    memcpy(&bits, &d, 8)
    store64(target, bits)


cdef bint put_float(uint8_t* target, double d) noexcept nogil:
    """False if a finite value leaves the range of 32 bits."""
    cdef float f = <float>d
    cdef uint32_t bits
    memcpy(&bits, &f, 4)
    store32(target, bits)
    return isfinite(f) or not isfinite(d)
