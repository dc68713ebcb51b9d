"""What was asked beside what was reached, from figures."""

from __future__ import annotations

from bench.cells import FULL, REAL, Cell
from bench.figures import Figures, Series
from bench.peers import NEWER
from bench.targets import Target, targets

READ = Cell("read", 100)


def _figures(**per_second: float) -> Figures:
    figures = Figures((*FULL, REAL), [name.replace("_", "-") for name in per_second])
    for name, value in per_second.items():
        figures.series[READ, name.replace("_", "-")] = Series([{"per_second": value}])
    return figures


def _found(figures: Figures, beginning: str) -> Target:
    return next(target for target in targets(figures, None, None) if target.what.startswith(beginning))


def test_the_best_peer_counts() -> None:
    target = _found(_figures(aiocql=100, acsylla=20, scyllapy=50), READ.meaning)
    assert target.reached == 2
    assert target.is_met is False


def test_what_was_not_measured_is_said() -> None:
    target = _found(_figures(aiocql=100), READ.meaning)
    assert target.is_met is None
    assert "not measured" in target.row()


def test_v5_is_compared_with_v4() -> None:
    figures = _figures(aiocql=100)
    figures.series[READ, NEWER] = Series([{"per_second": 95}])
    target = _found(figures, "v5 against v4")
    assert target.reached == 0.95
    assert target.is_met


def test_the_bursts_are_medians_over_the_sequence() -> None:
    said = {
        "sequence_ms": {str(n): [30, 40, 50] for n in (10, 50, 100)},
        "at_once_ms": {"aiocql": {str(n): [1, 2, 3] for n in (10, 50, 100)}},
    }
    reached = [
        t for t in targets(_figures(aiocql=1), said, None) if "at once" in t.what and "sequence" in t.what
    ]
    assert [target.reached for target in reached] == [20, 20, 20]
    assert [target.is_met for target in reached] == [True, False, False]
