"""Time UUIDs: from times, to times, bounds and a generator."""

from __future__ import annotations

import datetime as dt
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from cassandra import util
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.types.cql_values import REGISTRY

from aiocql.types.descriptors import SCALARS
from aiocql.types.timeuuid import (
    TimeUUIDGenerator,
    datetime_from_uuid1,
    max_uuid_from_time,
    min_uuid_from_time,
    unix_time_from_uuid1,
    uuid_from_time,
)
from aiocql.types.values import Timestamp

moments = st.datetimes(dt.datetime(1583, 1, 1), dt.datetime(5236, 1, 1))


def cassandra_order(value: uuid.UUID) -> tuple[int, tuple[int, ...]]:
    """How TimeUUIDType sorts: by time, then by the other eight bytes, each signed."""
    return value.time, tuple(b - 256 if b > 127 else b for b in value.bytes[8:])


@given(moments, st.integers(0, 2**48 - 1), st.integers(0, 2**14 - 1))
def test_a_time_uuid_holds_its_time(moment: dt.datetime, node: int, clock_seq: int) -> None:
    value = uuid_from_time(moment, node, clock_seq)
    assert (value.version, value.variant) == (1, uuid.RFC_4122)
    assert (value.node, value.clock_seq) == (node, clock_seq)
    assert datetime_from_uuid1(value) == moment.replace(tzinfo=dt.UTC)


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)))
def test_a_time_uuid_is_cassandra_drivers(moment: dt.datetime) -> None:
    assert abs(uuid_from_time(moment, 5, 6).time - util.uuid_from_time(moment, 5, 6).time) <= 10


@given(moments, st.data())
def test_bounds_include_every_time_uuid_of_the_moment(moment: dt.datetime, data: st.DataObject) -> None:
    low, high = min_uuid_from_time(moment), max_uuid_from_time(moment)
    inside = uuid_from_time(moment)
    late = (
        uuid.UUID(int=inside.int + (data.draw(st.integers(0, 9)) << 96))
        if inside.time_low < 2**32 - 10
        else inside
    )
    for value in (inside, late):
        assert cassandra_order(low) <= cassandra_order(value) <= cassandra_order(high)
    assert datetime_from_uuid1(low) == datetime_from_uuid1(high) == moment.replace(tzinfo=dt.UTC)


def test_bounds_are_bound_as_timeuuids() -> None:
    codec = REGISTRY.codec(SCALARS["timeuuid"])
    for value in (min_uuid_from_time(0), max_uuid_from_time(0)):
        assert codec.from_bytes(codec.to_bytes(value)) == value


def test_times_are_given_in_several_ways() -> None:
    aware = dt.datetime(2024, 2, 29, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    seconds = 1_709_208_000
    for moment in (aware, dt.datetime(2024, 2, 29, 12), seconds, float(seconds), Timestamp(seconds * 1000)):
        assert unix_time_from_uuid1(uuid_from_time(moment)) == seconds
    assert max_uuid_from_time(Timestamp(0)).time - min_uuid_from_time(Timestamp(0)).time == 9999


@pytest.mark.parametrize("moment", ["2024", None, True])
def test_other_types_are_no_times(moment: object) -> None:
    with pytest.raises(TypeError):
        uuid_from_time(moment)  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [dt.datetime(1500, 1, 1), dt.datetime(6000, 1, 1), Timestamp(2**63 - 1)])
def test_times_outside_of_time_uuids_are_refused(moment: dt.datetime | Timestamp) -> None:
    with pytest.raises(ValueError, match="1582 to 5236"):
        uuid_from_time(moment)


def test_node_and_clock_sequence_are_checked() -> None:
    with pytest.raises(ValueError, match="48 bits"):
        uuid_from_time(0, node=1 << 48)
    with pytest.raises(ValueError, match="14 bits"):
        uuid_from_time(0, clock_seq=1 << 14)


def test_only_version_1_has_a_time() -> None:
    for convert in (datetime_from_uuid1, unix_time_from_uuid1):
        with pytest.raises(ValueError, match="version 1"):
            convert(uuid.uuid4())


@pytest.mark.fault(43)
def test_the_generator_goes_on_where_the_clock_stands_still_or_goes_back() -> None:
    clock = iter([100, 100, 50, 100, 101, 101, 200])
    generate = TimeUUIDGenerator(lambda: next(clock))
    made = [generate() for _ in range(7)]
    assert all(a.time < b.time for a, b in pairwise(made))
    assert len({value.clock_seq for value in made}) == len({value.node for value in made}) == 1
    assert made[0].node >> 40 & 1, "a random node says that it is no network card's"
    assert unix_time_from_uuid1(made[0]) == 100 / 1e6


@pytest.mark.fault(43)
def test_two_generators_differ() -> None:
    assert TimeUUIDGenerator(lambda: 5)() != TimeUUIDGenerator(lambda: 5)()


@pytest.mark.fault(43)
def test_threads_that_share_a_generator_share_no_id() -> None:
    """Switched after every line of it, with a clock that stands still: another driver's ids were there twice."""
    generate = TimeUUIDGenerator(lambda: 5)

    def switch(frame: FrameType, event: str, _: Any) -> Any:
        if "timeuuid" in frame.f_code.co_filename:
            time.sleep(0)
            return switch
        return None

    def make(_: int) -> list[uuid.UUID]:
        sys.settrace(switch)
        try:
            return [generate() for _ in range(500)]
        finally:
            sys.settrace(None)

    with ThreadPoolExecutor(4) as threads:
        made = [each for part in threads.map(make, range(4)) for each in part]
    assert len(set(made)) == 2_000


def test_the_generator_reads_the_systems_clock() -> None:
    before = dt.datetime.now(dt.UTC)
    assert before <= datetime_from_uuid1(TimeUUIDGenerator()()) <= dt.datetime.now(dt.UTC)
