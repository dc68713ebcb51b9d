"""async-cassandra's retry policy."""

from __future__ import annotations

from typing import Any

from aiocql.compat.cassandra.consistency import WriteType
from aiocql.compat.cassandra.retry import Decision, RetryPolicy

__all__ = ["AsyncRetryPolicy"]

SAFE_WRITES = (WriteType.SIMPLE, WriteType.BATCH, WriteType.UNLOGGED_BATCH)


class AsyncRetryPolicy(RetryPolicy):
    """Up to `max_retries` times where it may help; writes only if they are marked as idempotent.

    Not as it was: a statement that is not idempotent is not sent to a second host after a connection was lost under it.
    """

    def __init__(self, max_retries: int = 3) -> None:
        self.max_retries = max_retries

    def on_read_timeout(
        self,
        query: Any,
        consistency: Any,
        required_responses: int,
        received_responses: int,
        data_retrieved: bool,
        retry_num: int,
    ) -> Decision:
        """Again where data or enough answers came."""
        enough = data_retrieved or received_responses >= required_responses
        return self._within(retry_num, enough, self.RETRY, consistency)

    def on_write_timeout(
        self,
        query: Any,
        consistency: Any,
        write_type: Any,
        required_responses: int,
        received_responses: int,
        retry_num: int,
    ) -> Decision:
        """Again if the statement is idempotent, and the write a plain one or a batch."""
        safe = getattr(query, "is_idempotent", None) is True and write_type in SAFE_WRITES
        return self._within(retry_num, safe, self.RETRY, consistency)

    def on_unavailable(
        self, query: Any, consistency: Any, required_replicas: int, alive_replicas: int, retry_num: int
    ) -> Decision:
        """First on the next host, then on the same."""
        decision = self.RETRY_NEXT_HOST if retry_num == 0 else self.RETRY
        return self._within(retry_num, True, decision, consistency)

    def on_request_error(self, query: Any, consistency: Any, error: Exception, retry_num: int) -> Decision:
        """On the next host."""
        return self._within(retry_num, True, self.RETRY_NEXT_HOST, consistency)

    def _within(self, retry_num: int, useful: bool, decision: int, consistency: Any) -> Decision:
        if useful and retry_num < self.max_retries:
            return decision, consistency
        return self.RETHROW, None
