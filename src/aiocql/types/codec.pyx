"""The base of all codecs, and how null, unset and empty stand beside values.

A codec sees the bytes of a value only: lengths, nulls and unset values are handled here, once for all types.
"""

from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from cpython.number cimport PyNumber_Index

from aiocql.binary.cursor cimport left, load32, read_bytes, take

from aiocql.errors import CodecError, DecodeError, EncodeError
from aiocql.sentinels import EMPTY as _EMPTY, UNSET as _UNSET

cdef object EMPTY = _EMPTY
cdef object UNSET = _UNSET


cdef class Codec:
    """Turns values of one CQL type into bytes and back.

    `cql_type` is the type's description; `empty_is_value` says that zero bytes are an ordinary value (text, blob);
    `hashable` says that its Python values are hashable and equal only if their bytes mean the same, so that a `set`
    or a `dict` neither loses nor merges them; `fixed_size` is the size that a vector element of this type has
    without a length of its own, else 0.
    """

    def __cinit__(self, cql_type, *args):
        self.cql_type = cql_type
        self.empty_is_value = False
        self.hashable = True
        self.fixed_size = 0

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        """The value in the `n` bytes at `p`; raises DecodeError."""
        raise DecodeError(f"no codec for {self.cql_type}")

    cdef int encode(self, Writer out, object value) except -1:
        """Writes the bytes of `value`, without a length; raises EncodeError."""
        raise EncodeError(f"no codec for {self.cql_type}")

    def to_bytes(self, value):
        """The bytes of `value`, without a length; None for null. Raises EncodeError."""
        cdef Writer out = Writer()
        if value is None:
            return None
        if value is EMPTY:
            return b""
        self.encode(out, value)
        return out.take_bytes()

    def from_bytes(self, data):
        """The value of `data`; None is null. Raises DecodeError."""
        cdef bytes held
        if data is None:
            return None
        held = bytes(data)
        return decode_value(self, <const uint8_t*>held, len(held))

    def __repr__(self):
        return f"<{type(self).__name__} {self.cql_type}>"

    def __reduce__(self):
        raise TypeError("a codec is not pickled: pickle its cql_type, and ask a registry for the codec")


cdef class UserCodec(Codec):
    """A codec of the user's over another one: `encoder` and `decoder` map from and to the inner codec's values.

    Null, unset and empty values pass by both functions.
    """

    def __cinit__(self, cql_type, Codec inner not None, encoder, decoder, bint hashable=False):
        self.inner = inner
        self.encoder = encoder
        self.decoder = decoder
        self.hashable = hashable
        self.empty_is_value = inner.empty_is_value
        self.fixed_size = inner.fixed_size

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        value = self.inner.decode(p, n)
        try:
            return self.decoder(value)
        except CodecError:
            raise
        except Exception as error:
            raise DecodeError(
                f"the codec registered for {self.cql_type} raised {type(error).__name__} while decoding"
            ) from error

    cdef int encode(self, Writer out, object value) except -1:
        try:
            plain = self.encoder(value)
        except CodecError:
            raise
        except Exception as error:
            raise EncodeError(
                f"the codec registered for {self.cql_type} raised {type(error).__name__} "
                f"for a value of type {type_name(value)}",
                hint="what it raised is this error's cause: bind what the codec takes",
            ) from error
        if plain is None or plain is UNSET or plain is EMPTY:
            raise EncodeError(
                f"the codec registered for {self.cql_type} gave {plain} for a value of type {type_name(value)}",
                hint="None, UNSET and EMPTY are bound as such, without the codec",
            )
        return self.inner.encode(out, plain)


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


# --- values inside values --------------------------------------------------------------------------------------


cdef int32_t read_count(Codec codec, Cursor* c, Py_ssize_t least) except -1:
    """How many elements follow, each of at least `least` bytes: checked against the bytes that are there."""
    cdef int32_t count
    if left(c) < 4:
        undecodable(codec, f"{left(c)} bytes where a count of elements is due")
    count = <int32_t>load32(take(c, 4))
    if count < 0:
        undecodable(codec, f"a count of {count} elements")
    if count > left(c) // least:
        undecodable(codec, f"{count} elements announced, {left(c)} bytes left")
    return count


cdef object read_element(Codec outer, Codec codec, Cursor* c):
    """Reads one [bytes] inside a value of `outer` and decodes it."""
    cdef const uint8_t* p
    cdef int32_t n
    if left(c) < 4:
        undecodable(outer, f"{left(c)} bytes where the length of an element is due")
    n = <int32_t>load32(take(c, 4))
    if n < 0:
        return None
    if n > left(c):
        undecodable(outer, f"an element of {n} bytes announced, {left(c)} left")
    p = take(c, n)
    if n > 0:
        return codec.decode(p, n)
    if codec.empty_is_value:
        return codec.decode(p, 0)
    return EMPTY


cdef int write_element(Codec outer, Codec codec, Writer out, object value) except -1:
    """Writes one element that may not be null."""
    cdef Py_ssize_t mark
    if value is None or value is UNSET:
        raise EncodeError(
            f"{value} inside a {outer.cql_type}: collections hold no nulls",
            hint="leave the element out, or bind None for the whole value",
        )
    mark = out.begin_value()
    if value is not EMPTY:
        codec.encode(out, value)
    return out.end_value(mark)


cdef int end_of_value(Codec codec, Cursor* c) except -1:
    if left(c):
        undecodable(codec, f"{left(c)} bytes left over after the last element")
    return 0


# --- errors ----------------------------------------------------------------------------------------------------


cdef object type_name(object value):
    """The value's type as its author wrote it: `int`, `numpy.float32`, `shop.Money`."""
    kind = type(value)
    module = getattr(kind, "__module__", "builtins")
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


cdef int wrong_size(Codec codec, Py_ssize_t n, str wanted) except -1:
    raise DecodeError(f"{n} bytes where {codec.cql_type} has {wanted}")


cdef int undecodable(Codec codec, str why) except -1:
    raise DecodeError(f"not a value of {codec.cql_type}: {why}")


cdef int wrong_type(Codec codec, object value, str takes, str hint=None) except -1:
    raise EncodeError(f"{codec.cql_type} takes {takes}, not {type_name(value)}", hint=hint or f"bind {takes}")


cdef int bad_value(Codec codec, object value, str why, str hint) except -1:
    raise EncodeError(f"this {type_name(value)} does not fit {codec.cql_type}: {why}", hint=hint)


cdef int64_t int_value(Codec codec, object value, int64_t low, int64_t high) except? -1:
    """The value of an int, or of what has `__index__`, between `low` and `high`; a bool is none."""
    cdef int overflow = 0
    cdef int64_t v
    if not PyLong_CheckExact(value):
        value = index_of(codec, value)
    v = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or v < low or v > high:
        bad_value(codec, value, f"it holds {low} to {high}", "bind one within that, or use a varint column")
    return v


cdef object index_of(Codec codec, object value):
    if not isinstance(value, bool) and hasattr(type(value), "__index__"):
        try:
            return PyNumber_Index(value)
        except TypeError:
            pass
    hint = None
    if isinstance(value, bool):
        hint = "a bool is not taken for a number: use int(value)"
    elif isinstance(value, (str, bytes, float)):
        hint = "convert it with int(...)"
    wrong_type(codec, value, "an int", hint)
