"""The file of recorded answers, and what of a request decides on its answer."""

import struct
from pathlib import Path

import pytest
from bench.replay import framing
from bench.replay.records import Record, load, request_key, save

RECORDS = [
    Record(4, framing.QUERY, b"\0\0\0\x03abc", framing.RESULT, 0, b"answer"),
    Record(5, framing.STARTUP, b"", framing.READY, 8, b""),
]


@pytest.mark.parametrize("name", ["plain.bin", "packed.bin.xz"])
def test_what_is_saved_is_loaded(tmp_path: Path, name: str) -> None:
    save(tmp_path / name, RECORDS)
    assert list(load(tmp_path / name)) == RECORDS


def test_values_and_consistency_of_an_execute_do_not_matter() -> None:
    bodies = [
        b"\0\x02id" + struct.pack(">HBHii", consistency, 1, 1, 4, value)
        for consistency, value in ((1, 7), (10, 8))
    ]
    assert {request_key(4, framing.EXECUTE, body) for body in bodies} == {b"\0\x02id\0"}


def test_skipped_metadata_of_an_execute_matters() -> None:
    v4 = b"\0\x02id" + struct.pack(">HB", 1, 2)
    v5 = b"\0\x02id" + b"\0\x03abc" + struct.pack(">HI", 1, 2)
    assert request_key(4, framing.EXECUTE, v4) == request_key(5, framing.EXECUTE, v5) == b"\0\x02id\x02"


def test_a_batch_is_its_type_and_count() -> None:
    assert request_key(4, framing.BATCH, b"\x01\0\x32rest") == b"\x01\0\x32"


def test_a_large_envelope_goes_in_parts() -> None:
    parts = list(framing.segments(bytes(300_000)))
    heads = [int.from_bytes(part[:3], "little") for part in parts[::2]]
    assert [head & framing.MAX_SEGMENT for head in heads] == [131071, 131071, 37858]
    assert not any(head >> 17 for head in heads)
