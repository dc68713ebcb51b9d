"""A page of rows into columns: one pass over the received bytes, every step checked."""

from cpython.tuple cimport PyTuple_GET_ITEM
from libc.stdint cimport int32_t, uint8_t

from aiocql.binary.cursor cimport Cursor, left, read_bytes
from aiocql.columns.buffers cimport make_array
from aiocql.columns.builders cimport NO_MEMORY, Builder, fault_text
from aiocql.columns.nested_builders cimport make_builder
from aiocql.protocol.row_decoder cimport RowDecoder, check_count

from aiocql.columns.batch import RecordBatch
from aiocql.columns.layout import layout_of
from aiocql.columns.schema import Field, Schema
from aiocql.errors import DecodeError


cdef class ColumnDecoder(RowDecoder):
    """Makes one `RecordBatch` of a page, in place of its rows. Codecs are not asked: the CQL types alone decide.

    `types` (`ArrowTypes`) says which Arrow types they become.
    """

    cdef readonly object schema

    def __init__(self, columns, codecs, types):
        super().__init__(columns, codecs)
        self.schema = Schema([Field(column.name, layout_of(column.type, types)) for column in self.columns])

    cdef list rows(self, Cursor* c, int32_t count):
        cdef tuple builders
        cdef Builder builder
        check_count(self.width, count, left(c))
        builders = tuple([make_builder(field.layout) for field in self.schema.fields])
        for builder in builders:
            if builder.reserve(count):
                raise MemoryError
        self.fill_builders(c, count, builders)
        return [self.finished(count, builders)]

    cdef int fill_builders(self, Cursor* c, int32_t count, tuple builders) except -1:
        cdef Py_ssize_t i, n, width = self.width
        cdef int32_t row
        cdef int fault
        cdef const uint8_t* p
        cdef Cursor at = c[0]  # in registers, while nothing else moves it
        for row in range(count):
            for i in range(width):
                n = read_bytes(&at, &p)
                fault = (<Builder>PyTuple_GET_ITEM(builders, i)).append(p, n)
                if fault:
                    self.refuse(fault, i, row)
        c[0] = at
        return 0

    cdef int refuse(self, int fault, Py_ssize_t i, int32_t row) except -1:
        if fault == NO_MEMORY:
            raise MemoryError
        column = self.columns[i]
        raise DecodeError(f"column {column} ({column.type}) of row {row} cannot be read: {fault_text(fault)}")

    cdef object finished(self, int32_t count, tuple builders):
        cdef Builder builder
        cdef list arrays = []
        cdef long long empties = 0
        for builder in builders:
            empties += builder.all_empties()
            arrays.append(builder.finish())
        data = make_array(self.schema.layout, count, 0, (None,), tuple(arrays), None)
        return RecordBatch(self.schema, data, empties)


class ColumnShape:
    """What rows are made into where columns are asked for: `into=ColumnShape(types)`."""

    __slots__ = ("types",)

    def __init__(self, types):
        self.types = types

    def row_decoder(self, metadata, registry):
        """The decoder of results with these columns."""
        return ColumnDecoder(metadata.columns, metadata.codecs(registry), self.types or registry.arrow)

    def __call__(self, *values):
        raise TypeError("a ColumnShape makes pages, not rows")

    def __eq__(self, other):
        return type(other) is ColumnShape and self.types == other.types

    def __hash__(self):
        return hash(self.types)
