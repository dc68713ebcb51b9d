"""Pages into columns: what is read is cut, joined, exported and turned into Python's values."""

from __future__ import annotations

from random import Random

from tests.fuzz.generation import random_type, random_value
from tests.fuzz.mutation import damaged

from aiocql.columns.decoder import ColumnShape
from aiocql.columns.table import Table
from aiocql.errors import DecodeError, EncodeError, ProtocolError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.types.arrow import ArrowTypes
from aiocql.types.registry import CodecRegistry

__all__ = ["columns", "generated_table"]

REGISTRY = CodecRegistry()


def columns(rng: Random) -> None:
    """A page, true or damaged, of columns of any type in any Arrow type."""
    table = generated_table(rng)
    if table is None:
        return
    capsules = (table.__arrow_c_stream__(), table.batches()[0].__arrow_c_array__())
    assert repr(table.combine().to_pylist()) == repr(table.to_pylist())
    del capsules


def generated_table(rng: Random) -> Table | None:
    """The table of a page that is true or damaged, its middle and the page again; None where it cannot be read."""
    metadata = ResultMetadata(
        [Column("ks", "t", f"c{i}", random_type(rng, 2)) for i in range(rng.randint(1, 3))]
    )
    count = rng.randint(0, 5)
    page = _page(rng, metadata, count)
    if rng.random() < 0.7:
        page = damaged(rng, page)
    decoder = ColumnShape(_types(rng)).row_decoder(metadata, REGISTRY)
    try:
        (batch,) = decode_rows(decoder, page, count)
    except (DecodeError, ProtocolError):
        return None
    begin, end = sorted((rng.randint(0, count), rng.randint(0, count)))
    return Table.from_batches(batch.schema, [batch, batch[begin:end], batch])


def _page(rng: Random, metadata: ResultMetadata, count: int) -> bytes:
    out = bytearray()
    for _ in range(count):
        for codec in metadata.codecs(REGISTRY):
            try:
                data = None if rng.random() < 0.2 else codec.to_bytes(random_value(rng, codec.cql_type))
            except EncodeError:
                data = rng.randbytes(rng.randint(0, 20))
            out += b"\xff\xff\xff\xff" if data is None else len(data).to_bytes(4) + data
    return bytes(out)


def _types(rng: Random) -> ArrowTypes:
    return ArrowTypes(
        text=rng.choice(("utf8", "large_utf8", "utf8_view", "dictionary")),
        uuid=rng.choice(("uuid", "binary", "text")),
        inet=rng.choice(("text", "binary")),
        timestamp=rng.choice(("ms", "us")),
        duration=rng.choice(("struct", "interval", "text")),
        decimal=rng.choice(((38, 18), (5, 0), "text", "float64")),
        varint=rng.choice(("decimal", "int64", "text")),
    )
