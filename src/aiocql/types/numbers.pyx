"""Numbers: boolean, the five integers, counter, varint, float, double and decimal.

Integers take `int` and whatever has `__index__` (NumPy's integers), never a bool. A boolean takes a bool, never an int.
Floats take what has `__float__`. Encodings: native protocol v5, section 5.
"""

from cpython.float cimport PyFloat_AsDouble, PyFloat_AS_DOUBLE, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact, PyLong_FromLong, PyLong_FromLongLong
from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeASCII
from libc.math cimport isfinite
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport strtoll
from libc.string cimport memcpy

from aiocql.binary.cursor cimport load16, load32, load64
from aiocql.binary.writer cimport Writer, store16, store32, store64
from aiocql.types.codec cimport Codec, bad_value, int_value, undecodable, wrong_size, wrong_type

from aiocql.types.first_use import first_use


cdef class BooleanCodec(Codec):
    """``boolean``: any byte but zero is true."""

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 1

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 1:
            wrong_size(self, n, "1")
        return p[0] != 0

    cdef int encode(self, Writer out, object value) except -1:
        if value is not True and value is not False:
            value = self._numpy_bool(value)
        return out.put_byte(value is True)

    def _numpy_bool(self, value):
        kind = type(value)
        if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
            return bool(value)
        wrong_type(self, value, "a bool", "use bool(value) if its truth is meant")


cdef class TinyintCodec(Codec):
    """``tinyint``: 8 bits. In a vector it has a length of its own (Cassandra 5.0: ByteType is not fixed)."""

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 1:
            wrong_size(self, n, "1")
        return PyLong_FromLong(<int8_t>p[0])

    cdef int encode(self, Writer out, object value) except -1:
        return out.put_byte(<int>int_value(self, value, -0x80, 0x7f) & 0xff)


cdef class SmallintCodec(Codec):
    """``smallint``: 16 bits. In a vector it has a length of its own (Cassandra 5.0: ShortType is not fixed)."""

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 2:
            wrong_size(self, n, "2")
        return PyLong_FromLong(<int16_t>load16(p))

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t v = int_value(self, value, -0x8000, 0x7fff)
        store16(out.reserve(2), <uint32_t>v)
        return 0


cdef class IntCodec(Codec):
    """``int``: 32 bits."""

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 4

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 4:
            wrong_size(self, n, "4")
        return PyLong_FromLong(<int32_t>load32(p))

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t v = int_value(self, value, -0x80000000LL, 0x7fffffff)
        store32(out.reserve(4), <uint32_t>v)
        return 0


cdef class BigintCodec(Codec):
    """``bigint`` and ``counter``: 64 bits."""

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 8

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n != 8:
            wrong_size(self, n, "8")
        return PyLong_FromLongLong(<int64_t>load64(p))

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t v = int_value(self, value, INT64_MIN, INT64_MAX)
        store64(out.reserve(8), <uint64_t>v)
        return 0


cdef extern from "<stdint.h>" nogil:
    const int64_t INT64_MIN
    const int64_t INT64_MAX


# --- varint ----------------------------------------------------------------------------------------------------

cdef object _from_bytes = int.from_bytes


cdef inline int64_t short_varint(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """A varint of 1 to 8 bytes."""
    cdef int64_t v = <int8_t>p[0]
    cdef Py_ssize_t i
    for i in range(1, n):
        v = <int64_t>(<uint64_t>v << 8 | p[i])
    return v


cdef object decode_varint(const uint8_t* p, Py_ssize_t n):
    """Two's complement, big-endian; longer than needed is accepted. `n` is at least 1."""
    if n <= 8:
        return PyLong_FromLongLong(short_varint(p, n))
    return _from_bytes(p[:n], "big", signed=True)


cdef int encode_varint(Writer out, object value) except -1:
    """The shortest two's complement of an exact int: 128 is 0080, -129 is ff7f, 0 is 00."""
    cdef int overflow = 0
    cdef int64_t v = PyLong_AsLongLongAndOverflow(value, &overflow)
    cdef int n = 1
    cdef uint8_t* p
    cdef bytes data
    if overflow:
        data = value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
        return out.put_raw(<const char*>data, len(data))
    while n < 8 and (v >> (8 * n - 1)) not in (0, -1):
        n += 1
    p = out.reserve(n)
    while n:
        n -= 1
        p[0] = <uint8_t>(v >> (8 * n))
        p += 1
    return 0


cdef class VarintCodec(Codec):
    """``varint``: an int of any size."""

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        if n < 1:
            wrong_size(self, n, "at least 1")
        return decode_varint(p, n)

    cdef int encode(self, Writer out, object value) except -1:
        if not PyLong_CheckExact(value):
            value = _exact_int(self, value)
        return encode_varint(out, value)


cdef object _exact_int(Codec codec, object value):
    if not isinstance(value, bool) and hasattr(type(value), "__index__"):
        try:
            return int(value.__index__())
        except TypeError:
            pass
    wrong_type(codec, value, "an int", "convert it with int(...)")


# --- float and double ------------------------------------------------------------------------------------------


cdef double float_value(Codec codec, object value) except? -1.0:
    """The value of a float, an int, or of what has `__float__`; a bool and a str have none."""
    if PyFloat_CheckExact(value):
        return PyFloat_AS_DOUBLE(value)
    if isinstance(value, bool) or not (hasattr(type(value), "__float__") or hasattr(type(value), "__index__")):
        wrong_type(codec, value, "a float", "convert it with float(...)")
    try:
        return PyFloat_AsDouble(value)
    except (OverflowError, TypeError, ValueError):
        pass
    bad_value(codec, value, "it has no value as a double", "use a varint or a decimal column")


cdef float float32_value(Codec codec, object value) except? -1.0:
    """As `float_value`, rounded to 32 bits; what is finite stays so."""
    cdef double d = float_value(codec, value)
    cdef float f = <float>d
    if not isfinite(f) and isfinite(d):
        bad_value(codec, value, "it holds -3.4028235e38 to 3.4028235e38", "use a double, or bind float('inf')")
    return f


cdef class FloatCodec(Codec):
    """``float``: 32 bits. NaN, -0.0 and infinity are kept; a finite value beyond 32 bits is an error, not infinity."""

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 4
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef uint32_t bits
        cdef float f
        if n != 4:
            wrong_size(self, n, "4")
        bits = load32(p)
        memcpy(&f, &bits, 4)
        return PyFloat_FromDouble(f)

    cdef int encode(self, Writer out, object value) except -1:
        cdef float f = float32_value(self, value)
        cdef uint32_t bits
        memcpy(&bits, &f, 4)
        store32(out.reserve(4), bits)
        return 0


cdef class DoubleCodec(Codec):
    """``double``: 64 bits. NaN, -0.0 and infinity are kept."""

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 8
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef uint64_t bits
        cdef double d
        if n != 8:
            wrong_size(self, n, "8")
        bits = load64(p)
        memcpy(&d, &bits, 8)
        return PyFloat_FromDouble(d)

    cdef int encode(self, Writer out, object value) except -1:
        cdef double d = float_value(self, value)
        cdef uint64_t bits
        memcpy(&bits, &d, 8)
        store64(out.reserve(8), bits)
        return 0


# --- decimal ---------------------------------------------------------------------------------------------------

cdef object _Decimal = None
cdef object _from_text = None
cdef object _exact = None   # a decimal context that never rounds
cdef tuple _exponents = ()  # Decimals of the exponents of usual scales, 0 to -_USUAL
cdef object _ONE = 1        # objects: C's own would overflow
cdef object _TEN = 10
cdef dict _powers = {}      # 2**k as Decimal, for unscaled values beyond _LONG bits

cdef enum:
    _LONG = 4096
    _USUAL = 40
    _NEAR = 1 << 20
    _MAX_UNSCALED = 131072  # bytes, about 315,000 digits: conversion to decimal digits takes more than linear time
    _MAX_DIGITS = 315653


cdef int _import_decimal() except -1:
    global _Decimal, _exact, _exponents, _from_text
    with first_use:
        if _Decimal is None:
            import decimal
            _exact = decimal.Context(
                prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.Inexact]
            )
            _from_text = _exact.create_decimal
            _exponents = tuple([decimal.Decimal(-scale) for scale in range(_USUAL + 1)])
            _Decimal = decimal.Decimal
    return 0


cdef object _power_of_two(Py_ssize_t k):
    """2**k for a k that is `_LONG` times a power of two: there are few of these, and each is computed once."""
    power = _powers.get(k)
    if power is None:
        half = _Decimal(_ONE << k) if k <= _LONG else _power_of_two(k >> 1)
        power = _powers[k] = half if k <= _LONG else _exact.multiply(half, half)
    return power


cdef object _whole_decimal(object unscaled, Py_ssize_t bits):
    """An int as Decimal. `Decimal(int)` is quadratic in its length: long values are divided (threat T16)."""
    cdef Py_ssize_t low = _LONG
    if bits <= _LONG:
        return _Decimal(unscaled)
    while low * 2 < bits:
        low *= 2
    high = _exact.multiply(_whole_decimal(unscaled >> low, bits - low), _power_of_two(low))
    return _exact.add(high, _whole_decimal(unscaled & ((_ONE << low) - 1), low))


cdef object _digits_value(tuple digits, Py_ssize_t start, Py_ssize_t stop):
    """The int that the decimal digits spell: by halves, so that long values cost less than quadratic time."""
    cdef int64_t v = 0
    cdef Py_ssize_t i, middle
    if stop - start <= 18:
        for i in range(start, stop):
            v = v * 10 + <int>digits[i]
        return v
    middle = (start + stop) >> 1
    return _digits_value(digits, start, middle) * _TEN ** <object>(stop - middle) + _digits_value(digits, middle, stop)


cdef bint _read_short(str text, int64_t* unscaled, int64_t* exponent) except -1:
    """Reads a Decimal's text if it is a number of at most 18 digits: faster than its tuple, and as exact."""
    cdef Py_ssize_t n
    cdef const char* p = PyUnicode_AsUTF8AndSize(text, &n)
    cdef const char* end = p + n
    cdef int64_t v = 0, fraction = 0
    cdef int digits = 0
    cdef bint negative = p[0] == c"-", point = False
    p += negative
    while p < end and p[0] != c"E" and p[0] != c"e":  # e: the context's `capitals`
        if p[0] == c".":
            point = True
        elif c"0" <= p[0] <= c"9" and digits < 18:
            v = v * 10 + (p[0] - c"0")
            digits += 1
            fraction += point
        else:
            return False
        p += 1
    exponent[0] = (strtoll(p + 1, NULL, 10) if p < end else 0) - fraction
    unscaled[0] = -v if negative else v
    return True


cdef int _put_exponent(Codec codec, Writer out, object value, int64_t exponent) except -1:
    if not -0x7fffffff <= exponent <= 0x80000000LL:
        bad_value(codec, value, "its exponent is beyond 32 bits", "round it, or use a text column")
    return out.put_int(<int32_t>-exponent)


cdef inline char* _put_digits(char* end, uint64_t v) noexcept nogil:
    """The decimal digits of `v` before `end`; where they begin."""
    while True:
        end -= 1
        end[0] = <char>(c"0" + v % 10)
        v //= 10
        if v == 0:
            return end


cdef object _short_decimal(int64_t unscaled, int32_t scale):
    """A Decimal by its text, of 20 digits at most: the quickest exact way, and as exact as that of long values."""
    cdef char[40] text
    cdef char* end = text + 40
    cdef char* start = _put_digits(end, <uint64_t>(-<int64_t>scale if scale < 0 else scale))
    if scale > 0:
        start -= 1
        start[0] = c"-"
    start -= 1
    start[0] = c"E"
    start = _put_digits(start, 0 - <uint64_t>unscaled if unscaled < 0 else <uint64_t>unscaled)
    if unscaled < 0:
        start -= 1
        start[0] = c"-"
    # By the context, which does not round: the class would look for the thread's own context, and not use it.
    return _from_text(PyUnicode_DecodeASCII(start, end - start, NULL))


cdef class DecimalCodec(Codec):
    """``decimal``: a 32-bit scale and a varint. Exact both ways: no rounding, the scale is kept.

    Takes a Decimal or an int. A Decimal of -0 loses its sign (Cassandra has none); NaN and infinity do not fit.
    """

    def __cinit__(self, cql_type, *args):
        _import_decimal()
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef int32_t scale
        if n < 5:
            wrong_size(self, n, "at least 5")
        scale = <int32_t>load32(p)
        if n <= 12 and -_NEAR < scale < _NEAR:
            return _short_decimal(short_varint(p + 4, n - 4), scale)
        if n - 4 > _MAX_UNSCALED:
            undecodable(self, f"its unscaled value has {n - 4} bytes, the driver reads {_MAX_UNSCALED}")
        unscaled = decode_varint(p + 4, n - 4)
        value = _Decimal(unscaled) if n <= _LONG // 8 else _whole_decimal(unscaled, (n - 4) * 8)
        if scale == 0:
            return value
        exponent = _exponents[scale] if 0 < scale <= _USUAL else _Decimal(-<int64_t>scale)
        return value.scaleb(exponent, _exact)

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t exponent, short_unscaled
        if PyLong_CheckExact(value):
            out.put_int(0)
            return encode_varint(out, value)
        if not isinstance(value, _Decimal):
            return self._encode_int(out, value)
        if _read_short(_Decimal.__str__(value), &short_unscaled, &exponent):
            _put_exponent(self, out, value, exponent)
            return encode_varint(out, short_unscaled)
        sign, digits, power = value.as_tuple()
        if isinstance(power, str):
            bad_value(self, value, "it holds neither NaN nor infinity", "bind None, or use a double column")
        _put_exponent(self, out, value, power)
        if len(digits) > _MAX_DIGITS:
            bad_value(
                self, value, f"it has {len(digits)} digits, the driver writes {_MAX_DIGITS}",
                "round it, or use a varint or a text column")
        # A tuple itself, no derived class, as the argument's type demands: its length is the number of its items.
        unscaled = _digits_value(digits, 0, len(digits))
        return encode_varint(out, -unscaled if sign else unscaled)

    cdef int _encode_int(self, Writer out, object value) except -1:
        """What has `__index__` (NumPy's integers, an IntEnum), as every type of integers takes it."""
        if isinstance(value, bool) or not hasattr(type(value), "__index__"):
            hint = None
            if isinstance(value, (str, float)):
                hint = "use Decimal(str(value)), or Decimal(value), which is exact"
            wrong_type(self, value, "a Decimal or an int", hint)
        out.put_int(0)
        return encode_varint(out, _exact_int(self, value))
