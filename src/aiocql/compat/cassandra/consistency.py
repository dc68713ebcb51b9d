"""Enumerations as cassandra-driver has them: classes of constants with mappings between names and values."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from aiocql import enums

__all__ = ["ConsistencyLevel", "ProtocolVersion", "WriteType", "consistency_value_to_name"]


class ConsistencyLevel:
    """The levels; each is a member of `aiocql.ConsistencyLevel`."""

    ANY: Final = enums.ConsistencyLevel.ANY
    ONE: Final = enums.ConsistencyLevel.ONE
    TWO: Final = enums.ConsistencyLevel.TWO
    THREE: Final = enums.ConsistencyLevel.THREE
    QUORUM: Final = enums.ConsistencyLevel.QUORUM
    ALL: Final = enums.ConsistencyLevel.ALL
    LOCAL_QUORUM: Final = enums.ConsistencyLevel.LOCAL_QUORUM
    EACH_QUORUM: Final = enums.ConsistencyLevel.EACH_QUORUM
    SERIAL: Final = enums.ConsistencyLevel.SERIAL
    LOCAL_SERIAL: Final = enums.ConsistencyLevel.LOCAL_SERIAL
    LOCAL_ONE: Final = enums.ConsistencyLevel.LOCAL_ONE

    value_to_name: ClassVar[dict[int, str]] = {int(each): each.name for each in enums.ConsistencyLevel}
    name_to_value: ClassVar[dict[str, int]] = {each.name: each for each in enums.ConsistencyLevel}

    @staticmethod
    def is_serial(level: int) -> bool:
        """Whether this is one of the two levels of light-weight transactions."""
        return enums.ConsistencyLevel(level).is_serial


def consistency_value_to_name(value: int | None) -> str:
    """The level's name; ``"Not Set"`` for None."""
    return "Not Set" if value is None else ConsistencyLevel.value_to_name[value]


class WriteType:
    """What a write that timed out or failed was doing, as numbers."""

    SIMPLE: Final = 0
    BATCH: Final = 1
    UNLOGGED_BATCH: Final = 2
    COUNTER: Final = 3
    BATCH_LOG: Final = 4
    CAS: Final = 5
    VIEW: Final = 6
    CDC: Final = 7

    name_to_value: ClassVar[dict[str, int]] = {
        name: number for number, name in enumerate(enums.WriteType.__members__)
    }
    value_to_name: ClassVar[dict[int, str]] = dict(enumerate(enums.WriteType.__members__))


def write_type_number(name: Any) -> Any:
    """The number of a write type's name; what the driver does not know stays as it is."""
    return WriteType.name_to_value.get(str(name), name)


class ProtocolVersion:
    """The protocol versions that aiocql speaks."""

    V3: Final = 3
    V4: Final = 4
    V5: Final = 5
    MIN_SUPPORTED: Final = 3
    MAX_SUPPORTED: Final = 5
    SUPPORTED_VERSIONS: Final = (5, 4, 3)
