"""Enumerations of the native protocol, with their codes on the wire."""

from __future__ import annotations

import enum

__all__ = ["BatchType", "ConsistencyLevel", "WriteType"]


class ConsistencyLevel(enum.IntEnum):
    """How many replicas must answer (native protocol v5, section 3, [consistency])."""

    ANY = 0x00
    ONE = 0x01
    TWO = 0x02
    THREE = 0x03
    QUORUM = 0x04
    ALL = 0x05
    LOCAL_QUORUM = 0x06
    EACH_QUORUM = 0x07
    SERIAL = 0x08
    LOCAL_SERIAL = 0x09
    LOCAL_ONE = 0x0A

    @property
    def is_serial(self) -> bool:
        """Whether this is one of the two levels of light-weight transactions."""
        return self in (ConsistencyLevel.SERIAL, ConsistencyLevel.LOCAL_SERIAL)

    @property
    def is_dc_local(self) -> bool:
        """Whether only replicas of the coordinator's datacenter count."""
        return self in (
            ConsistencyLevel.LOCAL_QUORUM,
            ConsistencyLevel.LOCAL_SERIAL,
            ConsistencyLevel.LOCAL_ONE,
        )


class BatchType(enum.IntEnum):
    """The kind of a batch (native protocol v5, section 4.1.7)."""

    LOGGED = 0
    UNLOGGED = 1
    COUNTER = 2


class WriteType(enum.StrEnum):
    """What a write that timed out or failed was doing (native protocol v5, section 8, 0x1100)."""

    SIMPLE = "SIMPLE"
    BATCH = "BATCH"
    UNLOGGED_BATCH = "UNLOGGED_BATCH"
    COUNTER = "COUNTER"
    BATCH_LOG = "BATCH_LOG"
    CAS = "CAS"
    VIEW = "VIEW"
    CDC = "CDC"
