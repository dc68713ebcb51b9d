"""The checked cursor for Python code that reads messages off the hot path."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t

from aiocql.binary.cursor cimport (
    Cursor,
    cursor_over,
    left,
    read_byte,
    read_int,
    read_short,
    read_short_bytes,
    read_string,
    read_string_list,
    take,
)

from aiocql.errors import ProtocolError


cdef class PlainReader:
    """Reads the notations of the native protocol (section 3) from `data`; raises TruncatedError past its end."""

    cdef bytes data
    cdef Cursor c

    def __init__(self, bytes data not None):
        self.data = data
        self.c = cursor_over(<const uint8_t*>(<char*>data), len(data))

    @property
    def left(self):
        """Bytes not read yet."""
        return left(&self.c)

    def byte(self):
        """[byte], unsigned"""
        return read_byte(&self.c)

    def short(self):
        """[short]"""
        return read_short(&self.c)

    def int32(self):
        """[int]"""
        return read_int(&self.c)

    def string(self):
        """[string]"""
        return read_string(&self.c)

    def string_list(self):
        """[string list]"""
        return read_string_list(&self.c)

    def short_bytes(self):
        """[short bytes]"""
        cdef const uint8_t* p
        cdef Py_ssize_t n = read_short_bytes(&self.c, &p)
        return PyBytes_FromStringAndSize(<const char*>p, n)

    def inet_address(self):
        """[inetaddr], as text"""
        from ipaddress import ip_address

        n = read_byte(&self.c)
        if n != 4 and n != 16:
            raise ProtocolError(f"an address of {n} bytes")
        return str(ip_address(PyBytes_FromStringAndSize(<const char*>take(&self.c, n), n)))
