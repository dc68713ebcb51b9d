"""How the launcher counts the nodes that a server knows."""

from __future__ import annotations

import pytest

from aiocql.testing.cassandra.probe import complete_rows


def rows(*each: tuple[bytes | None, ...], flags: int = 4) -> bytes:
    body = b"".join(number.to_bytes(4, "big") for number in (2, flags, 3, len(each)))
    for row in each:
        for value in row:
            body += b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value
    return body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rows(), 0),
        (rows((b"tokens", b"\x7f\0\0\1", b"version")), 1),
        (rows((None, b"\x7f\0\0\1", b"version"), (b"tokens", b"\x7f\0\0\2", b"version")), 1),
        (rows((b"tokens", b"\x7f\0\0\1", None), (b"tokens", None, b"version")), 0),
        (rows((b"", b"", b"")), 1),
    ],
)
def test_rows_with_a_null_are_not_complete(body: bytes, expected: int) -> None:
    assert complete_rows(body) == expected


def test_metadata_that_was_to_be_left_out_is_no_count() -> None:
    with pytest.raises(EOFError, match="metadata"):
        complete_rows(rows(flags=0))
