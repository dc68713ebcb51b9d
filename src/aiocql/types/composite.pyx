"""Collections and what has fields: list, set, map, tuple and user-defined types.

A set or a map whose elements Python could lose or merge (floats, decimals, lists, user types in dicts) comes as
`CqlSet` or `CqlMap` of `aiocql.types.containers`, else as `set` or `dict`: the element type alone decides, so that
a column always has the same Python type. No null can be bound inside a collection; tuples and user types hold nulls.
"""

from cpython.list cimport PyList_Append
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_SET_ITEM
from libc.stdint cimport int32_t, uint8_t, uint32_t

from aiocql.binary.cursor cimport Cursor, cursor_over, left
from aiocql.binary.writer cimport Writer, store32
from aiocql.types.codec cimport (
    Codec, bad_value, end_of_value, read_count, read_element, write_element, write_value, wrong_type,
)
from aiocql.types.items cimport items_of

from collections.abc import Iterable, Mapping
from types import MemberDescriptorType

from aiocql.errors import CodecError, DecodeError, EncodeError
from aiocql.sentinels import UNSET as _UNSET
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.crowding import is_crowded

cdef object UNSET = _UNSET
cdef object MISSING = object()

cdef enum:
    CROWD = 64  # elements: below it a set or dict costs little however badly its elements hash


cdef object _elements(Codec codec, object value):
    """What is iterated for a collection: any iterable but text, bytes and mappings."""
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(value, Iterable):
        wrong_type(codec, value, "a list, a tuple, a set or another iterable of its elements")
    return value


cdef int _write_elements(Codec codec, Codec element, Writer out, object value) except -1:
    cdef Py_ssize_t at, count = 0
    kind = type(value)
    if kind is not list and kind is not tuple and kind is not set and kind is not frozenset:
        value = _elements(codec, value)
    out.reserve(4)
    at = out.size - 4
    # Encoding an element may run the user's code, which may change `value`: iterating looks at its size each time,
    # and `len()` is not asked. The count is of what was written.
    for item in value:
        write_element(codec, element, out, item)
        count += 1
    if count > 0x7fffffff:
        bad_value(codec, value, "it has more than 2^31 - 1 elements", "divide it over several rows")
    store32(out.data + at, <uint32_t>count)
    return 0


cdef class ListCodec(Codec):
    """``list<element>``: a list. Takes any iterable."""

    cdef readonly Codec element

    def __cinit__(self, cql_type, Codec element not None):
        self.element = element
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Cursor c = cursor_over(p, n)
        cdef int32_t count = read_count(self, &c, 4)
        cdef list out = []
        for _ in range(count):
            PyList_Append(out, read_element(self, self.element, &c))
        end_of_value(self, &c)
        return out

    cdef int encode(self, Writer out, object value) except -1:
        return _write_elements(self, self.element, out, value)


cdef class InListCodec(ListCodec):
    """The list behind ``IN ?``. Elements may be null: conditions (``IF v IN ?``) compare with them."""

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t at, count = 0
        out.reserve(4)
        at = out.size - 4
        for item in _elements(self, value):
            if item is None:
                write_value(self.element, out, None)
            else:
                write_element(self, self.element, out, item)
            count += 1
        store32(out.data + at, <uint32_t>count)
        return 0


cdef class SetCodec(Codec):
    """``set<element>``: a `set`, or a `CqlSet` where that could lose elements. Takes any iterable."""

    cdef readonly Codec element

    def __cinit__(self, cql_type, Codec element not None):
        self.element = element
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Cursor c = cursor_over(p, n)
        cdef int32_t count = read_count(self, &c, 4)
        cdef list items
        cdef set out
        if self.element.hashable and count < CROWD:
            out = set()
            for _ in range(count):
                out.add(read_element(self, self.element, &c))
            end_of_value(self, &c)
            return out
        items = []
        for _ in range(count):
            items.append(read_element(self, self.element, &c))
        end_of_value(self, &c)
        return set(items) if self.element.hashable and not is_crowded(items) else CqlSet(items)

    cdef int encode(self, Writer out, object value) except -1:
        return _write_elements(self, self.element, out, value)


cdef class MapCodec(Codec):
    """``map<key, value>``: a `dict`, or a `CqlMap` where that could lose keys. Takes any mapping."""

    cdef readonly Codec key
    cdef readonly Codec value

    def __cinit__(self, cql_type, Codec key not None, Codec value not None):
        self.key = key
        self.value = value
        self.hashable = False

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Cursor c = cursor_over(p, n)
        cdef int32_t count = read_count(self, &c, 8)
        cdef dict out
        cdef list items
        if self.key.hashable and count < CROWD:
            out = {}
            for _ in range(count):
                key = read_element(self, self.key, &c)
                out[key] = read_element(self, self.value, &c)
            end_of_value(self, &c)
            return out
        items = []
        for _ in range(count):
            key = read_element(self, self.key, &c)
            items.append((key, read_element(self, self.value, &c)))
        end_of_value(self, &c)
        return dict(items) if self.key.hashable and not is_crowded([key for key, _ in items]) else CqlMap(items)

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t at, count = 0
        if type(value) is not dict and not isinstance(value, Mapping):
            wrong_type(self, value, "a dict or another mapping")
        out.reserve(4)
        at = out.size - 4
        # Encoding an element may run the user's code, which may change `value`: a dict that changed raises, and
        # what is iterated is never indexed. `len()` is not asked: the count is of what was written.
        for key, item in value.items():
            write_element(self, self.key, out, key)
            write_element(self, self.value, out, item)
            count += 1
        if count > 0x7fffffff:
            bad_value(self, value, "it has more than 2^31 - 1 entries", "divide it over several rows")
        store32(out.data + at, <uint32_t>count)
        return 0


# --- tuples and user types -------------------------------------------------------------------------------------


cdef extern from *:
    """
    /* A tuple of n items, or one of a class derived from tuple without state of its own. */
    static PyObject *aiocql_new_tuple(PyObject *type, Py_ssize_t n) {
        if (type == (PyObject *)&PyTuple_Type)
            return PyTuple_New(n);
        PyObject *made = ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, n);
    #if PY_VERSION_HEX >= 0x030E0000
        if (made != NULL)  /* the cached hash: "none yet" is -1, and memory comes zeroed */
            ((PyTupleObject *)made)->ob_hash = -1;
    #endif
        return made;
    }
    """
    object aiocql_new_tuple(object kind, Py_ssize_t n)


cdef object _read_fields(Codec codec, tuple fields, object kind, Cursor* c):
    """A `kind` of tuple with one item for each codec; what the bytes do not reach is None."""
    cdef Py_ssize_t i, n = len(fields)
    cdef list items = []
    for i in range(n):
        items.append(read_element(codec, <Codec>fields[i], c) if left(c) else None)
    made = aiocql_new_tuple(kind, n)
    for i in range(n):
        item = items[i]
        Py_INCREF(item)
        PyTuple_SET_ITEM(made, i, item)
    return made


cdef int _write_field(Codec codec, Codec field, Writer out, object value) except -1:
    if value is UNSET:
        raise EncodeError(f"UNSET inside a {codec.cql_type}", hint="only a whole column is left unset; None is a null")
    return write_value(field, out, value)


cdef class TupleCodec(Codec):
    """``tuple<...>``: a tuple; missing components are None, more than the type has are an error."""

    cdef readonly tuple elements

    def __cinit__(self, cql_type, elements):
        self.elements = _codecs(elements)
        self.hashable = all([codec.hashable for codec in self.elements])
        self.empty_is_value = True

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Cursor c = cursor_over(p, n)
        made = _read_fields(self, self.elements, tuple, &c)
        end_of_value(self, &c)
        return made

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t i, n = len(self.elements)
        if not isinstance(value, (tuple, list)):
            wrong_type(self, value, "a tuple or a list")
        # Encoding an element may run the user's code, which may shorten a list; a derived class may say anything of
        # its length. A tuple is neither: it is indexed without a check.
        cdef tuple items = value if type(value) is tuple else tuple(items_of(value))
        if len(items) != n:
            bad_value(self, value, f"it has {len(items)} components, the type {n}", "None is a null component")
        for i in range(n):
            _write_field(self, <Codec>self.elements[i], out, items[i])
        return 0


cdef tuple _codecs(object codecs):
    cdef Codec codec
    checked = tuple(codecs)
    for item in checked:
        codec = item  # a TypeError for anything else, and for None below
        if codec is None:
            raise TypeError("None is no codec")
    return checked


cdef class UserTypeCodec(Codec):
    """A user-defined type: `kind`, a class of tuple with one item a field, or what `build` makes of such a tuple.

    Fields that the bytes do not have (added by ALTER TYPE since they were written) are None; further ones (added since
    the type was described to the driver) are ignored. Takes a tuple or list in the order of definition, a mapping by
    field name, or an object with the fields as attributes; what it lacks is null. An attribute that its class defines
    and that raises AttributeError (a property with a mistake) is an EncodeError.
    """

    cdef readonly tuple names
    cdef readonly tuple fields
    cdef readonly object kind
    cdef readonly object build
    cdef readonly frozenset known

    def __cinit__(self, cql_type, names, fields, kind, build=None, bint hashable=False):
        self.names = tuple(names)
        self.fields = _codecs(fields)
        if len(self.names) != len(self.fields) or not issubclass(kind, tuple) or kind.__itemsize__ == 0:
            raise TypeError("a user type needs a name and a codec for each field, and a class of tuple")
        self.known = frozenset(self.names)
        self.kind = kind
        self.build = build
        self.hashable = all([codec.hashable for codec in self.fields]) if build is None else hashable
        self.empty_is_value = True

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef Cursor c = cursor_over(p, n)
        made = _read_fields(self, self.fields, self.kind, &c)
        if self.build is None:
            return made
        try:
            return self.build(made)
        except CodecError:
            raise
        except Exception as error:
            raise DecodeError(
                f"the class registered for {self.cql_type} raised {type(error).__name__} while being made"
            ) from error

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t i, n = len(self.fields)
        # A tuple, which the user's code that encodes a field cannot change. Its length is checked, not believed: not
        # every class that is registered, or derived from list, has as many items as it says.
        cdef tuple values = tuple(value if type(value) is self.kind else self._by_field(value))
        if len(values) != n:
            bad_value(
                self, value, f"it has {len(values)} items, the type {n} fields",
                f"its fields are {', '.join(self.names)}",
            )
        for i in range(n):
            _write_field(self, <Codec>self.fields[i], out, values[i])
        return 0

    def _by_field(self, value):
        if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
            items = items_of(value)
            return items + [None] * (len(self.names) - len(items))
        if isinstance(value, Mapping):
            return self._from_mapping(value)
        if isinstance(value, tuple):
            # By the names it has itself: not each is an attribute ("a b", "class"), and a tuple has others ("count").
            named = dict(zip(value._fields, value))
            if self.known.isdisjoint(named):
                self._no_fields(value)
            return [named.get(name) for name in self.names]
        values = [self._attribute(value, name) for name in self.names]
        if all([item is MISSING for item in values]):
            self._no_fields(value)
        return [None if item is MISSING else item for item in values]

    def _attribute(self, value, name):
        try:
            return getattr(value, name)
        except AttributeError as error:
            for base in type(value).__mro__:
                # A slot without a value lacks the field; a property that fails does not.
                if name in vars(base) and not isinstance(vars(base)[name], MemberDescriptorType):
                    raise EncodeError(
                        f"attribute {name!r} of a {type(value).__name__} for {self.cql_type} raised AttributeError",
                        hint="the cause shows where; a field that is to be null is None",
                    ) from error
            return MISSING

    def _no_fields(self, value):
        wrong_type(
            self, value, "a mapping, a tuple, or an object with its fields as attributes",
            f"its fields are {', '.join(self.names)}",
        )

    def _from_mapping(self, value):
        for name in value:
            if not isinstance(name, str) or name not in self.known:
                raise EncodeError(
                    f"a {type(value).__name__} for {self.cql_type} has a key that is no field",
                    hint=f"its fields are {', '.join(self.names)}",
                )
        return [value.get(name) for name in self.names]
