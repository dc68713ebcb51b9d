"""Tests of a real Cassandra run one after the other, in one process, where others run beside them (``-n auto``).

A cluster is started once for a run; a second process would start its own, and two of them fight for two processors.
xdist's own groups are not used: xdist 3.8 writes their names where pytest 9.2 no longer reads them.
"""

from __future__ import annotations

from typing import Any

import pytest

CLUSTERS = (
    "examples/",
    "tests/cassandra/",
    "tests/docs/",
    "tests/faults/test_real_nodes.py",
    "tests/faults/test_soak.py",
    "tests/packaging/",
)
"""Where the tests are that start clusters, or build so much that nothing else should run beside them twice."""


def scope_of(nodeid: str) -> str:
    """What runs in one process: all tests of clusters, or one test."""
    return "clusters" if nodeid.startswith(CLUSTERS) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Together(config, log)
