"""Stream ids: first in, first out, never two holders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.protocol.streams import StreamTable


def test_the_id_freed_last_is_used_last() -> None:
    table = StreamTable(4)
    assert [table.acquire(i) for i in range(4)] == [0, 1, 2, 3]
    assert table.acquire("one too many") == -1
    table.release(2)
    table.release(0)
    assert [table.acquire("x"), table.acquire("y")] == [2, 0]


@pytest.mark.fault(14, 37)
def test_a_free_id_has_no_holder_and_cannot_be_freed_again() -> None:
    table = StreamTable(2)
    stream = table.acquire("holder")
    assert table.holder(stream) == "holder"
    table.release(stream)
    assert table.holder(stream) is None
    with pytest.raises(ValueError, match="not in use"):
        table.release(stream)


@pytest.mark.fault(14)
@pytest.mark.parametrize("stream", [-1, -32768, 2, 32767])
def test_an_id_that_does_not_exist_has_no_holder(stream: int) -> None:
    assert StreamTable(2).holder(stream) is None


@pytest.mark.fault(15)
@pytest.mark.parametrize("capacity", [0, -1, 32769])
def test_capacity_is_what_the_protocol_has(capacity: int) -> None:
    with pytest.raises(ValueError, match="32768"):
        StreamTable(capacity)


@pytest.mark.fault(37)
@given(
    st.integers(1, 20),
    st.lists(st.one_of(st.just("take"), st.just("grow"), st.integers(0, 40)), max_size=200),
)
def test_two_holders_never_share_an_id(capacity: int, actions: list[object]) -> None:
    table = StreamTable(capacity)
    held: dict[int, object] = {}
    order: list[int] = []
    for action in actions:
        if action == "take":
            holder = object()
            stream = table.acquire(holder)
            if stream == -1:
                assert len(held) == table.capacity
            else:
                assert stream not in held
                held[stream] = holder
                order.append(stream)
        elif action == "grow":
            table.resize(table.capacity + 3)
        elif order:
            stream = order.pop(int(str(action)) % len(order))
            del held[stream]
            table.release(stream)
        assert dict(table.holders()) == held
        assert table.free == table.capacity - len(held)
