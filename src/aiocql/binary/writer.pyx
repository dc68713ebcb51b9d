"""The cold half of the writer: growth, strings, and handing out what was written."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
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
    """A growing buffer. `floor` is the capacity that it keeps, in bytes; beyond it memory is given back on clearing."""

    def __cinit__(self, Py_ssize_t floor=512):
        self.floor = max(floor, 64)
        self.data = <uint8_t*>PyMem_Malloc(self.floor)
        if self.data == NULL:
            raise MemoryError
        self.capacity = self.floor
        self.size = 0

    def __dealloc__(self):
        PyMem_Free(self.data)

    def __len__(self):
        return self.size

    cdef int _grow(self, Py_ssize_t more) except -1:
        cdef Py_ssize_t wanted = self.size + more, capacity = self.capacity * 2
        cdef uint8_t* data
        if wanted < 0:
            raise MemoryError
        if capacity < wanted:
            capacity = wanted
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
        cdef const uint8_t[::1] view
        cdef Py_ssize_t n
        if data is None:
            return self.put_int(-1)
        n = len(data)
        if n > 0x7fffffff:
            raise EncodeError(f"a value of {n} bytes where the protocol allows 2^31 - 1")
        self.put_int(<int32_t>n)
        if type(data) is bytes:
            return self.put_raw(PyBytes_AS_STRING(data), n)
        if n:
            view = data
            self.put_raw(&view[0], n)
        return 0

    cdef int put_short_bytes(self, object data) except -1:
        """[short bytes]"""
        cdef const uint8_t[::1] view
        cdef Py_ssize_t n = len(data)
        if n > 65535:
            raise EncodeError(f"{n} bytes where the protocol allows 65535")
        self.put_short(<int>n)
        if type(data) is bytes:
            return self.put_raw(PyBytes_AS_STRING(data), n)
        if n:
            view = data
            self.put_raw(&view[0], n)
        return 0

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
