"""Segments: the checksummed outer layer of protocol v5 (section 2.2)."""

from libc.stdint cimport int32_t, uint8_t

from aiocql.binary.writer cimport Writer


cdef struct SegmentHeader:
    int size               # bytes of the header itself: 6, or 8 with LZ4
    int32_t wire_size      # bytes of the payload as they are on the wire
    int32_t plain_size     # bytes of the payload uncompressed; 0: it is stored uncompressed
    bint self_contained    # holds whole envelopes, else a piece of one


# 0: more bytes are needed; else the bytes of header, payload and checksum together. Wrong CRC24: ChecksumMismatch.
cdef int32_t read_segment_header(const uint8_t* p, Py_ssize_t n, bint lz4, SegmentHeader* out) except -1
# `payload` has wire_size + 4 bytes. Wrong CRC32: ChecksumMismatch.
cdef int check_payload(const uint8_t* payload, const SegmentHeader* header) except -1
# Appends the uncompressed payload to `out`.
cdef int open_payload(Writer out, const uint8_t* payload, const SegmentHeader* header) except -1
# Packs the `n` bytes of whole envelopes into segments.
cdef int seal(Writer out, const uint8_t* envelopes, Py_ssize_t n, bint lz4) except -1
