"""What counts as growing faster than the work."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from bench.growth import results
from bench.growth.axes import AXES
from bench.growth.verdict import judge

SIZES = (1, 10, 100, 1_000, 10_000)


def test_a_cost_that_stays_is_level() -> None:
    verdict = judge(dict.fromkeys(SIZES, 10.0))
    assert verdict.is_level
    assert verdict.exponent == pytest.approx(0)
    assert verdict.largest_to_least == 1


def test_fixed_costs_that_are_shared_are_level() -> None:
    assert judge({n: 50 / n + 10 for n in SIZES}).is_level


def test_a_logarithm_is_level() -> None:
    assert judge({n: 10 + 0.3 * math.log2(n) for n in SIZES}).is_level


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
def test_a_power_of_the_size_is_not_level(power: float) -> None:
    verdict = judge({n: 10 * n**power for n in SIZES})
    assert verdict.exponent == pytest.approx(power)
    assert not verdict.is_level


def test_what_grows_only_at_the_large_end_is_seen() -> None:
    assert not judge({n: 10 + n / 500 for n in SIZES}).is_level


def test_what_the_work_itself_grows_by_is_not_the_drivers() -> None:
    own = {n: 5.0 * n**0.2 for n in SIZES}
    assert judge({n: 10.0 * n**0.25 for n in SIZES}, own).beyond == pytest.approx(0.05)
    assert judge({n: 10.0 * n**0.25 for n in SIZES}, own).is_level
    assert not judge({n: 10.0 * n**0.4 for n in SIZES}, own).is_level
    assert not judge({n: 10.0 * n**0.2 for n in SIZES}, dict.fromkeys(SIZES, 5.0)).is_level


def test_controls_that_become_cheaper_excuse_nothing() -> None:
    cheaper = {n: 5.0 * n**-0.2 for n in SIZES}
    assert judge(dict.fromkeys(SIZES, 10.0), cheaper).beyond == pytest.approx(0)


def _growth(cost: float) -> results.Growth:
    growth = results.Growth("2026-01-01", {})
    for axis in AXES:
        for n in axis.sizes:
            growth.add(axis.name, n, {"cost_us": cost * n})
    return growth


def test_the_conclusion_names_what_grows() -> None:
    growth = _growth(1.0)
    said = results.conclusion(growth)
    assert all(axis.title in said for axis in AXES)
    assert said.startswith("Faster than its work")


def test_figures_come_back_as_they_were_saved(tmp_path: object) -> None:
    path = tmp_path / "growth.json"  # type: ignore[operator]
    growth = _growth(2.0)
    growth.save(path)
    assert results.load(path) == growth


def test_the_plot_has_every_axis(tmp_path: Path) -> None:
    """In a process of its own: matplotlib keeps its font files open."""
    _growth(0.5).save(tmp_path / "growth.json")
    code = (
        "import pathlib, sys; from bench.growth import results; from bench.growth.plot import plot; "
        "growth = results.load(pathlib.Path(sys.argv[1])); print(plot(growth), plot(growth), sep='\\0')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "growth.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = done.stdout.rstrip("\n").split("\0")
    assert all(axis.title in first for axis in AXES)
    assert first.count('<g id="axes_') == len(AXES)
    assert first.rstrip() == second.rstrip()
