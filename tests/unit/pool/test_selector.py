"""Which connection of a pool takes the next request."""

from collections import Counter

import pytest

from aiocql.nodes.node_counters import NodeCounters
from aiocql.pool.selector import ConnectionSelector
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request


class Future:
    """As much of a future as a request asks for."""

    result: object = None

    def done(self) -> bool:
        return self.result is not None

    def set_result(self, result: object) -> None:
        self.result = result

    def set_exception(self, error: BaseException) -> None:
        self.result = error


def busy(in_flight: int, load: NodeCounters) -> Core:
    core = Core(4, limit=10, load=load, wake=lambda full: None)
    for _ in range(in_flight):
        core.send(Request(0x05, b"", Future()))
    return core


def pool_of(
    *in_flight: int, selection: str = "least_loaded", high: int = 8
) -> tuple[ConnectionSelector, list[Core]]:
    load = NodeCounters()
    channels = ConnectionSelector(load, selection, high, 5)
    cores = [busy(n, load) for n in in_flight]
    for core in cores:
        channels.add_core(core)
    return channels, cores


def test_the_least_loaded_connection_is_chosen() -> None:
    channels, cores = pool_of(3, 1, 2)
    assert channels.choose() is cores[1]


@pytest.mark.parametrize("selection", ["least_loaded", "round_robin", "random"])
def test_none_is_chosen_at_the_high_mark(selection: str) -> None:
    channels, _ = pool_of(8, 9, 8, selection=selection)
    assert channels.choose() is None


@pytest.mark.parametrize("selection", ["least_loaded", "round_robin", "random"])
def test_only_connections_that_take_requests_are_chosen(selection: str) -> None:
    channels, cores = pool_of(0, 0, 0, 0, 5, selection=selection)
    cores[0].writable = False
    cores[1].reading_paused = True
    cores[2].draining = True
    cores[3].fail_all(lambda maybe_sent: AssertionError())
    assert {channels.choose() for _ in range(20)} == {cores[4]}


def test_round_robin_takes_turns() -> None:
    channels, cores = pool_of(0, 0, 0, selection="round_robin")
    chosen = [channels.choose() for _ in range(9)]
    assert Counter(map(id, chosen)) == {id(core): 3 for core in cores}
    assert chosen[:3] == chosen[3:6]


def test_random_spreads() -> None:
    channels, cores = pool_of(0, 0, 0, selection="random")
    counts = Counter(id(channels.choose()) for _ in range(3000))
    assert set(counts) == {id(core) for core in cores}
    assert min(counts.values()) > 700


def test_random_selection_does_not_repeat_and_differs_between_pools() -> None:
    sequences = []
    for _ in range(4):
        channels, cores = pool_of(0, 0, 0, 0, selection="random")
        sequences.append([cores.index(channels.choose()) for _ in range(4096)])
    first = sequences[0]
    assert all(first != other for other in sequences[1:])
    assert not any(first[:512] == first[i : i + 512] for i in range(1, len(first) - 512))
    pairs = Counter(zip(first[::2], first[1::2], strict=True))
    assert len(pairs) == 16
    assert min(pairs.values()) > 80


def test_random_selection_is_uniform_among_connections_with_room() -> None:
    """A full connection does not make its neighbor more likely."""
    channels, cores = pool_of(0, 8, 0, 8, 0, selection="random")
    counts = Counter(cores.index(channels.choose()) for _ in range(3000))
    assert set(counts) == {0, 2, 4}
    assert min(counts.values()) > 850


def test_nobody_overtakes_those_who_wait() -> None:
    channels, cores = pool_of(0)
    channels.queueing = True
    assert channels.choose() is None
    assert channels.select_for_queued() is cores[0]


def test_load_counts_all_connections() -> None:
    channels, cores = pool_of(3, 4)
    assert channels.load.in_flight == 7
    assert channels.load.peak_in_flight == 7
    assert channels.load.open_connections == 2
    channels.remove_core(cores[0])
    assert channels.load.open_connections == 1
    cores[0].fail_all(lambda maybe_sent: ConnectionError())
    assert channels.load.in_flight == 4
