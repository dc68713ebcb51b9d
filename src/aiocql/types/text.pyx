"""Text and bytes: text, ascii, blob (and types that the driver does not know), and the type of no values."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeASCII, PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t

from aiocql.binary.writer cimport Writer
from aiocql.types.codec cimport Codec, bad_value, undecodable, wrong_type


cdef extern from *:
    """
    /* The str of n bytes, or None where they are not all ASCII, or fewer than a word. */
    static inline PyObject *aiocql_ascii(const uint8_t *p, Py_ssize_t n) {
        uint64_t word, seen = 0;
        PyObject *out;
        if (n < (Py_ssize_t)sizeof(word))
            Py_RETURN_NONE;
        for (Py_ssize_t i = 0; i + (Py_ssize_t)sizeof(word) < n; i += sizeof(word)) {
            memcpy(&word, p + i, sizeof(word));
            seen |= word;
        }
        memcpy(&word, p + n - sizeof(word), sizeof(word));
        if ((seen | word) & 0x8080808080808080ULL)
            Py_RETURN_NONE;
        out = PyUnicode_New(n, 127);
        if (out != NULL)
            memcpy(PyUnicode_1BYTE_DATA(out), p, n);
        return out;
    }
    """
    object aiocql_ascii(const uint8_t* p, Py_ssize_t n)


cdef const char* utf8(Codec codec, object value, Py_ssize_t* n) except NULL:
    """The UTF-8 of a str: its own memory, or its cache's. A lone surrogate has none."""
    cdef const char* p = NULL
    if not isinstance(value, str):
        hint = "use .decode()" if isinstance(value, (bytes, bytearray)) else "use str(value)"
        wrong_type(codec, value, "a str", hint)
    try:
        p = PyUnicode_AsUTF8AndSize(value, n)
    except UnicodeEncodeError:
        pass  # its text and its attributes hold the value
    if p == NULL:
        bad_value(codec, value, "a lone surrogate has no UTF-8", "encode it with errors='replace', or use a blob")
    return p


cdef class TextCodec(Codec):
    """``text``: strict UTF-8 both ways; the empty string is a value."""

    def __cinit__(self, cql_type, *args):
        self.empty_is_value = True

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef object plain = aiocql_ascii(p, n)  # most text is, and that is seen faster than an error is prepared for
        return plain if plain is not None else self.any_text(p, n)

    cdef object any_text(self, const uint8_t* p, Py_ssize_t n):
        try:
            return PyUnicode_DecodeUTF8(<const char*>p, n, NULL)
        except UnicodeDecodeError:
            pass
        undecodable(self, f"{n} bytes that are not UTF-8")

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t n = 0
        cdef const char* p = utf8(self, value, &n)
        return out.put_raw(p, n)


cdef class AsciiCodec(Codec):
    """``ascii``: 7-bit characters only."""

    def __cinit__(self, cql_type, *args):
        self.empty_is_value = True

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        try:
            return PyUnicode_DecodeASCII(<const char*>p, n, NULL)
        except UnicodeDecodeError:
            pass
        undecodable(self, f"{n} bytes that are not ASCII")

    cdef int encode(self, Writer out, object value) except -1:
        cdef Py_ssize_t n = 0
        cdef const char* p = utf8(self, value, &n)
        # Of a str, and not what a derived class says of its length.
        if n != len(<str>value):
            bad_value(self, value, "a character is not ASCII", "a text column takes any")
        return out.put_raw(p, n)


cdef class BlobCodec(Codec):
    """``blob``: any contiguous buffer in, bytes of their own out. Serves types without a codec as well."""

    def __cinit__(self, cql_type, *args):
        self.empty_is_value = True

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        return PyBytes_FromStringAndSize(<const char*>p, n)

    cdef int encode(self, Writer out, object value) except -1:
        if PyBytes_CheckExact(value):
            return out.put_raw(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
        return self._encode_buffer(out, value)

    cdef int _encode_buffer(self, Writer out, object value) except -1:
        cdef Py_buffer view
        if not PyObject_CheckBuffer(value):
            wrong_type(self, value, "bytes or another buffer", "use .encode()" if isinstance(value, str) else None)
        try:
            PyObject_GetBuffer(value, &view, PyBUF_SIMPLE)
        except (BufferError, ValueError):  # NumPy's arrays raise the latter
            bad_value(self, value, "its buffer is not contiguous", "use bytes(value)")
        # The buffer is held and of the size that it says: no code of the user's runs while it is copied.
        try:
            return out.put_raw(view.buf, view.len)
        finally:
            PyBuffer_Release(&view)


cdef class EmptyCodec(Codec):
    """``empty``: the type of no values (EmptyType, of compact tables); only null and EMPTY are bound to it."""

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        undecodable(self, f"{n} bytes where there are none")

    cdef int encode(self, Writer out, object value) except -1:
        wrong_type(self, value, "None or EMPTY")
