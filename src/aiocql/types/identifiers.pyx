"""Identifiers and addresses: uuid, timeuuid and inet.

UUIDs are made in C, without `uuid.UUID`'s own constructor (3 us); they are ordinary `uuid.UUID` all the same.
A str is taken for a uuid or an address, since users hold them as text so often; it must be a well-formed one.
"""

from libc.stdint cimport uint8_t

from aiocql.binary.writer cimport Writer
from aiocql.types.codec cimport Codec, bad_value, wrong_size, wrong_type
from aiocql.types.slots cimport allocate, set_slot

from aiocql.types.first_use import first_use


cdef extern from *:
    """
    static PyObject *aiocql_uint128(const unsigned char *p) {
    #if PY_VERSION_HEX >= 0x030D0000
        return PyLong_FromUnsignedNativeBytes(p, 16, Py_ASNATIVEBYTES_BIG_ENDIAN);
    #else
        return _PyLong_FromByteArray(p, 16, 0, 0);
    #endif
    }
    /* 0: written; 1: not between 0 and 2**128 - 1. */
    static int aiocql_put_uint128(PyObject *v, unsigned char *p) {
    #if PY_VERSION_HEX >= 0x030D0000
        Py_ssize_t n = PyLong_AsNativeBytes(v, p, 16,
            Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER | Py_ASNATIVEBYTES_REJECT_NEGATIVE);
        if (n < 0) { PyErr_Clear(); return 1; }
        return n > 16;
    #else
        if (_PyLong_AsByteArray((PyLongObject *)v, p, 16, 0, 0) < 0) { PyErr_Clear(); return 1; }
        return 0;
    #endif
    }
    """
    object aiocql_uint128(const uint8_t* p)
    int aiocql_put_uint128(object v, uint8_t* p)


cdef object _UUID = None
cdef object _slot_int = None
cdef object _slot_is_safe = None
cdef object _is_safe = None


cdef int _import_uuid() except -1:
    global _UUID, _slot_int, _slot_is_safe, _is_safe
    with first_use:
        if _UUID is None:
            import uuid
            _slot_int = uuid.UUID.__dict__["int"]
            _slot_is_safe = uuid.UUID.__dict__["is_safe"]
            _is_safe = uuid.SafeUUID.unknown
            _UUID = uuid.UUID
    return 0


cdef object make_uuid(const uint8_t* p):
    """A `uuid.UUID` of 16 bytes."""
    cdef object made = allocate(_UUID)
    set_slot(_slot_int, made, aiocql_uint128(p))
    set_slot(_slot_is_safe, made, _is_safe)
    return made


cdef class UuidCodec(Codec):
    """``uuid``: a `uuid.UUID`; takes a str of 32 hexadecimal digits with or without hyphens as well."""

    def __cinit__(self, cql_type, *args):
        _import_uuid()
        self.fixed_size = 16

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 16:
            wrong_size(self, n, "16")
        return make_uuid(p)

    cdef int put_uuid(self, uint8_t* p, object value) except -1:
        if not isinstance(value, _UUID):
            value = self._parse(value)
        number = value.int
        if not isinstance(number, int) or aiocql_put_uint128(number, p):
            bad_value(self, value, "it is not of 128 bits", "make it with uuid.UUID(...)")
        return 0

    def _parse(self, value):
        if not isinstance(value, str):
            wrong_type(self, value, "a uuid.UUID", "use uuid.UUID(bytes=...)" if isinstance(value, bytes) else None)
        digits = value.replace("-", "")
        if len(digits) == 32 and len(value) in (32, 36) and digits.isascii() and digits.isalnum():
            try:
                return _UUID(digits)
            except ValueError:
                pass
        bad_value(self, value, "it is not a UUID in text form", "write its 32 hexadecimal digits")

    cdef int encode(self, Writer out, object value) except -1:
        cdef uint8_t raw[16]
        self.put_uuid(raw, value)
        return out.put_raw(raw, 16)


cdef class TimeuuidCodec(UuidCodec):
    """``timeuuid``: a `uuid.UUID` of version 1."""

    cdef int encode(self, Writer out, object value) except -1:
        cdef uint8_t raw[16]
        self.put_uuid(raw, value)
        if raw[6] >> 4 != 1:
            bad_value(
                self, value, f"it is of version {raw[6] >> 4}, a timeuuid of version 1",
                "use uuid.uuid1() or aiocql's uuid_from_time()",
            )
        return out.put_raw(raw, 16)


# --- inet ------------------------------------------------------------------------------------------------------

cdef object _ipaddress = None
cdef object _IPv4Address = None
cdef object _IPv6Address = None


cdef int _import_ipaddress() except -1:
    global _ipaddress, _IPv4Address, _IPv6Address
    with first_use:
        if _ipaddress is None:
            import ipaddress
            _IPv4Address = ipaddress.IPv4Address
            _IPv6Address = ipaddress.IPv6Address
            _ipaddress = ipaddress
    return 0


cdef class InetCodec(Codec):
    """``inet``: an `ipaddress.IPv4Address` or `IPv6Address`; takes a str as well.

    An IPv4 address mapped into IPv6 stays one of 16 bytes. Scope ids and networks have no place in 16 bytes.
    """

    def __cinit__(self, cql_type, *args):
        _import_ipaddress()

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n == 4:
            return _IPv4Address(p[:4])
        if n == 16:
            return _IPv6Address(p[:16])
        wrong_size(self, n, "4 or 16")

    def _parse(self, value):
        if isinstance(value, str):
            try:
                return _ipaddress.ip_address(value)
            except ValueError:
                pass
            bad_value(self, value, "it is not an IPv4 or IPv6 address", "write it as 192.0.2.1 or 2001:db8::1")
        hint = None
        if isinstance(value, (_ipaddress.IPv4Interface, _ipaddress.IPv6Interface)):
            hint = "use value.ip: an inet has no prefix length"
        wrong_type(self, value, "an IPv4Address, an IPv6Address or a str", hint)

    cdef int encode(self, Writer out, object value) except -1:
        cdef bytes packed
        if type(value) is not _IPv4Address and type(value) is not _IPv6Address:
            value = self._parse(value)
        if type(value) is _IPv6Address and value.scope_id is not None:
            bad_value(self, value, "it has a scope id", "bind the address without what follows the %")
        packed = value.packed  # bytes themselves, no derived class: checked by its type here
        return out.put_raw(<const char*>packed, len(packed))
