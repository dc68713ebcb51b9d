"""Vectors that stand anywhere in a buffer, which another driver read from the buffer's beginning."""

from __future__ import annotations

import array
import struct
from typing import Any, Literal

import numpy
import pytest

from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import row_decoder
from aiocql.testing.server.notation import write_bytes
from aiocql.types.descriptors import SCALARS, VectorType
from aiocql.types.registry import CodecRegistry

pytestmark = pytest.mark.fault(40)

FLOAT3 = VectorType(SCALARS["float"], 3)
NUMBERS = [float(n) for n in range(12)]


@pytest.mark.parametrize("start", range(9))
@pytest.mark.parametrize(
    "make",
    [
        lambda start: memoryview(array.array("f", NUMBERS))[start : start + 3],
        lambda start: memoryview(array.array("d", NUMBERS))[start : start + 3],
        lambda start: numpy.array(NUMBERS, "f4")[start : start + 3],
        lambda start: numpy.frombuffer(struct.pack(">12f", *NUMBERS), ">f4")[start : start + 3],
        lambda start: numpy.frombuffer(b"x" + struct.pack("<12f", *NUMBERS), "<f4", offset=1)[
            start : start + 3
        ],
        lambda start: numpy.array(NUMBERS[::-1], "f4")[::-1][start : start + 3],
    ],
    ids=[
        "memoryview of floats",
        "memoryview of doubles",
        "slice",
        "big-endian slice",
        "unaligned",
        "backwards",
    ],
)
def test_a_part_of_a_buffer_is_bound_from_its_own_place(make: Any, start: int) -> None:
    encoded = CodecRegistry().codec(FLOAT3).to_bytes(make(start))
    assert encoded == struct.pack(">3f", *NUMBERS[start : start + 3])


@pytest.mark.parametrize("shape", ["list", "array", "numpy"])
@pytest.mark.parametrize("before", range(9))
def test_a_vector_is_read_from_its_own_place_in_a_row(
    shape: Literal["list", "array", "numpy"], before: int
) -> None:
    """Behind texts of any length, so that it begins at any offset; in each of many rows."""
    metadata = ResultMetadata([Column("ks", "t", "a", SCALARS["blob"]), Column("ks", "t", "v", FLOAT3)])
    vectors = [[n, n + 1.5, -n] for n in range(20)]
    rows = b"".join(write_bytes(b"x" * before) + write_bytes(struct.pack(">3f", *each)) for each in vectors)
    decoder = row_decoder(metadata, CodecRegistry(float_vectors=shape), tuple)
    assert [list(vector) for _, vector in decode_rows(decoder, rows, 20)] == vectors
