"""The fault table: what may go wrong, how the tests bring it about, and what must happen.

The tests of a row have the mark ``@pytest.mark.fault(number)``; all cases of them count. `make faults` runs them and
writes what was seen to `docs/faults.md`. Serious bugs that other drivers had follow, in `bugs_of_others.py`.
"""

from __future__ import annotations

from tests.faults.network_rows import NETWORK
from tests.faults.protocol_rows import PROTOCOL

__all__ = ["ROWS"]

ROWS = tuple(sorted((*NETWORK, *PROTOCOL), key=lambda row: row.number))
