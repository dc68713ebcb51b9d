"""The values of NumPy and pandas that stand for no time fit no column of times or integers."""

from __future__ import annotations

from typing import Any

import numpy
import pandas
import pytest

from aiocql.errors import EncodeError
from aiocql.types.descriptors import ScalarType
from aiocql.types.registry import default_registry

TYPES = ["timestamp", "date", "time", "duration", "tinyint", "smallint", "int", "bigint", "counter", "varint"]
VALUES = [numpy.datetime64("NaT"), numpy.timedelta64("NaT"), pandas.NaT]


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("value", VALUES, ids=["datetime64", "timedelta64", "pandas"])
def test_value_that_stands_for_no_time_is_refused(type_name: str, value: Any) -> None:
    with pytest.raises(EncodeError):
        default_registry().codec(ScalarType(type_name)).to_bytes(value)
