"""Reading types and columns. Depth and counts are bounded before anything is made of them."""

from libc.stdint cimport int32_t

from aiocql.binary.cursor cimport left, read_short, read_string
from aiocql.protocol.constants cimport ROWS_GLOBAL_TABLES_SPEC

from aiocql.errors import ProtocolError, TruncatedError
from aiocql.types.descriptors import SCALARS, CustomType, ListType, MapType, SetType, TupleType, UserType
from aiocql.types.names import parse_class_name
from aiocql.protocol.metadata import Column

cdef enum:
    MAX_DEPTH = 64

cdef dict _SCALARS = {
    0x01: SCALARS["ascii"],
    0x02: SCALARS["bigint"],
    0x03: SCALARS["blob"],
    0x04: SCALARS["boolean"],
    0x05: SCALARS["counter"],
    0x06: SCALARS["decimal"],
    0x07: SCALARS["double"],
    0x08: SCALARS["float"],
    0x09: SCALARS["int"],
    0x0A: SCALARS["text"],  # the text of protocol v1 and v2; harmless to know
    0x0B: SCALARS["timestamp"],
    0x0C: SCALARS["uuid"],
    0x0D: SCALARS["text"],
    0x0E: SCALARS["varint"],
    0x0F: SCALARS["timeuuid"],
    0x10: SCALARS["inet"],
    0x11: SCALARS["date"],
    0x12: SCALARS["time"],
    0x13: SCALARS["smallint"],
    0x14: SCALARS["tinyint"],
    0x15: SCALARS["duration"],
}


cdef object read_type(Cursor* c, int depth):
    """One [option] of a type; `depth` is how many types it may still nest."""
    cdef int code = read_short(c)
    scalar = _SCALARS.get(code)
    if scalar is not None:
        return scalar
    if depth <= 0:
        raise ProtocolError(f"a type is nested more than {MAX_DEPTH} deep")
    if code == 0x00:
        return _custom(read_string(c))
    if code == 0x20:
        return ListType(read_type(c, depth - 1))
    if code == 0x21:
        key = read_type(c, depth - 1)
        return MapType(key, read_type(c, depth - 1))
    if code == 0x22:
        return SetType(read_type(c, depth - 1))
    if code == 0x30:
        return _user_type(c, depth)
    if code == 0x31:
        return _tuple_type(c, depth)
    # A type of a later protocol: its values are bytes. Where it has parameters, what follows is not what is expected.
    return CustomType(f"0x{code:04X}")


cdef object _custom(str name):
    """The type of a server-side class: vectors, durations on v3 and v4, and what users bring."""
    return parse_class_name(name)


cdef object _user_type(Cursor* c, int depth):
    cdef str keyspace = read_string(c)
    cdef str name = read_string(c)
    cdef int count = read_short(c)
    cdef list names = [], types = []
    for _ in range(count):
        names.append(read_string(c))
        types.append(read_type(c, depth - 1))
    return UserType(keyspace, name, tuple(names), tuple(types))


cdef object _tuple_type(Cursor* c, int depth):
    cdef int count = read_short(c)
    cdef list types = []
    for _ in range(count):
        types.append(read_type(c, depth - 1))
    return TupleType(tuple(types))


cdef tuple read_columns(Cursor* c, int32_t flags, int32_t count):
    """`count` columns, with the table named once where `flags` say so, else for each."""
    cdef list out = []
    cdef bint shared = flags & ROWS_GLOBAL_TABLES_SPEC
    cdef str keyspace = None, table = None, name
    if count < 0 or count > left(c) // 4:
        raise TruncatedError(f"{count} columns announced, {left(c)} bytes left in the message")
    if shared:
        keyspace = read_string(c)
        table = read_string(c)
    for _ in range(count):
        if not shared:
            keyspace = read_string(c)
            table = read_string(c)
        name = read_string(c)
        out.append(Column(keyspace, table, name, read_type(c, MAX_DEPTH)))
    return tuple(out)
