"""What the comparison with other drivers makes of what a client saw."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lab.peers.faults import proxy_address
from lab.peers.figures import Blow, Seen, figures, used_again
from lab.peers.harness import Client, Driver
from lab.peers.page import write_page

from aiocql.testing import VirtualTimeLoop, run_virtual

FIRST, SECOND = Blow("node1", 10.0, 20.0, 22.0), Blow("node2", 30.0, 40.0, 45.0)


def steady(start: float, end: float) -> list[Seen]:
    """Ten requests a second, each answered within a hundredth."""
    return [(start + i / 10, 0.01, "") for i in range(int((end - start) * 10))]


def test_a_client_that_was_not_disturbed() -> None:
    found = figures(steady(0, 50), [FIRST, SECOND])
    assert (found.requests, found.failed, found.wrong, found.slow) == (400, 0, 0, 0)
    assert (found.slowest, found.recovered, found.used_again) == (0.01, 0.0, 5.0)
    assert found.gap == pytest.approx(0.1)


def test_what_came_before_the_first_blow_does_not_count() -> None:
    found = figures([(5.0, 9.0, "Timeout"), *steady(10, 50)], [FIRST, SECOND])
    assert (found.failed, found.slow) == (0, 0)


def test_requests_that_failed_were_slow_or_wrong() -> None:
    seen = [*steady(10, 11), (11.0, 12.0, "Timeout"), (12.0, 2.0, ""), *steady(26, 33), (33.0, 0.1, "Lost")]
    seen += [*steady(34, 50), (49.0, 0.1, "wrong: row 2 for key 1")]
    found = figures(seen, [FIRST, SECOND])
    assert (found.failed, found.wrong, found.slow, found.slowest) == (2, 1, 2, 12.0)
    assert found.errors == {"Timeout": 1, "Lost": 1}
    assert found.gap == pytest.approx(12.01), "from the answer to that of 12.0 to the first after 26.0"
    assert found.recovered == pytest.approx(19.0), "the wrong one of 49.0 is 19 s after the second blow"


def test_a_node_is_used_again_when_it_sends_half_of_what_it_did() -> None:
    assert used_again([(1.0, 10.0), (2.0, 49.0), (3.0, 50.0)], 100.0) == 3.0
    assert used_again([(1.0, 10.0)], 100.0) is None
    assert figures(steady(0, 50), [FIRST, Blow("node2", 30.0, 40.0, None)]).used_again is None


def test_the_proxy_of_a_node_has_its_own_address() -> None:
    assert [proxy_address(f"127.1.7.{n}") for n in (1, 3)] == ["127.1.7.101", "127.1.7.103"]


class Slow(Client):
    """Answers after three seconds; a read of key 1 finds another row."""

    async def write(self, k: int, v: str) -> None:
        await asyncio.sleep(3)

    async def read(self, k: int) -> tuple[int, str]:
        if k == 2:
            raise ValueError
        return (7 if k == 1 else k), f"{k}:1"


def test_requests_begin_at_their_rate_whatever_became_of_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> list[Seen]:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        monkeypatch.setattr("time.monotonic", loop.time)
        loop.call_later(1.95, over.set)
        driver = Driver(Slow())
        await driver.run(10.0, over)
        assert driver.tasks == set()
        return sorted(driver.seen)

    seen = run_virtual(main, loop_factory=VirtualTimeLoop)
    assert [round(begun, 1) for begun, _, _ in seen] == [round(i / 10, 1) for i in range(21)]
    assert [outcome for _, _, outcome in seen[1:6:2]] == ["", "wrong: row 7 for key 1", "ValueError"]
    assert {round(seconds, 3) for _, seconds, _ in seen[::2]} == {3.0}


def test_the_page_has_a_section_for_each_fault_that_was_tried(tmp_path: Path) -> None:
    client = {
        "requests": 1000,
        "failed": 2,
        "wrong": 0,
        "slow": 3,
        "slowest": 10.0,
        "gap": 0.5,
        "recovered": 15.0,
    }
    client |= {"used_again": None, "errors": {"Timeout": 2}, "version": "1.0"}
    said = {
        "date": "2026-11-28",
        "machine": {"cpu": "one", "cores": 2, "load_before": 1.0},
        "rate": 40.0,
        "silence": 60.0,
    }
    write_page(tmp_path / "peers.md", {"half-open": {**said, "clients": {"some-driver": client}}})
    text = (tmp_path / "peers.md").read_text()
    assert "silent for 60 s" in text
    assert "| some-driver 1.0 | 1,000 | 2 | 3 | 10.00 s | 0.50 s | 15.0 s | not within 60 s |" in text
    assert "some-driver raised Timeout 2 times" in text
    assert "Rolling restart" not in text
