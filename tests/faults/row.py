"""A row of the fault table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Row"]


@dataclass(frozen=True)
class Row:
    """One fault. Its tests have the mark ``@pytest.mark.fault(number)``. `seen_in`: where other drivers had it."""

    number: int
    fault: str
    injection: str
    must: str
    seen_in: str = ""
