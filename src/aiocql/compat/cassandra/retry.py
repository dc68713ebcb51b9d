"""Retry policies with cassandra-driver's methods, called by aiocql.

One thing they cannot do here: a statement that is not idempotent is not sent again after an error that leaves it open
whether it was written, whatever the policy says. Mark statements `is_idempotent=True` where that is true.
"""

from __future__ import annotations

from typing import Any, Final

from aiocql import errors
from aiocql.compat.cassandra.consistency import WriteType, write_type_number
from aiocql.compat.cassandra.errors import translated
from aiocql.policies import retry as core
from aiocql.policies.retry import RetryDecision, RetryInput, RetryVerdict

__all__ = [
    "Decision",
    "DowngradingConsistencyRetryPolicy",
    "FailedStatement",
    "FallthroughRetryPolicy",
    "NeverRetryPolicy",
    "RetryPolicy",
]

Decision = tuple[int, Any]
"""What to do, and the consistency level to do it with; None is the same one."""

REQUEST_ERRORS = (
    errors.Overloaded,
    errors.IsBootstrapping,
    errors.TruncateError,
    errors.InternalServerError,
    errors.ConnectionException,
    errors.OperationTimedOut,
)
HARMLESS = (errors.IsBootstrapping, errors.BusyConnection, errors.ConnectFailed)


class FailedStatement:
    """The facts about the statement that a policy's methods receive."""

    def __init__(self, failed: RetryInput) -> None:
        self.is_idempotent = failed.idempotent
        self.consistency_level = failed.consistency
        self.query_string: str = getattr(failed.error, "query", None) or ""


class RetryPolicy(core.RetryPolicy):
    """Base of policies, and cassandra-driver's default: one retry where it may help."""

    RETRY: Final = 0
    RETHROW: Final = 1
    IGNORE: Final = 2
    RETRY_NEXT_HOST: Final = 3

    def on_read_timeout(
        self,
        query: Any,
        consistency: Any,
        required_responses: int,
        received_responses: int,
        data_retrieved: bool,
        retry_num: int,
    ) -> Decision:
        """Enough replicas answered, but not the one asked for the data: once more."""
        again = retry_num == 0 and received_responses >= required_responses and not data_retrieved
        return (self.RETRY, consistency) if again else (self.RETHROW, None)

    def on_write_timeout(
        self,
        query: Any,
        consistency: Any,
        write_type: int,
        required_responses: int,
        received_responses: int,
        retry_num: int,
    ) -> Decision:
        """The batch log was not written in time: once more."""
        again = retry_num == 0 and write_type == WriteType.BATCH_LOG
        return (self.RETRY, consistency) if again else (self.RETHROW, None)

    def on_unavailable(
        self, query: Any, consistency: Any, required_replicas: int, alive_replicas: int, retry_num: int
    ) -> Decision:
        """Another coordinator may see more replicas alive: once."""
        return (self.RETRY_NEXT_HOST, None) if retry_num == 0 else (self.RETHROW, None)

    def on_request_error(self, query: Any, consistency: Any, error: Exception, retry_num: int) -> Decision:
        """The coordinator failed: the next one."""
        return self.RETRY_NEXT_HOST, None

    def decide(self, failed: RetryInput) -> RetryDecision | RetryVerdict:
        """Asks the method that the error belongs to."""
        asked = self._ask(failed)
        if asked is None:
            return RetryDecision.RETHROW
        decision, consistency = asked
        if decision in (self.RETRY, self.RETRY_NEXT_HOST) and not _may_be_sent_again(failed):
            return RetryDecision.RETHROW
        verdict = VERDICTS[decision]
        if consistency is None or int(consistency) == failed.consistency:
            return verdict
        from aiocql.enums import ConsistencyLevel as Level

        return RetryVerdict(verdict, Level(int(consistency)))

    def _ask(self, failed: RetryInput) -> Decision | None:
        error, statement, retries = failed.error, FailedStatement(failed), failed.retries
        if isinstance(error, errors.ReadTimeout):
            return self.on_read_timeout(
                statement, error.consistency, error.required, error.received, error.data_present, retries
            )
        if isinstance(error, errors.WriteTimeout):
            kind = write_type_number(error.write_type)
            return self.on_write_timeout(
                statement, error.consistency, kind, error.required, error.received, retries
            )
        if isinstance(error, errors.Unavailable):
            return self.on_unavailable(statement, error.consistency, error.required, error.alive, retries)
        if isinstance(error, REQUEST_ERRORS):
            told: Any = translated(error)
            return self.on_request_error(statement, failed.consistency, told, retries)
        return None


def _may_be_sent_again(failed: RetryInput) -> bool:
    """Whether a second time does no harm: it is idempotent, or certainly was not carried out."""
    if failed.idempotent or not failed.maybe_sent or isinstance(failed.error, HARMLESS):
        return True
    if isinstance(failed.error, errors.ConnectionLost):
        return not failed.error.maybe_sent
    return isinstance(failed.error, errors.Unavailable) and not (
        failed.is_batch or failed.error.consistency in core.SERIAL_LEVELS
    )


VERDICTS = {
    RetryPolicy.RETRY: RetryDecision.RETRY_SAME,
    RetryPolicy.RETHROW: RetryDecision.RETHROW,
    RetryPolicy.IGNORE: RetryDecision.IGNORE,
    RetryPolicy.RETRY_NEXT_HOST: RetryDecision.RETRY_NEXT,
}


class FallthroughRetryPolicy(RetryPolicy):
    """Never again."""

    def on_read_timeout(self, *_: Any, **__: Any) -> Decision:
        """RETHROW."""
        return self.RETHROW, None

    def on_write_timeout(self, *_: Any, **__: Any) -> Decision:
        """RETHROW."""
        return self.RETHROW, None

    def on_unavailable(self, *_: Any, **__: Any) -> Decision:
        """RETHROW."""
        return self.RETHROW, None

    def on_request_error(self, *_: Any, **__: Any) -> Decision:
        """RETHROW."""
        return self.RETHROW, None


NeverRetryPolicy = FallthroughRetryPolicy


class DowngradingConsistencyRetryPolicy(core.DowngradingConsistencyRetryPolicy):
    """Takes a weaker consistency level rather than an error."""

    RETRY = RetryPolicy.RETRY
    RETHROW = RetryPolicy.RETHROW
    IGNORE = RetryPolicy.IGNORE
    RETRY_NEXT_HOST = RetryPolicy.RETRY_NEXT_HOST
