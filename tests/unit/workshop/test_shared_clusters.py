"""A test that fails with nodes down leaves a whole cluster to the next one."""

from __future__ import annotations

import pytest

CLUSTER = """
import pytest

class Node:
    def __init__(self):
        self.state = "running"

class Cluster:
    def __init__(self):
        self.nodes = [Node(), Node(), Node()]
        self.healed = 0

    async def heal(self):
        self.healed += 1
        for node in self.nodes:
            node.state = "running"

    async def remove_node(self, node):
        self.nodes.remove(node)

@pytest.fixture(scope="session")
def ring():
    return Cluster()

@pytest.fixture
def keyspace(ring):
    yield "ks"
    assert all(node.state == "running" for node in ring.nodes), "it is restored before fixtures are torn down"
"""

TESTS = """
import pytest

def test_one_that_fails_with_a_node_down(ring, keyspace):
    ring.nodes[1].state = "stopped"
    ring.nodes[2].state = "paused"
    raise ValueError("on purpose")

def test_one_that_exits_with_a_node_down(ring):
    assert [node.state for node in ring.nodes] == ["running"] * 3
    ring.nodes[0].state = "stopped"
    pytest.fail("on purpose")

def test_one_that_fails_with_a_node_too_many(ring):
    assert [node.state for node in ring.nodes] == ["running"] * 3
    ring.nodes.append(type(ring.nodes[0])())
    assert False, "on purpose"

def test_the_next_one(ring):
    assert [node.state for node in ring.nodes] == ["running"] * 3

def test_what_damages_nothing_costs_nothing(ring):
    assert ring.healed == 2
"""


def test_failing_tests_leave_a_whole_cluster(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CLUSTER)
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_inprocess("-p", "tests.plugins.shared_clusters", "-p", "no:xdist")
    result.assert_outcomes(failed=3, passed=2)
