"""ERROR answers of the scripted server, each with all its fields (native protocol v5, section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiocql.testing.server.answers import Answer
from aiocql.testing.server.frames import Opcode
from aiocql.testing.server.notation import (
    write_inetaddr,
    write_int,
    write_short,
    write_short_bytes,
    write_string,
    write_string_list,
)

__all__ = [
    "AlreadyExistsAnswer",
    "CasWriteUnknownAnswer",
    "ErrorAnswer",
    "FunctionFailureAnswer",
    "ReadFailureAnswer",
    "ReadTimeoutAnswer",
    "UnavailableAnswer",
    "UnpreparedAnswer",
    "WriteFailureAnswer",
    "WriteTimeoutAnswer",
]


@dataclass(frozen=True)
class ErrorAnswer(Answer):
    """An ERROR with a code and a text, and `extra` bytes after them for errors without a class here."""

    error_code: int = 0x0000
    text: str = "java.lang.RuntimeException: scripted"
    extra: bytes = b""
    opcode = Opcode.ERROR

    def message(self, version: int) -> bytes:
        return write_int(self.error_code) + write_string(self.text) + self.fields(version)

    def fields(self, version: int) -> bytes:
        """What follows code and text."""
        return self.extra


@dataclass(frozen=True)
class UnavailableAnswer(ErrorAnswer):
    """0x1000"""

    error_code: int = 0x1000
    text: str = "Cannot achieve consistency level"
    consistency: int = 0x04
    required: int = 2
    alive: int = 1

    def fields(self, version: int) -> bytes:
        return write_short(self.consistency) + write_int(self.required) + write_int(self.alive)


@dataclass(frozen=True)
class _Counts(ErrorAnswer):
    consistency: int = 0x04
    received: int = 1
    required: int = 2

    def counts(self) -> bytes:
        return write_short(self.consistency) + write_int(self.received) + write_int(self.required)


@dataclass(frozen=True)
class WriteTimeoutAnswer(_Counts):
    """0x1100; `contentions` is sent for CAS in v5 only."""

    error_code: int = 0x1100
    text: str = "Operation timed out - received only 1 responses."
    write_type: str = "SIMPLE"
    contentions: int = 1

    def fields(self, version: int) -> bytes:
        with_contentions = version >= 5 and self.write_type == "CAS"
        return (
            self.counts()
            + write_string(self.write_type)
            + (write_short(self.contentions) if with_contentions else b"")
        )


@dataclass(frozen=True)
class ReadTimeoutAnswer(_Counts):
    """0x1200"""

    error_code: int = 0x1200
    text: str = "Operation timed out - received only 1 responses."
    data_present: bool = False

    def fields(self, version: int) -> bytes:
        return self.counts() + bytes([self.data_present])


@dataclass(frozen=True)
class _Reasons(_Counts):
    """`reasons` maps replica addresses to failure codes; before v5 only their number is sent."""

    reasons: Mapping[str, int] | None = None

    def counts_and_reasons(self, version: int) -> bytes:
        reasons = {"127.0.0.1": 0} if self.reasons is None else self.reasons
        data = self.counts() + write_int(len(reasons))
        if version < 5:
            return data
        return data + b"".join(write_inetaddr(at) + write_short(code) for at, code in reasons.items())


@dataclass(frozen=True)
class ReadFailureAnswer(_Reasons):
    """0x1300"""

    error_code: int = 0x1300
    text: str = "Operation failed - received 1 responses and 1 failures"
    data_present: bool = False

    def fields(self, version: int) -> bytes:
        return self.counts_and_reasons(version) + bytes([self.data_present])


@dataclass(frozen=True)
class WriteFailureAnswer(_Reasons):
    """0x1500"""

    error_code: int = 0x1500
    text: str = "Operation failed - received 1 responses and 1 failures"
    write_type: str = "SIMPLE"

    def fields(self, version: int) -> bytes:
        return self.counts_and_reasons(version) + write_string(self.write_type)


@dataclass(frozen=True)
class FunctionFailureAnswer(ErrorAnswer):
    """0x1400"""

    error_code: int = 0x1400
    text: str = "execution of 'ks.f[int]' failed"
    keyspace: str = "ks"
    function: str = "f"
    arg_types: Sequence[str] = ("int",)

    def fields(self, version: int) -> bytes:
        return write_string(self.keyspace) + write_string(self.function) + write_string_list(self.arg_types)


@dataclass(frozen=True)
class CasWriteUnknownAnswer(_Counts):
    """0x1700"""

    error_code: int = 0x1700
    text: str = "CAS operation result is unknown"

    def fields(self, version: int) -> bytes:
        return self.counts()


@dataclass(frozen=True)
class AlreadyExistsAnswer(ErrorAnswer):
    """0x2400; an empty `table` says that the keyspace exists."""

    error_code: int = 0x2400
    text: str = "Cannot add already existing table"
    keyspace: str = "ks"
    table: str = ""

    def fields(self, version: int) -> bytes:
        return write_string(self.keyspace) + write_string(self.table)


@dataclass(frozen=True)
class UnpreparedAnswer(ErrorAnswer):
    """0x2500, with the id that is not known."""

    error_code: int = 0x2500
    text: str = "Prepared query with ID not found"
    id: bytes = b""

    def fields(self, version: int) -> bytes:
        return write_short_bytes(self.id)
