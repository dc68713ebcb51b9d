"""Tests of a real Cassandra run one after the other, in one process, where others run beside them (``-n auto``).

A cluster is started once for a run; a second process would start its own.
xdist's own groups are not used: xdist 3.8 writes their names where pytest 9.2 no longer reads them.

A cluster of several nodes is closed after the last test that uses it, rather than at the end of the run: idle servers
take their share of the processors too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

TOGETHER = {
    "clusters": ("examples/", "tests/cassandra/", "tests/docs/"),
    "ring": ("tests/faults/test_real_nodes.py", "tests/faults/test_soak.py"),
    "distributions": ("tests/packaging/",),
}
"""The tests that share something large: what one process runs, by where the tests are."""


LARGE = ("cassandra_cluster3", "ring")
"""The fixtures that are clusters of several nodes."""

LAST_USE = pytest.StashKey[dict[str, str]]()
"""By fixture, the id of the last test that uses it."""


def scope_of(nodeid: str) -> str:
    """What runs in one process: all tests of a cluster, or one test."""
    return next((name for name, places in TOGETHER.items() if nodeid.startswith(places)), nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[LAST_USE] = {
        name: item.nodeid for item in items for name in LARGE if name in getattr(item, "fixturenames", ())
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    last = [name for name in LARGE if item.config.stash[LAST_USE].get(name) == item.nodeid]
    clusters = [item.funcargs[name] for name in last if name in item.funcargs]  # type: ignore[attr-defined]
    yield
    for cluster in clusters:
        cluster.close()  # its fixture closes it again at the end of the run, which does no harm


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Together(config, log)
