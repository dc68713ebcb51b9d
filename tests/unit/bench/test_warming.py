"""When the benchmark holds a server to be warm."""

import pytest
from bench.concurrency import is_settled


@pytest.mark.parametrize(
    ("rates", "settled"),
    [
        ([], False),
        ([100.0] * 4, False),
        ([100.0] * 5, True),
        ([100.0, 90.0, 102.0, 95.0, 80.0], True),
        ([100.0, 90.0, 95.0, 110.0, 80.0], False),
        ([100.0, 200.0, 190.0, 201.0, 199.0, 180.0], True),
    ],
)
def test_a_server_is_warm_when_it_gets_no_faster(rates: list[float], settled: bool) -> None:
    assert is_settled(rates) is settled
