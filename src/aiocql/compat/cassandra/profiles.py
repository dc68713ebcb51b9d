"""Execution profiles of cassandra-driver."""

from __future__ import annotations

from typing import Any

from aiocql.compat.cassandra.rows import RowFactory, named_tuple_factory

__all__ = ["EXEC_PROFILE_DEFAULT", "NOT_SET", "ExecutionProfile"]


class _Name:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NOT_SET: Any = _Name("_NOT_SET")
"""Marks an option that the caller left out, where None is a value."""

EXEC_PROFILE_DEFAULT: Any = _Name("EXEC_PROFILE_DEFAULT")
"""The name of the profile that is used by calls without `execution_profile`."""


class ExecutionProfile:
    """Options for one kind of requests. `request_timeout` is in seconds per page; None means no limit."""

    def __init__(
        self,
        load_balancing_policy: Any = NOT_SET,
        retry_policy: Any = None,
        consistency_level: Any = NOT_SET,
        serial_consistency_level: Any = None,
        request_timeout: Any = 10.0,
        row_factory: RowFactory = named_tuple_factory,
        speculative_execution_policy: Any = None,
    ) -> None:
        self.load_balancing_policy = None if load_balancing_policy is NOT_SET else load_balancing_policy
        self.retry_policy = retry_policy
        self.consistency_level = None if consistency_level is NOT_SET else consistency_level
        self.serial_consistency_level = serial_consistency_level
        self.request_timeout = request_timeout
        self.row_factory = row_factory
        self.speculative_execution_policy = speculative_execution_policy
