"""Builders of what has parts, and the choice of a builder."""

from aiocql.columns.builders cimport Builder


cdef Builder make_builder(object layout)
