"""Rows in the shapes that users ask for; each is a RowDecoder that builds its shape directly."""

from aiocql.binary.cursor cimport Cursor
from aiocql.protocol.row_decoder cimport RowDecoder


cdef class NamedRowDecoder(RowDecoder):
    cdef readonly type row_class


cdef class DictDecoder(RowDecoder):
    pass


cdef class ScalarDecoder(RowDecoder):
    pass


cdef class ObjectDecoder(RowDecoder):
    cdef readonly object factory
    cdef readonly tuple keywords   # names of the arguments, or None: all positional
