"""Segments of protocol v5, both ways. Numbers are little-endian here and nowhere else in the protocol."""

from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.string cimport memcpy

from aiocql.binary.crc cimport crc24, crc32
from aiocql.binary.cursor cimport load32
from aiocql.binary.lz4 cimport lz4_compress, lz4_decompress
from aiocql.binary.writer cimport Writer
from aiocql.protocol.constants cimport HEADER_SIZE, MAX_SEGMENT_PAYLOAD

from aiocql.errors import ChecksumMismatch, ProtocolError

cdef enum:
    PLAIN_HEADER = 3
    LZ4_HEADER = 5
    CRC24_SIZE = 3
    CRC32_SIZE = 4
    LENGTH_BITS = 17


cdef inline uint64_t _load(const uint8_t* p, int n) noexcept nogil:
    cdef uint64_t value = 0
    cdef int i
    for i in range(n):
        value |= <uint64_t>p[i] << 8 * i
    return value


cdef inline void _store(uint8_t* p, uint64_t value, int n) noexcept nogil:
    cdef int i
    for i in range(n):
        p[i] = <uint8_t>(value >> 8 * i)


cdef int32_t read_segment_header(const uint8_t* p, Py_ssize_t n, bint lz4, SegmentHeader* out) except -1:
    """Reads and checks the header at `p`, where `n` bytes are; every field of `out` is then within its limits.

    0: more bytes are needed; else the bytes of header, payload and checksum together.
    """
    cdef int size = LZ4_HEADER if lz4 else PLAIN_HEADER
    cdef uint64_t word
    if n < size + CRC24_SIZE:
        return 0
    word = _load(p, size)
    if crc24(p, size) != _load(p + size, CRC24_SIZE):
        raise ChecksumMismatch("the CRC24 of a segment's header is wrong")
    out.size = size + CRC24_SIZE
    out.wire_size = <int32_t>(word & MAX_SEGMENT_PAYLOAD)
    word >>= LENGTH_BITS
    out.plain_size = 0
    if lz4:
        out.plain_size = <int32_t>(word & MAX_SEGMENT_PAYLOAD)
        word >>= LENGTH_BITS
    out.self_contained = word & 1
    return out.size + out.wire_size + CRC32_SIZE


cdef int check_payload(const uint8_t* payload, const SegmentHeader* header) except -1:
    """Compares the CRC32 after the payload with the payload."""
    if crc32(payload, header.wire_size) != _load(payload + header.wire_size, CRC32_SIZE):
        raise ChecksumMismatch(f"the CRC32 of a segment of {header.wire_size} bytes is wrong")
    return 0


cdef int open_payload(Writer out, const uint8_t* payload, const SegmentHeader* header) except -1:
    """Appends what the payload holds, decompressed where it is compressed."""
    cdef Py_ssize_t before = out.size
    if header.plain_size == 0:
        return out.put_raw(payload, header.wire_size)
    if lz4_decompress(payload, header.wire_size, out.reserve(header.plain_size), header.plain_size) < 0:
        out.truncate(before)
        raise ProtocolError(f"{header.wire_size} bytes of a segment are not an LZ4 block of {header.plain_size}")
    return 0


cdef int seal(Writer out, const uint8_t* envelopes, Py_ssize_t n, bint lz4) except -1:
    """Packs whole envelopes into as few segments as they fit in, in their order; a larger one is cut into pieces."""
    cdef Py_ssize_t start = 0, end = 0, size
    while end < n:
        size = _envelope_size(envelopes + end, n - end)
        if end - start + size > MAX_SEGMENT_PAYLOAD:
            if end > start:
                _put_segment(out, envelopes + start, end - start, True, lz4)
            start = end
            if size > MAX_SEGMENT_PAYLOAD:
                _put_pieces(out, envelopes + start, size, lz4)
                start += size
        end += size
    if end > start:
        _put_segment(out, envelopes + start, end - start, True, lz4)
    return 0


cdef Py_ssize_t _envelope_size(const uint8_t* p, Py_ssize_t left) except -1:
    cdef Py_ssize_t size
    if left < HEADER_SIZE:
        raise ProtocolError(f"{left} bytes cannot be an envelope")
    size = HEADER_SIZE + <Py_ssize_t>load32(p + 5)
    if size > left:
        raise ProtocolError(f"an envelope of {size} bytes where {left} are left")
    return size


cdef int _put_pieces(Writer out, const uint8_t* p, Py_ssize_t n, bint lz4) except -1:
    cdef Py_ssize_t size
    while n > 0:
        size = min(n, <Py_ssize_t>MAX_SEGMENT_PAYLOAD)
        _put_segment(out, p, size, False, lz4)
        p += size
        n -= size
    return 0


cdef int _put_segment(Writer out, const uint8_t* p, Py_ssize_t n, bint self_contained, bint lz4) except -1:
    cdef Py_ssize_t before = out.size, wire_size = 0, plain_size = n
    cdef int size = LZ4_HEADER if lz4 else PLAIN_HEADER
    cdef uint8_t* start = out.reserve(size + CRC24_SIZE + n + CRC32_SIZE)
    cdef uint8_t* payload = start + size + CRC24_SIZE
    if lz4:
        wire_size = lz4_compress(p, n, payload, n - 1)
    if wire_size == 0:  # stored as it is; with LZ4 an uncompressed length of 0 says so
        memcpy(payload, p, n)
        wire_size = n
        plain_size = 0
    _store(start, _header_word(wire_size, plain_size, self_contained, lz4), size)
    _store(start + size, crc24(start, size), CRC24_SIZE)
    _store(payload + wire_size, crc32(payload, wire_size), CRC32_SIZE)
    return out.truncate(before + size + CRC24_SIZE + wire_size + CRC32_SIZE)


cdef inline uint64_t _header_word(
    Py_ssize_t wire_size, Py_ssize_t plain_size, bint self_contained, bint lz4
) noexcept nogil:
    if lz4:
        return <uint64_t>wire_size | <uint64_t>plain_size << LENGTH_BITS | <uint64_t>self_contained << 2 * LENGTH_BITS
    return <uint64_t>wire_size | <uint64_t>self_contained << LENGTH_BITS


# --- the same for callers in Python: tests and tools ---------------------------------------------------------------


def seal_envelopes(bytes envelopes not None, bint lz4=False):
    """The segments that carry `envelopes`."""
    cdef Writer out = Writer()
    seal(out, envelopes, len(envelopes), lz4)
    return out.take_bytes()


def open_segment(bytes data not None, bint lz4=False):
    """The first segment of `data`: (payload, self-contained, bytes that it took); None while it is not whole."""
    cdef SegmentHeader header
    cdef const uint8_t* p = data
    cdef int32_t size = read_segment_header(p, len(data), lz4, &header)
    cdef Writer out = Writer()
    if size == 0 or size > len(data):
        return None
    check_payload(p + header.size, &header)
    open_payload(out, p + header.size, &header)
    return out.take_bytes(), bool(header.self_contained), size
