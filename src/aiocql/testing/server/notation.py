"""The notations of the native protocol (section 3) in plain Python: `Reader` takes them, `write_*` give them.

Independent of the driver's compiled cursor and writer, so that each checks the other.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "UNSET",
    "NotationError",
    "Reader",
    "Unset",
    "write_bytes",
    "write_bytes_map",
    "write_inet",
    "write_inetaddr",
    "write_int",
    "write_long_string",
    "write_short",
    "write_short_bytes",
    "write_string",
    "write_string_list",
    "write_string_map",
    "write_string_multimap",
]


class NotationError(ValueError):
    """The bytes are not what the notation asks for."""


class Unset:
    """The type of `UNSET`, the [value] that says "leave as it is" (length -2)."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


class Reader:
    """Reads one message body from its beginning; every step is checked against the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.position

    def take(self, n: int) -> bytes:
        """The next `n` bytes."""
        if n < 0 or n > self.remaining:
            raise NotationError(f"{n} bytes wanted at {self.position}, {self.remaining} left")
        self.position += n
        return self.data[self.position - n : self.position]

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def int_(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def long(self) -> int:
        return int.from_bytes(self.take(8), "big", signed=True)

    def string(self) -> str:
        return self._text(self.short())

    def long_string(self) -> str:
        return self._text(self.int_())

    def _text(self, n: int) -> str:
        try:
            return self.take(n).decode()
        except UnicodeDecodeError as error:
            raise NotationError(f"not UTF-8: {error}") from None

    def short_bytes(self) -> bytes:
        return self.take(self.short())

    def bytes_(self) -> bytes | None:
        n = self.int_()
        return None if n < 0 else self.take(n)

    def value(self) -> bytes | Unset | None:
        """A [value]: bytes, None for null, `UNSET`."""
        n = self.int_()
        if n < -2:
            raise NotationError(f"length {n} of a [value]")
        return UNSET if n == -2 else None if n == -1 else self.take(n)

    def string_list(self) -> list[str]:
        return [self.string() for _ in range(self.short())]

    def string_map(self) -> dict[str, str]:
        return {self.string(): self.string() for _ in range(self.short())}

    def string_multimap(self) -> dict[str, list[str]]:
        return {self.string(): self.string_list() for _ in range(self.short())}

    def bytes_map(self) -> dict[str, bytes | None]:
        return {self.string(): self.bytes_() for _ in range(self.short())}

    def inet(self) -> tuple[str, int]:
        """An [inet]: address and port."""
        return self.inetaddr(), self.int_()

    def inetaddr(self) -> str:
        raw = self.take(self.byte())
        if len(raw) not in (4, 16):
            raise NotationError(f"an address of {len(raw)} bytes")
        return str(ipaddress.ip_address(raw))

    def end(self) -> None:
        """Raise if something is left."""
        if self.remaining:
            raise NotationError(f"{self.remaining} bytes after the end of the message")


def write_short(n: int) -> bytes:
    return struct.pack(">H", n)


def write_int(n: int) -> bytes:
    return struct.pack(">i", n)


def write_string(text: str) -> bytes:
    data = text.encode()
    return write_short(len(data)) + data


def write_long_string(text: str) -> bytes:
    data = text.encode()
    return write_int(len(data)) + data


def write_short_bytes(data: bytes) -> bytes:
    return write_short(len(data)) + data


def write_bytes(data: bytes | None) -> bytes:
    return write_int(-1) if data is None else write_int(len(data)) + data


def write_string_list(items: Sequence[str]) -> bytes:
    return write_short(len(items)) + b"".join(map(write_string, items))


def write_string_map(items: Mapping[str, str]) -> bytes:
    return _counted(write_string(key) + write_string(value) for key, value in items.items())


def write_string_multimap(items: Mapping[str, Sequence[str]]) -> bytes:
    return _counted(write_string(key) + write_string_list(value) for key, value in items.items())


def write_bytes_map(items: Mapping[str, bytes | None]) -> bytes:
    return _counted(write_string(key) + write_bytes(value) for key, value in items.items())


def _counted(parts: Iterable[bytes]) -> bytes:
    parts = list(parts)
    return write_short(len(parts)) + b"".join(parts)


def write_inetaddr(address: str) -> bytes:
    raw = ipaddress.ip_address(address).packed
    return bytes([len(raw)]) + raw


def write_inet(address: str, port: int) -> bytes:
    return write_inetaddr(address) + write_int(port)
