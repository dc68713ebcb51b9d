"""A batch, as the hot path sees it: filled until nothing is missing, then written once."""

from aiocql.binary.writer cimport Writer
from aiocql.statements.prepared cimport BoundKey, PreparedStatement


cdef class BatchStatement:
    cdef readonly object kind
    cdef readonly Py_ssize_t size
    cdef readonly Py_ssize_t byte_count    # of texts and values, about
    cdef readonly str keyspace         # of the statement that the token is of
    cdef object origin
    cdef list entries                  # None once they were let go
    cdef Py_ssize_t ready              # how many of the entries are known to be ready
    cdef dict prepared                 # what each text with values is sent as
    cdef set bare                      # texts without values
    cdef dict used                     # what is sent, each once: a text, or a prepared statement with its columns
    cdef str text

    cdef bint _is_ready(self, object said, bint bare, dict known) except -1
    cdef PreparedStatement _sent_as(self, object said, bint bare)
    cdef int write(self, Writer out, Writer key, int version, BoundKey* routing) except -1
    cdef int _write_entry(self, PreparedStatement statement, object said, object values, Writer out, Writer key,
                          int version, BoundKey* routing) except -1
    cdef bint is_stale(self) except -1
    cdef bint is_current(self) except -1
    cdef int keep_values(self, BoundKey* routing) except -1
    cdef bint is_idempotent(self) except -1
    cdef int used_at(self, double now) except -1
