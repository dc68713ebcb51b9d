"""Builders of decimals, varints, durations, addresses and UUIDs in text."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.math cimport isfinite
from libc.stdint cimport INT32_MAX, INT32_MIN, int32_t, int64_t, uint8_t
from libc.string cimport memcpy

from aiocql.binary.cursor cimport load32
from aiocql.binary.vint cimport read_vint
from aiocql.columns.buffers cimport ArrayData, make_array
from aiocql.columns.builders cimport (
    BAD_DECIMAL, BAD_DURATION, BAD_SIZE, BAD_VALUE, BAD_VARINT, NO_FAULT, NO_MEMORY, TOO_LONG, Builder, FixedBuilder,
    VarlenBuilder, ensure,
)
from aiocql.types.codec cimport Codec

from aiocql.types.registry import default_registry


cdef extern from *:
    """
    #include <arpa/inet.h>
    #include <stdint.h>
    #include <string.h>
    #include <sys/socket.h>

    typedef __int128 aiocql_int128;

    /* The two's complement in n > 0 bytes, the highest first; 0 where it needs more than 128 bits. */
    static int aiocql_read_int128(const uint8_t *p, Py_ssize_t n, aiocql_int128 *out) {
        const uint8_t sign = p[0] & 0x80 ? 0xFF : 0;
        unsigned __int128 v = sign ? ~(unsigned __int128)0 : 0;
        while (n > 16) {
            if (*p != sign || ((p[1] ^ sign) & 0x80))
                return 0;
            p++;
            n--;
        }
        for (; n; n--)
            v = v << 8 | *p++;
        *out = (aiocql_int128)v;
        return 1;
    }

    /* v * 10**-from as v' * 10**-to with fewer than `limit` in magnitude; 0 where that is not exact or too large. */
    static int aiocql_rescale(aiocql_int128 v, int32_t from, int32_t to, int precision, uint8_t *out) {
        aiocql_int128 limit = 1;
        int64_t shift = (int64_t)to - from;
        for (int i = 0; i < precision; i++)
            limit *= 10;
        if (v == 0)
            shift = 0;
        for (; shift > 0; shift--) {
            if (v >= limit / 10 || v <= -(limit / 10))
                return 0;
            v *= 10;
        }
        for (; shift < 0; shift++) {
            if (v % 10)
                return 0;
            v /= 10;
        }
        if (v >= limit || v <= -limit)
            return 0;
        memcpy(out, &v, 16);
        return 1;
    }

    static Py_ssize_t aiocql_inet_text(const uint8_t *p, Py_ssize_t n, char *out) {
        if (inet_ntop(n == 4 ? AF_INET : AF_INET6, p, out, INET6_ADDRSTRLEN) == NULL)
            return 0;
        return (Py_ssize_t)strlen(out);
    }
    """
    ctypedef struct int128 "aiocql_int128":
        pass
    bint read_int128 "aiocql_read_int128"(const uint8_t* p, Py_ssize_t n, int128* out) noexcept
    bint rescale "aiocql_rescale"(int128 v, int32_t scale, int32_t to, int precision, uint8_t* out) noexcept
    Py_ssize_t inet_text "aiocql_inet_text"(const uint8_t* p, Py_ssize_t n, char* out) noexcept


# --- decimal and varint --------------------------------------------------------------------------------------------


cdef class DecimalBuilder(FixedBuilder):
    """decimal as decimal128: exact, or a fault"""

    cdef int precision
    cdef int32_t scale

    def __cinit__(self, layout, *args):
        self.precision, self.scale = layout.scale

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        if n <= 0:
            return self.no_value(n)
        if n < 5:
            return BAD_SIZE
        return self.put_scaled(p + 4, n - 4, <int32_t>load32(p), BAD_DECIMAL)

    cdef int put_scaled(self, const uint8_t* p, Py_ssize_t n, int32_t scale, int misfit) noexcept:
        cdef int128 v
        cdef int fault
        if not read_int128(p, n, &v):
            return misfit
        fault = ensure(self)
        if fault:
            return fault
        if not rescale(v, scale, self.scale, self.precision, self.values.data + 16 * self.length):
            return misfit
        self.length += 1
        return NO_FAULT


cdef class VarintBuilder(DecimalBuilder):
    """varint as decimal128 without decimals"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        return self.put_scaled(p, n, 0, BAD_VARINT) if n > 0 else self.no_value(n)


cdef class VarintInt64Builder(FixedBuilder):
    """varint as int64"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef int64_t pair[2]
        cdef int128 v
        cdef int fault
        if n <= 0:
            return self.no_value(n)
        if not read_int128(p, n, &v) or not rescale(v, 0, 0, 38, <uint8_t*>pair):
            return BAD_VARINT
        # The low half comes first on a little-endian machine.
        if pair[HIGH] != pair[LOW] >> 63:
            return BAD_VARINT
        fault = ensure(self)
        if fault:
            return fault
        (<int64_t*>self.values.data)[self.length] = pair[LOW]
        self.length += 1
        return NO_FAULT


cdef extern from *:
    """
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    enum { aiocql_low = 1, aiocql_high = 0 };
    #else
    enum { aiocql_low = 0, aiocql_high = 1 };
    #endif
    """
    const int LOW "aiocql_low"
    const int HIGH "aiocql_high"


# --- duration ------------------------------------------------------------------------------------------------------


cdef struct Parts:
    int32_t months
    int32_t days
    int64_t nanoseconds


cdef bint read_duration(const uint8_t* p, Py_ssize_t n, Parts* out) noexcept:
    """Three vints of one sign, the first two within 32 bits."""
    cdef const uint8_t* end = p + n
    cdef int64_t months = 0, days = 0, ns = 0
    if not (read_vint(&p, end, &months) and read_vint(&p, end, &days) and read_vint(&p, end, &ns)) or p != end:
        return False
    if not (INT32_MIN <= months <= INT32_MAX and INT32_MIN <= days <= INT32_MAX):
        return False
    if (months < 0 or days < 0 or ns < 0) and (months > 0 or days > 0 or ns > 0):
        return False
    out.months = <int32_t>months
    out.days = <int32_t>days
    out.nanoseconds = ns
    return True


cdef class IntervalBuilder(FixedBuilder):
    """duration as Arrow's interval of months, days and nanoseconds"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Parts parts
        cdef int fault
        if n <= 0:
            return self.no_value(n)
        if not read_duration(p, n, &parts):
            return BAD_DURATION
        fault = ensure(self)
        if fault:
            return fault
        memcpy(self.values.data + 16 * self.length, &parts, 16)
        self.length += 1
        return NO_FAULT


cdef class DurationBuilder(Builder):
    """duration as a struct of months, days and nanoseconds"""

    cdef FixedBuilder months
    cdef FixedBuilder days
    cdef FixedBuilder nanoseconds

    def __cinit__(self, layout, *args):
        self.months, self.days, self.nanoseconds = [FixedBuilder(part) for part in layout.children]

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Parts parts
        if n <= 0:
            return self.no_value(n)
        if not read_duration(p, n, &parts):
            return BAD_DURATION
        return self.put(&parts)

    cdef int put(self, const Parts* parts) noexcept:
        cdef int fault = (
            ensure(self) or self.months.append_default() or self.days.append_default()
            or self.nanoseconds.append_default()
        )
        if fault:
            return fault
        (<int32_t*>self.months.values.data)[self.length] = parts.months
        (<int32_t*>self.days.values.data)[self.length] = parts.days
        (<int64_t*>self.nanoseconds.values.data)[self.length] = parts.nanoseconds
        self.length += 1
        return NO_FAULT

    cdef int append_default(self) noexcept:
        cdef Parts parts
        parts.months = 0
        parts.days = 0
        parts.nanoseconds = 0
        return self.put(&parts)

    cdef ArrayData finish(self):
        children = (self.months.finish(), self.days.finish(), self.nanoseconds.finish())
        return make_array(self.layout, self.length, self.nulls, (self.take_validity(),), children, None)


# --- text forms ----------------------------------------------------------------------------------------------------


cdef class UuidTextBuilder(VarlenBuilder):
    """uuid, timeuuid as 36 characters"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef uint8_t text[36]
        cdef int i, at = 0
        if n != 16:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        for i in range(16):
            if i == 4 or i == 6 or i == 8 or i == 10:
                text[at] = c"-"
                at += 1
            text[at] = HEX[p[i] >> 4]
            text[at + 1] = HEX[p[i] & 15]
            at += 2
        return self.put(text, 36)


cdef const char* HEX = b"0123456789abcdef"


cdef class InetTextBuilder(VarlenBuilder):
    """inet as text"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef char text[64]
        if n != 4 and n != 16:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        return self.put(<const uint8_t*>text, inet_text(p, n, text))


cdef class InetBytesBuilder(VarlenBuilder):
    """inet as 4 or 16 bytes"""

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        if n != 4 and n != 16:
            return self.no_value(n) if n <= 0 else BAD_SIZE
        return self.put(p, n)


cdef class PrintedBuilder(VarlenBuilder):
    """What Python prints of a decimal, a varint or a duration: every digit, at the price of an object a value."""

    cdef Codec codec

    def __cinit__(self, layout, *args):
        self.codec = default_registry().codec(layout.cql_type)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef Py_ssize_t size = 0
        cdef const char* text
        if n <= 0:
            return self.no_value(n)
        try:
            printed = str(self.codec.decode(p, n))
            text = PyUnicode_AsUTF8AndSize(printed, &size)
            return self.put(<const uint8_t*>text, size)
        except ValueError:  # more digits than Python prints
            return TOO_LONG
        except Exception:
            return BAD_VALUE


cdef class DecimalFloatBuilder(FixedBuilder):
    """decimal as the nearest double"""

    cdef Codec codec

    def __cinit__(self, layout, *args):
        self.codec = default_registry().codec(layout.cql_type)

    cdef int append(self, const uint8_t* p, Py_ssize_t n) noexcept:
        cdef double nearest
        if n <= 0:
            return self.no_value(n)
        try:
            nearest = self.codec.decode(p, n)
        except Exception:
            return BAD_VALUE
        if not isfinite(nearest):
            return BAD_DECIMAL
        if ensure(self):
            return NO_MEMORY
        (<double*>self.values.data)[self.length] = nearest
        self.length += 1
        return NO_FAULT


cdef dict BUILDERS = {
    "decimal": DecimalBuilder,
    "decimal_float": DecimalFloatBuilder,
    "decimal_text": PrintedBuilder,
    "duration": DurationBuilder,
    "duration_text": PrintedBuilder,
    "inet_bytes": InetBytesBuilder,
    "inet_text": InetTextBuilder,
    "interval": IntervalBuilder,
    "uuid_text": UuidTextBuilder,
    "varint": VarintBuilder,
    "varint_int64": VarintInt64Builder,
    "varint_text": PrintedBuilder,
}


def number_builder(str reader not None):
    """The class of builders with this name, or None."""
    return BUILDERS.get(reader)
