"""Compression of bodies on v3 and v4: both names, other implementations, bombs."""

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.errors import ConfigurationError, FrameTooLarge, ProtocolError
from aiocql.protocol.compression import compressor
from aiocql.testing.server.frames import compress_body, decompress_body

NAMES = ["lz4", "snappy"]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=500) | st.binary(min_size=1, max_size=10).map(lambda part: part * 300))
def test_both_ends(name: str, data: bytes) -> None:
    """Ours and the scripted server's, each way."""
    ours = compressor(name)
    assert ours.unpack(ours.pack(data)) == data
    assert decompress_body(ours.pack(data), name) == data
    assert ours.unpack(compress_body(data, name)) == data


@pytest.mark.parametrize("name", NAMES)
def test_the_limit_holds_before_anything_is_allocated(name: str) -> None:
    """A body may announce as much as the limit, and no more."""
    ours = compressor(name)
    packed = ours.pack(b"a" * 1000)
    assert len(ours.unpack(packed, 1000)) == 1000
    with pytest.raises(FrameTooLarge, match="1000 bytes, the limit is 999"):
        ours.unpack(packed, 999)


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("lz4", b""),
        ("lz4", b"\0\0\0"),
        ("lz4", b"\x7f\xff\xff\xff" + b"a" * 100),
        ("lz4", b"\0\0\0\x05" + b"\xff" * 20),
        ("lz4", b"\0\0\0\x06\x50hello"),
        ("lz4", b"\0\0\0\x04\x50hello"),
        ("snappy", b""),
        ("snappy", b"\xff\xff\xff\xff\xff\xff"),
        ("snappy", b"\xff\xff\xff\xff\x07" + b"a" * 10),
        ("snappy", b"\x05\xff\xff\xff"),
        ("snappy", b"\x06\x10hello"),
    ],
)
def test_garbage(name: str, body: bytes) -> None:
    """No sizes, sizes that the bytes cannot hold, wrong sizes, no blocks: ProtocolError."""
    with pytest.raises(ProtocolError):
        compressor(name).unpack(body)


@pytest.mark.fault(33)
@pytest.mark.parametrize("name", NAMES)
@given(body=st.binary(max_size=60))
def test_any_bytes(name: str, body: bytes) -> None:
    """Whatever it is, it opens or it is a ProtocolError."""
    with contextlib.suppress(ProtocolError):
        assert len(compressor(name).unpack(body, 1 << 20)) <= 1 << 20


def test_unknown_name() -> None:
    """The choice is named."""
    with pytest.raises(ConfigurationError, match="lz4, snappy"):
        compressor("zstd")


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snappy is an extra."""
    monkeypatch.setitem(sys.modules, "cramjam", None)
    with pytest.raises(ConfigurationError, match=r"aiocql\[snappy\]"):
        compressor("snappy")
