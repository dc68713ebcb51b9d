"""Tests of a real Cassandra run one after the other, in one process, where others run beside them (``-n 2``).

A cluster is started once for a run; a second process would start its own, and two of them fight for two processors.
This has to come before xdist's own look at the marks, hence a wrapper.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

CLUSTERS = {
    "cassandra_cluster",
    "cassandra_cluster3",
    "cassandra_keyspace",
    "cassandra_keyspace3",
    "ring",
    "secured",
}
FOLDERS = ("examples/", "tests/cassandra/", "tests/docs/", "tests/packaging/")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & CLUSTERS or item.nodeid.startswith(FOLDERS):
            item.add_marker(pytest.mark.xdist_group("cassandra"))
    yield
