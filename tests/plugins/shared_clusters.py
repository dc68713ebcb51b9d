"""Makes a cluster whole again after each test that shares it, whatever became of the test.

A test may kill, pause, stop or add nodes. Where it fails before it has undone that, the next test would meet a cluster
with a dead node, and fail for a reason that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

SHARED = ("cassandra_cluster", "cassandra_cluster3", "ring")
"""The fixtures that are clusters of several tests."""

NODES = pytest.StashKey[dict[int, list[Any]]]()
"""By cluster, the nodes that it had when a test first used it."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    known = item.config.stash.setdefault(NODES, {})
    for cluster in clusters_of(item):
        known.setdefault(id(cluster), list(cluster.nodes))
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    # Before the fixtures of the test are torn down: those that drop a keyspace need a cluster that serves.
    try:
        for cluster in clusters_of(item):
            restore(cluster, item.config.stash.get(NODES, {}).get(id(cluster), list(cluster.nodes)))
    finally:
        yield


def clusters_of(item: pytest.Item) -> list[Any]:
    """Return the shared clusters of a test that were started for it; those that exist anyway have no nodes."""
    given: dict[str, Any] = getattr(item, "funcargs", {})
    return [given[name] for name in SHARED if hasattr(given.get(name), "nodes")]


def restore(cluster: Any, nodes: list[Any]) -> None:
    """Remove nodes that were added, and start or resume those that are not running."""
    from aiocql.testing.apart import run_apart

    for node in [node for node in cluster.nodes if node not in nodes]:
        run_apart(cluster.remove_node(node))
    if any(node.state != "running" for node in cluster.nodes):
        run_apart(cluster.heal())
