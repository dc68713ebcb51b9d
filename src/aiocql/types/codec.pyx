"""The base of all codecs, and how null, unset and empty stand beside values.

A codec sees the bytes of a value only: lengths, nulls and unset values are handled here, once for all types.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize

from aiocql.binary.cursor cimport read_bytes

from aiocql.errors import DecodeError, EncodeError
from aiocql.sentinels import EMPTY as _EMPTY, UNSET as _UNSET

cdef object EMPTY = _EMPTY
cdef object UNSET = _UNSET


cdef class Codec:
    """Turns values of one CQL type into bytes and back.

    `cql_type` is the type's description; `empty_is_value` says that zero bytes are an ordinary value (text, blob);
    `fixed_size` is the size that a vector element of this type has without a length of its own, else 0.
    """

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        """The value in the `n` bytes at `p`; raises DecodeError."""
        raise DecodeError(f"no codec for {self.cql_type}")

    cdef int encode(self, Writer out, object value) except -1:
        """Writes the bytes of `value`, without a length; raises EncodeError."""
        raise EncodeError(f"no codec for {self.cql_type}")

    def to_bytes(self, value):
        """The bytes of `value`, without a length; None for null."""
        cdef Writer out = Writer()
        if value is None:
            return None
        if value is EMPTY:
            return b""
        self.encode(out, value)
        return out.take_bytes()

    def from_bytes(self, data):
        """The value of `data`; None is null."""
        cdef bytes held
        if data is None:
            return None
        held = bytes(data)
        return decode_value(self, <const uint8_t*>held, len(held))

    def __repr__(self):
        return f"<{type(self).__name__} {self.cql_type}>"


cdef object decode_value(Codec codec, const uint8_t* p, Py_ssize_t n):
    """The value of `n` bytes at `p`: None where n < 0, EMPTY where n is 0 and the type has no such value."""
    if n > 0:
        return codec.decode(p, n)
    if n < 0:
        return None
    if codec.empty_is_value:
        return codec.decode(p, 0)
    return EMPTY


cdef object read_value(Codec codec, Cursor* c):
    """Reads one [bytes] and decodes it."""
    cdef const uint8_t* p
    cdef Py_ssize_t n = read_bytes(c, &p)
    return decode_value(codec, p, n)


cdef int write_value(Codec codec, Writer out, object value) except -1:
    """Writes one [value]: length and bytes, -1 for None, -2 for UNSET, 0 for EMPTY."""
    cdef Py_ssize_t mark
    if value is None:
        return out.put_int(-1)
    if value is UNSET:
        return out.put_int(-2)
    if value is EMPTY:
        return out.put_int(0)
    mark = out.begin_value()
    codec.encode(out, value)
    return out.end_value(mark)
