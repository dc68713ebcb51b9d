"""The fixtures of `pytest_aiocql` by another name, for ``pytest_plugins = ["aiocql.testing.pytest_plugin"]``.

The entry point names `pytest_aiocql`, which does not bring the driver with it.
"""

from __future__ import annotations

from pytest_aiocql import (
    cassandra_cluster,
    cassandra_cluster3,
    cassandra_keyspace,
    cassandra_keyspace3,
    pytest_addoption,
)

__all__ = [
    "cassandra_cluster",
    "cassandra_cluster3",
    "cassandra_keyspace",
    "cassandra_keyspace3",
    "pytest_addoption",
]
