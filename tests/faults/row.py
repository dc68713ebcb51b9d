"""A row of the fault table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Row"]


@dataclass(frozen=True)
class Row:
    """One fault. `tests`: ``"folder/test_file.py::test_name"``, or a file for all tests in it.

    `seen_in`: where other drivers had it.
    """

    number: int
    fault: str
    injection: str
    must: str
    tests: tuple[str, ...]
    seen_in: str = ""
