"""The cold half of the writer: growth, strings, and handing out what was written."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.string cimport memcpy

from aiocql.errors import EncodeError


cdef const char* _utf8(str text, Py_ssize_t* n) except NULL:
    """The UTF-8 of `text`, which keeps it."""
    cdef const char* p = NULL
    try:
        p = PyUnicode_AsUTF8AndSize(text, n)
    except UnicodeEncodeError:
        pass  # its text shows the string
    if p == NULL:
        raise EncodeError("a string with a lone surrogate has no UTF-8")
    return p


cdef class Writer:
    """A growing buffer. `floor` is the capacity that it keeps, in bytes; beyond it memory is given back on clearing.

    It grows to `limit` bytes: a length of the protocol is a signed number of 32 bits.
    """

    def __cinit__(self, Py_ssize_t floor=512):
        self.floor = max(floor, 64)
        self.data = <uint8_t*>PyMem_Malloc(self.floor)
        if self.data == NULL:
            raise MemoryError
        self.capacity = self.floor
        self.size = 0
        self.limit = 0x7fffffff

    def __dealloc__(self):
        PyMem_Free(self.data)

    def __len__(self):
        return self.size

    cdef int _grow(self, Py_ssize_t more) except -1:
        cdef Py_ssize_t wanted = self.size + more, capacity = self.capacity * 2
        cdef uint8_t* data
        if wanted < 0 or wanted > self.limit:
            raise EncodeError(
                f"{self.size} bytes and {more} more where the protocol allows 2^31 - 1 in one message",
                hint="divide it over several requests")
        if capacity < wanted:
            capacity = wanted
        elif capacity > self.limit:
            capacity = self.limit  # what is beyond it is never written without this check
        data = <uint8_t*>PyMem_Realloc(self.data, capacity)
        if data == NULL:
            raise MemoryError
        self.data = data
        self.capacity = capacity
        return 0

    cdef int put_raw(self, const void* p, Py_ssize_t n) except -1:
        if n:
            memcpy(self.reserve(n), p, n)
        return 0

    cdef int put_string(self, str text) except -1:
        """[string]: at most 65535 bytes."""
        cdef Py_ssize_t n = 0
        cdef const char* p = _utf8(text, &n)
        if n > 65535:
            raise EncodeError(f"a string of {n} bytes where the protocol allows 65535")
        self.put_short(<int>n)
        return self.put_raw(p, n)

    cdef int put_long_string(self, str text) except -1:
        """[long string]"""
        cdef Py_ssize_t n = 0
        cdef const char* p = _utf8(text, &n)
        if n > 0x7fffffff:
            raise EncodeError(f"a string of {n} bytes where the protocol allows 2^31 - 1")
        self.put_int(<int32_t>n)
        return self.put_raw(p, n)

    cdef int put_bytes(self, object data) except -1:
        """[bytes] from any contiguous buffer; None is null."""
        if data is None:
            return self.put_int(-1)
        return self._put_buffer(data, False)

    cdef int put_short_bytes(self, object data) except -1:
        """[short bytes]"""
        return self._put_buffer(data, True)

    cdef int _put_buffer(self, object data, bint short) except -1:
        """The buffer says how long it is: `len()` of a class derived from bytes may say anything."""
        cdef Py_buffer view
        if type(data) is bytes:
            return self._put_sized(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), short)
        try:
            PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        except (BufferError, ValueError):
            raise EncodeError(f"a {type(data).__name__} whose buffer is not contiguous where bytes belong") from None
        try:
            return self._put_sized(view.buf, view.len, short)
        finally:
            PyBuffer_Release(&view)

    cdef int _put_sized(self, const void* p, Py_ssize_t n, bint short) except -1:
        if short:
            if n > 65535:
                raise EncodeError(f"{n} bytes where the protocol allows 65535")
            self.put_short(<int>n)
        else:
            if n > 0x7fffffff:
                raise EncodeError(f"a value of {n} bytes where the protocol allows 2^31 - 1")
            self.put_int(<int32_t>n)
        return self.put_raw(p, n)

    cdef int end_value(self, Py_ssize_t mark) except -1:
        """Writes the length of what came since `begin_value` gave `mark`."""
        cdef Py_ssize_t n = self.size - mark
        if n > 0x7fffffff:
            raise EncodeError(f"a value of {n} bytes where the protocol allows 2^31 - 1")
        store32(self.data + mark - 4, <uint32_t>n)
        return 0

    cdef bytes take_bytes(self):
        """All that was written, as an object of its own; the writer is empty afterwards."""
        cdef bytes out = PyBytes_FromStringAndSize(<const char*>self.data, self.size)
        self.clear()
        return out

    cdef int clear(self) except -1:
        cdef uint8_t* data
        self.size = 0
        if self.capacity > self.floor:
            data = <uint8_t*>PyMem_Realloc(self.data, self.floor)
            if data != NULL:
                self.data = data
                self.capacity = self.floor
        return 0

    cdef int truncate(self, Py_ssize_t size) except -1:
        """Forgets what was written past `size`: an encoder that failed leaves nothing behind."""
        if 0 <= size <= self.size:
            self.size = size
        return 0

    def getvalue(self):
        """What was written so far, for tests."""
        return PyBytes_FromStringAndSize(<const char*>self.data, self.size)
