"""Columns and their types as messages carry them (native protocol v5, sections 4.2.5.2 and 4.2.5.4)."""

from libc.stdint cimport int32_t

from aiocql.binary.cursor cimport Cursor


cdef object read_type(Cursor* c, int depth)
cdef tuple read_columns(Cursor* c, int32_t flags, int32_t count)
