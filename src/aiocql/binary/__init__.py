"""Bytes: the checked cursor, the writer, checksums, Murmur3 and LZ4. Knows nothing of CQL."""
