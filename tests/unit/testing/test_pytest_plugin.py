"""The plugin costs nothing where it is not used, and hands out a cluster that is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aiocql.errors import ConfigurationError
from aiocql.testing.cassandra.existing_cluster import ExistingCluster


def test_the_plugin_brings_neither_the_launcher_nor_the_driver() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import pytest_aiocql;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pytest_aiocql']"


def test_a_run_that_uses_no_fixture_starts_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\ndef test_it(): assert 'aiocql' not in sys.modules")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=1)


def test_contact_points_of_a_running_cluster_are_handed_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a run of its own in a fifth of the time
    pytester.makepyfile(
        "def test_it(cassandra_cluster): assert cassandra_cluster.contact_points == ['10.1.1.1', 'db:9043']"
    )
    points = "--cassandra-contact-points=10.1.1.1, db:9043"
    result = pytester.runpytest_subprocess("-p", "pytest_aiocql", points)
    result.assert_outcomes(passed=1)


def test_no_contact_point_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no contact point"):
        ExistingCluster.parse(" , ")
