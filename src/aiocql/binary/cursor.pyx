"""The cold half of the checked cursor: its errors, and strings and maps built from it."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeLatin1, PyUnicode_DecodeUTF8

from aiocql.errors import ProtocolError, TruncatedError


cdef const uint8_t* short_read(Py_ssize_t wanted, Py_ssize_t left) except NULL:
    if wanted < 0:
        raise ProtocolError(f"a length of {wanted} where there can be none")
    raise TruncatedError(f"{wanted} bytes announced, {left} left in the message")


cdef int negative_length(int32_t length) except -1:
    raise ProtocolError(f"a length of {length} where there can be none")


cdef Py_ssize_t null_or_short(Cursor* c, const uint8_t** out) except -2:
    """`read_bytes` where there is null, or too little: apart, so that the other is a few instructions in its place."""
    cdef int32_t n = read_int(c)
    if n < 0:
        out[0] = NULL
        return -1
    out[0] = take(c, n)
    return n


cdef object bad_utf8(const uint8_t* p, Py_ssize_t n, object cause):
    raise ProtocolError(f"a string of {n} bytes is not UTF-8") from cause


cdef object _text(const uint8_t* p, Py_ssize_t n):
    try:
        return PyUnicode_DecodeUTF8(<const char*>p, n, NULL)
    except UnicodeDecodeError as error:
        return bad_utf8(p, n, error)


cdef object read_string(Cursor* c):
    """[string]"""
    cdef int n = read_short(c)
    return _text(take(c, n), n)


cdef object read_name(Cursor* c):
    """[string] that names a part of the schema.

    Cassandra 4.0 and later write these names one byte per character, so the bytes of a name beyond ASCII are not UTF-8.
    """
    cdef int n = read_short(c)
    cdef const uint8_t* p = take(c, n)
    try:
        return PyUnicode_DecodeUTF8(<const char*>p, n, NULL)
    except UnicodeDecodeError:
        return PyUnicode_DecodeLatin1(<const char*>p, n, NULL)


cdef object read_long_string(Cursor* c):
    """[long string]"""
    cdef int32_t n = read_int(c)
    if n < 0:
        negative_length(n)
    return _text(take(c, n), n)


cdef list read_string_list(Cursor* c):
    """[string list]"""
    cdef int n = read_short(c)
    cdef list out = []
    for _ in range(n):
        out.append(read_string(c))
    return out


cdef dict read_string_map(Cursor* c):
    """[string map]"""
    cdef int n = read_short(c)
    cdef dict out = {}
    for _ in range(n):
        key = read_string(c)
        out[key] = read_string(c)
    return out


cdef dict read_string_multimap(Cursor* c):
    """[string multimap]"""
    cdef int n = read_short(c)
    cdef dict out = {}
    for _ in range(n):
        key = read_string(c)
        out[key] = read_string_list(c)
    return out


cdef dict read_bytes_map(Cursor* c):
    """[bytes map]: values are bytes, or None for null."""
    cdef int n = read_short(c)
    cdef dict out = {}
    cdef const uint8_t* p
    cdef Py_ssize_t size
    for _ in range(n):
        key = read_string(c)
        size = read_bytes(c, &p)
        out[key] = None if size < 0 else PyBytes_FromStringAndSize(<const char*>p, size)
    return out
