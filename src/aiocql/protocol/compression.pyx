"""Compression of envelope bodies on protocol v3 and v4, chosen by name.

The declared size of a compressed body is checked against the limit and against what its bytes can hold at most
before anything is allocated for it.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t

from aiocql.binary.cursor cimport load32
from aiocql.binary.lz4 cimport lz4_bound, lz4_compress, lz4_decompress
from aiocql.binary.writer cimport Writer, store32

from aiocql.errors import ConfigurationError, EncodeError, FrameTooLarge, ProtocolError

cdef enum:
    LZ4_MAX_INPUT = 0x7E000000
    LZ4_RATIO = 255    # one byte of an LZ4 block gives at most 255
    SNAPPY_RATIO = 64  # one element of a Snappy block gives at most 64 bytes


cdef class Compressor:
    """Compresses and decompresses bodies of envelopes; `name` is the one that STARTUP says."""

    cdef int compress(self, Writer out, const uint8_t* p, Py_ssize_t n) except -1:
        """Appends the compressed form of `n` bytes."""
        raise NotImplementedError

    cdef int decompress(self, Writer out, const uint8_t* p, Py_ssize_t n, Py_ssize_t limit) except -1:
        """Appends what `n` bytes hold; more than `limit` bytes raise FrameTooLarge."""
        raise NotImplementedError

    def pack(self, bytes data not None):
        """`data`, compressed."""
        cdef Writer out = Writer()
        self.compress(out, data, len(data))
        return out.take_bytes()

    def unpack(self, bytes data not None, Py_ssize_t limit=0x7fffffff):
        """`data`, decompressed to at most `limit` bytes."""
        cdef Writer out = Writer()
        self.decompress(out, data, len(data), limit)
        return out.take_bytes()

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"


cdef class Lz4Compressor(Compressor):
    """An LZ4 block after its uncompressed size in four bytes, big-endian."""

    def __init__(self):
        self.name = "lz4"

    cdef int compress(self, Writer out, const uint8_t* p, Py_ssize_t n) except -1:
        cdef Py_ssize_t before = out.size, room = lz4_bound(n), size
        cdef uint8_t* start
        if n > LZ4_MAX_INPUT:
            raise EncodeError(
                f"a body of {n} bytes where LZ4 takes {LZ4_MAX_INPUT}", hint="divide it over several requests")
        start = out.reserve(4 + room)
        store32(start, <unsigned int>n)
        size = lz4_compress(p, n, start + 4, room)
        return out.truncate(before + 4 + size)

    cdef int decompress(self, Writer out, const uint8_t* p, Py_ssize_t n, Py_ssize_t limit) except -1:
        cdef Py_ssize_t before = out.size, size
        if n < 4:
            raise ProtocolError(f"a compressed body of {n} bytes has no size")
        size = load32(p)
        check_size(size, n - 4, limit, LZ4_RATIO)
        if size and lz4_decompress(p + 4, n - 4, out.reserve(size), size) < 0:
            out.truncate(before)
            raise ProtocolError(f"{n - 4} bytes are not an LZ4 block of {size}")
        return 0


cdef class SnappyCompressor(Compressor):
    """A Snappy block; it begins with its uncompressed size as a varint. Needs the `snappy` extra."""

    cdef object _codec

    def __init__(self):
        self.name = "snappy"
        try:
            from cramjam import snappy
        except ImportError as error:
            raise ConfigurationError(
                "compression 'snappy' needs the cramjam library, which is not installed",
                hint="pip install 'aiocql[snappy]', or choose compression='lz4', which needs nothing",
            ) from error
        self._codec = snappy

    cdef int compress(self, Writer out, const uint8_t* p, Py_ssize_t n) except -1:
        cdef bytes packed = bytes(self._codec.compress_raw(PyBytes_FromStringAndSize(<const char*>p, n)))
        return out.put_raw(<const uint8_t*>packed, len(packed))

    cdef int decompress(self, Writer out, const uint8_t* p, Py_ssize_t n, Py_ssize_t limit) except -1:
        cdef Py_ssize_t size = _snappy_size(p, n)
        cdef bytes plain
        check_size(size, n, limit, SNAPPY_RATIO)
        try:
            plain = bytes(self._codec.decompress_raw(PyBytes_FromStringAndSize(<const char*>p, n)))
        except Exception as error:
            raise ProtocolError(f"{n} bytes are not a Snappy block: {error}") from error
        if len(plain) != size:
            raise ProtocolError(f"a Snappy block announced {size} bytes and held {len(plain)}")
        return out.put_raw(<const uint8_t*>plain, len(plain))


cdef Py_ssize_t _snappy_size(const uint8_t* p, Py_ssize_t n) except -1:
    """The uncompressed size at the start of a block: seven bits a byte, lowest first, 32 bits at most."""
    cdef Py_ssize_t size = 0, i
    for i in range(min(n, <Py_ssize_t>5)):
        size |= <Py_ssize_t>(p[i] & 0x7F) << 7 * i
        if p[i] < 0x80:
            return size
    raise ProtocolError("a Snappy block without its size")


cdef int check_size(Py_ssize_t size, Py_ssize_t n, Py_ssize_t limit, int ratio) except -1:
    if size > limit:
        raise FrameTooLarge(f"a compressed body announces {size} bytes, the limit is {limit}")
    if size > n * ratio:
        raise ProtocolError(f"a compressed body of {n} bytes cannot hold the {size} that it announces")
    return 0


cdef dict _COMPRESSORS = {"lz4": Lz4Compressor, "snappy": SnappyCompressor}


def compressor(str name not None):
    """The compressor called `name`: 'lz4' or 'snappy'. ConfigurationError where there is none."""
    kind = _COMPRESSORS.get(name)
    if kind is None:
        raise ConfigurationError(f"there is no compression {name!r}", hint=f"choose from {', '.join(_COMPRESSORS)}")
    return kind()
