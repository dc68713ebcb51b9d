"""The record of the load's requests, against which responses are checked. No I/O.

Every value names its key and a version; a key has one writer, so that an acknowledged version is a lower bound for
each read that begins after it. Every appended element has a unique number: a number that occurs twice was sent twice.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import compress

__all__ = ["GROUP", "Ledger"]

GROUP = 100
"""Elements appended to one row."""


MOST = 1 << 20
"""Elements that a ledger has room for: more than six hours of them."""


class Ledger:
    """Acknowledged writes, and everything that an answer got wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.versions: Counter[int] = Counter()
        self.acknowledged: Counter[int] = Counter()
        self.appended = 0
        self.acknowledged_elements = bytearray(b"\0" * MOST)
        """A 1 for each; memory that is taken at the beginning, for what grows in a soak is to be the driver's."""
        self.wrong: list[str] = []

    # --- rows with versions ---------------------------------------------------------------------------------------

    def next_value(self, key: int) -> tuple[int, str]:
        """The next version of a key, and a value that names both. One in a hundred is large."""
        self.versions[key] += 1
        size = 60_000 if self.random.random() < 0.01 else self.random.randrange(500)
        return self.versions[key], f"{key}:{self.versions[key]}:" + "x" * size

    def check(self, key: int, row: tuple[int, str] | None, at_least: int) -> None:
        """Notes an answer that is of another key, or older than what had been acknowledged before it was asked for."""
        if row is None:
            if at_least:
                self.wrong.append(f"row {key} is not there, version {at_least} had been acknowledged")
            return
        named, version, _ = row[1].split(":", 2)
        if row[0] != key or int(named) != key:
            self.wrong.append(f"asked for row {key}, got row {row[0]} with the value of {named}")
        elif not at_least <= int(version) <= self.versions[key]:
            self.wrong.append(f"row {key}: version {version}, {at_least} had been acknowledged")

    # --- statements that must not repeat --------------------------------------------------------------------------

    def next_element(self) -> int:
        """The number of an element that is to be appended once."""
        self.appended += 1
        return self.appended

    def check_elements(self, rows: Iterable[tuple[int, list[int] | None]]) -> tuple[int, int]:
        """How many elements are there more than once, and how many acknowledged ones are not there."""
        found = Counter(element for _, elements in rows for element in elements or ())
        twice = [element for element, count in found.items() if count > 1]
        acknowledged = compress(range(MOST), self.acknowledged_elements)
        missing = [element for element in acknowledged if element not in found]
        self.wrong += [f"element {element} was appended {found[element]} times" for element in twice[:10]]
        self.wrong += [f"element {element} was acknowledged and is not there" for element in missing[:10]]
        return len(twice), len(missing)
