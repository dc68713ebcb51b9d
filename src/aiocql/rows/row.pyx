"""What a row is made into: `Row` by default, else tuples, dicts, single values, or a class of the user's.

`row_decoder` chooses. Each shape is a RowDecoder that builds its rows from the received bytes in one pass.
"""

from cpython.ref cimport PyTypeObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New

from functools import lru_cache
from sys import intern

from libc.stdint cimport uint8_t

from aiocql.binary.cursor cimport Cursor, read_bytes
from aiocql.types.codec cimport Codec, decode_value
from aiocql.protocol.row_decoder cimport PyObject_GC_Track, RowDecoder, fill
from aiocql.protocol.row_memory cimport aiocql_keep_rows_of, aiocql_row_alloc

from aiocql.errors import DecodeError, InterfaceError, ProtocolError


cdef extern from *:
    """
    /* Calls with the items of a tuple: positional, or all by the names in `names`. */
    static inline PyObject *aiocql_call(PyObject *callable, PyObject *values, PyObject *names) {
        if (names == Py_None)
            return PyObject_Vectorcall(callable, ((PyTupleObject *)values)->ob_item, PyTuple_GET_SIZE(values), NULL);
        return PyObject_Vectorcall(callable, ((PyTupleObject *)values)->ob_item, 0, names);
    }

    /* object.__new__(type) */
    static inline PyObject *aiocql_bare_new(PyTypeObject *type, PyObject *nothing) {
        return PyBaseObject_Type.tp_new(type, nothing, NULL);
    }

    #define aiocql_tuple_subscript(row, key) (PyTuple_Type.tp_as_mapping->mp_subscript(row, key))
    """
    object aiocql_bare_new(PyTypeObject* type, object nothing)
    object aiocql_call(object callable, object values, object names)
    object aiocql_tuple_subscript(object row, object key)


cdef extern from "Python.h":
    int PyObject_GenericSetAttr(object o, object name, object value) except -1

    ctypedef struct PyType_Slot:
        int slot
        void* pfunc

    ctypedef struct PyType_Spec:
        const char* name
        int basicsize
        int itemsize
        unsigned int flags
        PyType_Slot* slots

    int Py_mp_subscript
    unsigned int Py_TPFLAGS_DEFAULT
    unsigned int Py_TPFLAGS_BASETYPE
    object PyType_FromSpecWithBases(PyType_Spec* spec, object bases)


# --- Row -----------------------------------------------------------------------------------------------------------


cdef object _subscript(object row, object key):
    """`row[key]`: in C, because a `__getitem__` in Python would be most of what a look at a row costs."""
    cdef Py_ssize_t place
    if type(key) is str:
        found = type(row)._places.get(key)
        if found is None:
            raise KeyError(f"{key!r} is none of the columns {', '.join(row._fields)}")
        place = found
        if not 0 <= place < PyTuple_GET_SIZE(row):
            raise IndexError(place)
        return <object>PyTuple_GET_ITEM(row, place)
    return aiocql_tuple_subscript(row, key)


cdef object _make_base():
    """A tuple type whose `[]` is `_subscript`."""
    cdef PyType_Slot[2] slots
    cdef PyType_Spec spec
    slots[0].slot = Py_mp_subscript
    slots[0].pfunc = <void*>_subscript
    slots[1].slot = 0
    slots[1].pfunc = NULL
    spec.name = b"aiocql.rows.row._RowBase"
    spec.basicsize = 0
    spec.itemsize = 0
    spec.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE
    spec.slots = slots
    return PyType_FromSpecWithBases(&spec, (tuple,))


cdef class _Field:
    """Reads one place of a row: what `row.name` finds."""

    cdef Py_ssize_t place

    def __init__(self, Py_ssize_t place):
        self.place = place

    def __get__(self, row, owner):
        if row is None:
            return self
        if not isinstance(row, tuple) or not 0 <= self.place < PyTuple_GET_SIZE(row):
            raise AttributeError("not a row of this statement")
        return <object>PyTuple_GET_ITEM(row, self.place)


class Row(_make_base()):
    """One row: a tuple whose values can also be reached by column name.

    ``row.name``, ``row["name"]``, ``row[0]`` and ``name, price = row`` all work; it equals the tuple of its values.
    A name that Python cannot write after a dot, or that starts with two underscores, is reached as ``row["name"]``.
    Where two columns have one name, the name means the first.
    """

    __slots__ = ()
    _fields = ()
    _places = {}

    def _asdict(self):
        """Names and values. Of columns with one name the first counts."""
        return {name: self[place] for name, place in self._places.items()}

    def __repr__(self):
        named, other = [], []
        for name, value in zip(self._fields, self):
            if name.isidentifier():
                named.append(f"{name}={value!r}")
            else:
                other.append(f"{name!r}: {value!r}")
        if other:
            named.append(f"**{{{', '.join(other)}}}")
        return f"Row({', '.join(named)})"

    def __reduce__(self):
        return _restore, (self._fields, tuple(self))


def _restore(names, values):
    """A row out of a pickle."""
    return tuple.__new__(row_class(names), values)


cdef frozenset _OWN_NAMES = frozenset(name for name in Row.__dict__ if name.startswith("_"))


@lru_cache(maxsize=1024)
def row_class(names):
    """The class of rows with these columns (a tuple of names); the same class for the same names while it is in use.

    Names come from the server: none can replace what makes a row a row.
    """
    places = {}
    for place, name in enumerate(names):
        places.setdefault(intern(name), place)
    body = {
        name: _Field(place)
        for name, place in places.items()
        if not name.startswith("__") and name not in _OWN_NAMES
    }
    body.update(
        __slots__=(),
        __module__=Row.__module__,
        __doc__=Row.__doc__,
        _fields=tuple(names),
        _places=places,
    )
    made = type("Row", (Row,), body)
    aiocql_keep_rows_of(made)
    return made


# --- decoders ------------------------------------------------------------------------------------------------------


cdef class NamedRowDecoder(RowDecoder):
    """Makes `Row`s of a class of their own."""

    def __cinit__(self, *args):
        self.row_class = Row

    def __init__(self, columns, codecs):
        super().__init__(columns, codecs)
        self.row_class = row_class(self.names)

    cdef object row(self, Cursor* c):
        cdef object out = aiocql_row_alloc(<PyTypeObject*>self.row_class, self.width)
        if fill(self, c, out):
            PyObject_GC_Track(out)
        return out


cdef class DictDecoder(RowDecoder):
    """Makes dicts. Of columns with one name the first counts."""

    cdef object row(self, Cursor* c):
        cdef tuple values = PyTuple_New(self.width)
        cdef dict out = {}
        cdef Py_ssize_t i
        fill(self, c, values)
        for i in range(self.width):
            out.setdefault(<object>PyTuple_GET_ITEM(self.names, i), <object>PyTuple_GET_ITEM(values, i))
        return out


cdef class ScalarDecoder(RowDecoder):
    """Makes the bare values of a result of one column."""

    def __init__(self, columns, codecs):
        super().__init__(columns, codecs)
        if self.width != 1:
            raise InterfaceError(
                f"single values were asked for where the rows have {self.width} columns: {', '.join(self.names)}",
                hint="select one column, or leave the row's shape to its default",
            )

    cdef object row(self, Cursor* c):
        cdef tuple values = PyTuple_New(self.width)
        fill(self, c, values)
        return values[0] if self.width else None


cdef class ObjectDecoder(RowDecoder):
    """Makes objects: calls `factory` with a row's values, by place where that fits its parameters, else by name."""

    def __init__(self, columns, codecs, factory):
        super().__init__(columns, codecs)
        self.keywords = argument_names(factory, self.names)
        self.factory = factory

    cdef object row(self, Cursor* c):
        cdef tuple values = PyTuple_New(self.width)
        fill(self, c, values)
        try:
            return aiocql_call(self.factory, values, self.keywords)
        except ProtocolError as error:
            # The factory's own: the message was read without a fault.
            raise DecodeError(f"what makes the rows raised {type(error).__name__}") from error


cdef class DataclassDecoder(RowDecoder):
    """Makes instances of a dataclass as its generated ``__init__`` would, without the call: it sets the fields."""

    cdef readonly object factory

    def __init__(self, columns, codecs, factory):
        super().__init__(columns, codecs)
        self.factory = factory
        # The interpreter's caches know names by their address.
        self.names = tuple([intern(name) for name in self.names])

    cdef object row(self, Cursor* c):
        cdef object out = aiocql_bare_new(<PyTypeObject*>self.factory, ())
        cdef Py_ssize_t i, n
        cdef const uint8_t* p
        cdef Codec codec
        for i in range(self.width):
            n = read_bytes(c, &p)
            codec = <Codec>PyTuple_GET_ITEM(self.codecs, i)
            value = codec.decode(p, n) if n > 0 else decode_value(codec, p, n)
            PyObject_GenericSetAttr(out, <object>PyTuple_GET_ITEM(self.names, i), value)
        return out


cdef bint is_plain_dataclass(object factory, tuple names) except -1:
    """Whether `factory` is a dataclass whose instances are their fields, which are exactly the columns.

    Whatever of the user's own would run when one is made (``__init__``, ``__post_init__``, ``__new__``,
    ``__setattr__``, a metaclass) is to run: such a class is called.
    """
    fields = getattr(factory, "__dataclass_fields__", None)
    if fields is None or type(factory) is not type or len(set(names)) != len(names) or fields.keys() != set(names):
        return False
    if factory.__new__ is not object.__new__ or hasattr(factory, "__post_init__"):
        return False
    if factory.__setattr__ is not object.__setattr__ and not factory.__dataclass_params__.frozen:
        return False
    # A dataclass's own is made from text.
    code = getattr(factory.__init__, "__code__", None)
    return code is not None and code.co_filename == "<string>" and sets_its_fields(factory, names)


cdef bint sets_its_fields(object factory, tuple names) except -1:
    """Whether a call does nothing but set each field: tried with values that are told from all others."""
    values = {name: object() for name in names}
    try:
        made = factory(**values)
        return all(getattr(made, name) is value for name, value in values.items())
    except Exception:
        return False


cdef tuple argument_names(object factory, tuple names):
    """How `factory` takes columns with these names: None for by place, else the names to call it with.

    Dataclasses, named tuples, attrs and msgspec classes, pydantic models and functions all have a signature: that is
    all that is asked of them. ``*args`` takes the columns by place that the parameters before it leave.
    Raises InterfaceError where columns and parameters do not meet.
    """
    from inspect import Parameter, signature

    label = getattr(factory, "__qualname__", repr(factory))
    try:
        parameters = list(signature(factory).parameters.values())
    except (TypeError, ValueError) as error:
        raise InterfaceError(f"rows cannot be made into {label}: it says nothing of its parameters") from error
    by_place = [p.name for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    collecting = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    required = {p.name for p in parameters if p.default is Parameter.empty and p.kind not in collecting}
    kinds = {p.kind for p in parameters}
    takes_rest = Parameter.VAR_POSITIONAL in kinds and Parameter.VAR_KEYWORD not in kinds
    width = len(by_place) if takes_rest else len(names)
    if tuple(by_place[: len(names)]) == names[:width] and required <= set(names):
        return None
    by_name = {p.name for p in parameters if p.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)}
    takes_all = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    check_names(label, names, by_name, required, takes_all)
    return tuple(intern(name) for name in names)


cdef int check_names(str label, tuple names, set known, set required, bint takes_all) except -1:
    missing = sorted(required.difference(names))
    unknown = [] if takes_all else [name for name in names if name not in known]
    twice = sorted({name for name in names if names.count(name) > 1})
    for what, which in (("has no place for", unknown), ("needs also", missing), ("gets twice", twice)):
        if which:
            raise InterfaceError(
                f"rows of {', '.join(names)} cannot be made into {label}: it {what} {', '.join(which)}",
                hint="name the columns like the fields: SELECT ... AS field",
            )
    return 0


def has_own_decoder(shape):
    """Whether a shape makes its decoder itself: a `row_decoder(metadata, registry)` of the object, not of a class."""
    return not isinstance(shape, type) and hasattr(shape, "row_decoder")


def row_decoder(metadata, registry=None, shape=None):
    """The decoder that makes rows of `metadata`'s columns in the given shape, with the codecs of `registry`.

    `shape` is `Row`, `tuple`, `dict`, ``"scalar"`` (the values of a single column), or a class or function to call
    with the values of each row. Raises InterfaceError where columns and shape do not meet.
    """
    if shape is None:
        shape = Row
    if registry is None:
        from aiocql.types.registry import default_registry

        registry = default_registry()
    if has_own_decoder(shape):
        return shape.row_decoder(metadata, registry)
    codecs = metadata.codecs(registry)
    decoder = _DECODERS.get(shape) if isinstance(shape, (type, str)) else None
    if decoder is not None:
        return decoder(metadata.columns, codecs)
    if is_plain_dataclass(shape, metadata.names):
        return DataclassDecoder(metadata.columns, codecs, shape)
    return ObjectDecoder(metadata.columns, codecs, shape)


cdef dict _DECODERS = {
    Row: NamedRowDecoder,
    tuple: RowDecoder,
    dict: DictDecoder,
    "scalar": ScalarDecoder,
}
