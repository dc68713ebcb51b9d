"""Bodies of requests (native protocol v5, section 4.1), for v3, v4 and v5."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from aiocql.binary.writer cimport Writer


cdef enum:
    NO_SERIAL = -1
    NO_PAGE_SIZE = 0


cdef class QueryParameters:
    cdef readonly int consistency
    cdef int serial              # NO_SERIAL: not sent
    cdef int32_t rows            # NO_PAGE_SIZE: not sent
    cdef readonly bytes paging_state
    cdef int64_t micros          # INT64_MIN: not sent
    cdef readonly str keyspace
    cdef int64_t now             # INT64_MIN: not sent
    cdef readonly bint skip_metadata

    cdef int write(
        self,
        Writer out,
        int version,
        bytes paging_state,
        int64_t timestamp,
        int value_count,
        const uint8_t* values,
        Py_ssize_t values_size,
        object names,
    ) except -1
    cdef int _common_flags(self, int version, int64_t timestamp) except -1
    cdef int _put_common(self, Writer out, int flags, int64_t timestamp) except -1
    cdef int write_batch(self, Writer out, int version, int64_t timestamp) except -1


cdef int check_values(int version, Py_ssize_t count, const uint8_t* values, Py_ssize_t size) except -1
cdef int write_batch_head(Writer out, int batch_type, Py_ssize_t count) except -1
cdef int write_batch_statement(Writer out, object statement) except -1
cdef int write_header(Writer out, int version, int flags, int stream, int opcode, int32_t body_size) except -1
cdef int write_execute(
    Writer out,
    int version,
    bytes id,
    bytes result_metadata_id,
    QueryParameters parameters,
    int value_count,
    const uint8_t* values,
    Py_ssize_t values_size,
) except -1
cdef int write_query(
    Writer out,
    int version,
    str query,
    QueryParameters parameters,
    int value_count,
    const uint8_t* values,
    Py_ssize_t values_size,
    object names,
) except -1
