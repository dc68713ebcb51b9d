"""The fault table: what may go wrong, how the tests bring it about, what must happen, and which tests show it.

A test is named by its path below `tests/` and its function (no parameters); all cases of it count. `make faults`
runs them all and writes what was seen to `docs/faults.md`. Serious bugs that other drivers had follow, in
`bugs_of_others.py`.
"""

from __future__ import annotations

from tests.faults.network_rows import NETWORK
from tests.faults.protocol_rows import PROTOCOL

__all__ = ["ROWS"]

ROWS = tuple(sorted((*NETWORK, *PROTOCOL), key=lambda row: row.number))
