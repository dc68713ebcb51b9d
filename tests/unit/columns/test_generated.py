"""Generated pages, true and damaged: pyarrow's full validation accepts whatever is read."""

from __future__ import annotations

from random import Random

import pyarrow
import pytest
from tests.fuzz.columns import generated_table


@pytest.mark.parametrize("part", range(10))
def test_arrays_are_valid(part: int) -> None:
    read = 0
    for number in range(150):
        table = generated_table(Random(1000 * part + number))
        if table is not None:
            read += 1
            made = pyarrow.table(table)
            made.validate(full=True)
            pyarrow.table(table.combine()).validate(full=True)
            assert made.num_rows == len(table)
    assert read > 20
