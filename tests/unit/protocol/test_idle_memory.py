"""A connection that idles keeps nothing of the largest answer that it ever read."""

from __future__ import annotations

import tracemalloc

import pytest
from tests.unit.protocol.test_reentrant_reads import KINDS, Wire

LARGE = 24 << 20
KEPT = 1 << 20


def _read(wire: Wire, text: str) -> None:
    request = wire.ask()
    wire.core.feed(wire.answer(request, [text]))
    assert len(request.future.result().rows[0][0]) == len(text)


@pytest.mark.parametrize("kind", KINDS)
async def test_memory_of_a_large_answer_is_given_back(kind: str) -> None:
    wire = Wire(kind)
    _read(wire, "small")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        _read(wire, "x" * LARGE)
        _read(wire, "small")
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before > LARGE
    assert held - before < KEPT
