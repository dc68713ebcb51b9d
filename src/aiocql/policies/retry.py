"""Whether a request that failed is tried again, and where.

The default follows one rule before all others: a statement that is not idempotent is never sent a second time if the
first may have been written.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from aiocql import errors
from aiocql.enums import ConsistencyLevel

__all__ = [
    "DefaultRetryPolicy",
    "DowngradingConsistencyRetryPolicy",
    "FallthroughRetryPolicy",
    "RetryDecision",
    "RetryInput",
    "RetryPolicy",
    "RetryVerdict",
]


class RetryDecision(enum.Enum):
    """What becomes of a request whose attempt failed."""

    RETRY_SAME = "RETRY_SAME"
    """Again on the same host."""
    RETRY_NEXT = "RETRY_NEXT"
    """Again on the next host of its plan."""
    RETHROW = "RETHROW"
    """Not again: the error is the application's."""
    IGNORE = "IGNORE"
    """Not again, and no error: an empty result."""


class RetryInput:
    """All that a decision may depend on.

    `error` is what the attempt ended with. `maybe_sent` is False only if it is certain that the server never saw
    the request. `retries` counts the tries that this policy asked for before; the first attempt has 0.
    """

    __slots__ = (
        "consistency",
        "error",
        "idempotent",
        "is_batch",
        "maybe_sent",
        "retries",
        "serial_consistency",
    )

    def __init__(
        self,
        error: BaseException,
        *,
        idempotent: bool = False,
        retries: int = 0,
        consistency: ConsistencyLevel = ConsistencyLevel.LOCAL_ONE,
        serial_consistency: ConsistencyLevel | None = None,
        maybe_sent: bool = True,
        is_batch: bool = False,
    ) -> None:
        self.error = error
        self.idempotent = idempotent
        self.retries = retries
        self.consistency = consistency
        self.serial_consistency = serial_consistency
        self.maybe_sent = maybe_sent
        self.is_batch = is_batch

    def __repr__(self) -> str:
        kind = "idempotent" if self.idempotent else "not idempotent"
        return f"<RetryInput {type(self.error).__name__}, {kind}, {self.retries} retries before>"


class RetryVerdict:
    """A decision with a change: `consistency` is what the next try uses instead; None leaves it."""

    __slots__ = ("consistency", "decision")

    def __init__(self, decision: RetryDecision, consistency: ConsistencyLevel | None = None) -> None:
        self.decision = decision
        self.consistency = consistency

    def __repr__(self) -> str:
        return f"RetryVerdict({self.decision}, {self.consistency})"


RETRY_SAME = RetryDecision.RETRY_SAME
RETRY_NEXT = RetryDecision.RETRY_NEXT
RETHROW = RetryDecision.RETHROW
IGNORE = RetryDecision.IGNORE

PLAIN_WRITES = ("SIMPLE", "BATCH", "UNLOGGED_BATCH")
"""Write types that a second attempt may repeat: not counters and not light-weight transactions."""

PASSING_REASONS = (0x0000, 0x0003)
"""Failure codes of replicas that may be gone a moment later: UNKNOWN and INCOMPATIBLE_SCHEMA (RequestFailureReason)."""

SERIAL_LEVELS = (ConsistencyLevel.SERIAL, ConsistencyLevel.LOCAL_SERIAL)


class RetryPolicy:
    """Base of retry policies: override `decide`."""

    def decide(self, failed: RetryInput) -> RetryDecision | RetryVerdict:
        """What becomes of the request."""
        raise NotImplementedError(f"{type(self).__name__} has no decide()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class FallthroughRetryPolicy(RetryPolicy):
    """Never again: every error is the application's."""

    def decide(self, failed: RetryInput) -> RetryDecision:
        """RETHROW."""
        return RETHROW


def _next_if_idempotent(failed: RetryInput) -> RetryDecision:
    return RETRY_NEXT if failed.idempotent else RETHROW


def _next_always(failed: RetryInput) -> RetryDecision:
    return RETRY_NEXT


def _never(failed: RetryInput) -> RetryDecision:
    return RETHROW


def _on_connection_lost(failed: RetryInput) -> RetryDecision:
    maybe_sent = getattr(failed.error, "maybe_sent", True) and failed.maybe_sent
    return RETRY_NEXT if failed.idempotent or not maybe_sent else RETHROW


def _on_unavailable(failed: RetryInput) -> RetryDecision:
    # Another coordinator may see more replicas alive. Once: the answer rarely differs twice.
    # Nothing was done by a plain statement. But of a batch the parts before the one that failed may have been sent
    # on, and a light-weight transaction may have lost a round that another client completes.
    serial = getattr(failed.error, "consistency", failed.consistency) in SERIAL_LEVELS
    maybe_written = not failed.idempotent and (failed.is_batch or serial)
    return RETRY_NEXT if failed.retries == 0 and not maybe_written else RETHROW


def _on_read_timeout(failed: RetryInput) -> RetryDecision:
    error = failed.error
    assert isinstance(error, errors.ReadTimeout)
    # Enough replicas answered, only the one asked for the data did not: by now the coordinator knows it is slow.
    # What is not idempotent here is no SELECT but a light-weight transaction in its reading phase.
    if failed.retries or not failed.idempotent:
        return RETHROW
    # Otherwise the coordinator may be the slow one: a node that was paused reports its timeout when it resumes.
    alive = error.received >= error.required and not error.data_present
    if alive:
        return RETRY_SAME
    levels = {failed.consistency, getattr(error, "consistency", None)}
    serial = not levels.isdisjoint(SERIAL_LEVELS)
    return RETHROW if serial else RETRY_NEXT


def _on_write_timeout(failed: RetryInput) -> RetryDecision:
    error = failed.error
    assert isinstance(error, errors.WriteTimeout)
    if failed.retries or not failed.idempotent:
        return RETHROW
    kind = str(error.write_type)
    # The batch log was not written in time, so the batch itself was not begun, or will be replayed whole.
    if kind == "BATCH_LOG":
        return RETRY_SAME
    return RETRY_NEXT if kind in PLAIN_WRITES else RETHROW


def _on_read_failure(failed: RetryInput) -> RetryDecision:
    error = failed.error
    assert isinstance(error, errors.ReadFailure)
    # Replicas that do not know a new column yet fail like this until the schema change reaches them.
    reasons = getattr(error, "reasons", {})
    passing = bool(reasons) and all(reason in PASSING_REASONS for reason in reasons.values())
    return RETRY_NEXT if passing and failed.idempotent and failed.retries == 0 else RETHROW


# The rule of an error is that of the nearest of its classes.
RULES: dict[type[BaseException], Callable[[RetryInput], RetryDecision]] = {
    errors.ReadTimeout: _on_read_timeout,
    errors.WriteTimeout: _on_write_timeout,
    errors.ReadFailure: _on_read_failure,
    errors.Unavailable: _on_unavailable,
    errors.IsBootstrapping: _next_always,
    errors.Overloaded: _next_if_idempotent,
    errors.InternalServerError: _next_if_idempotent,
    errors.TruncateError: _next_if_idempotent,
    errors.ConnectionLost: _on_connection_lost,
    errors.OperationTimedOut: _next_if_idempotent,
    errors.BusyConnection: _next_always,
    errors.RequestThrottled: _never,  # a BusyConnection of the session itself: no host has another limit
    errors.ConnectFailed: _next_always,
}


class DefaultRetryPolicy(RetryPolicy):
    """The strict table.

    ================================================  ==========================================================
    error                                             decision
    ================================================  ==========================================================
    read timeout, enough replicas but not the data    same host, once, if idempotent (a SELECT is)
    read timeout, otherwise (serial levels excepted)  next host, once, if idempotent
    write timeout of the batch log                    same host, once, if idempotent
    write timeout of a plain write or a batch         next host, once, if idempotent
    read failure, reasons unknown or schema (v5)      next host, once, if idempotent
    unavailable                                       next host, once; batches and serial ones only if idempotent
    bootstrapping, busy connection, connect failed    next host: nothing was done
    overloaded, server error, truncate error          next host, if idempotent
    connection lost                                   next host, if idempotent or certainly not sent
    attempt timed out (`attempt_timeout`)             next host, if idempotent
    anything else                                     the application's
    ================================================  ==========================================================

    The plan is an end to "next host": each host of it is asked once.
    """

    def decide(self, failed: RetryInput) -> RetryDecision | RetryVerdict:
        """What the table says."""
        for kind in type(failed.error).__mro__:
            rule = RULES.get(kind)
            if rule is not None:
                return rule(failed)
        return RETHROW


class DowngradingConsistencyRetryPolicy(DefaultRetryPolicy):
    """Takes a weaker consistency level rather than an error: for applications that know what they give away.

    A read or an idempotent write that too few replicas could serve is tried once more at the level that those alive
    can serve. A write timeout that at least one replica confirmed is taken as done (plain and logged writes only).
    Serial levels are never weakened.
    """

    def decide(self, failed: RetryInput) -> RetryDecision | RetryVerdict:
        """What the table says, weakened where it would be an error."""
        error = failed.error
        if failed.retries or failed.consistency.is_serial or failed.serial_consistency is not None:
            return super().decide(failed)
        serial = getattr(error, "consistency", None) in SERIAL_LEVELS
        if (
            not failed.idempotent
            and (serial or failed.is_batch)
            and not isinstance(error, errors.WriteTimeout)
        ):
            return super().decide(failed)
        if isinstance(error, errors.Unavailable):
            return _downgraded(error.alive, RETRY_NEXT)
        if isinstance(error, errors.ReadTimeout) and error.received < error.required:
            return _downgraded(error.received, RETRY_SAME)
        if isinstance(error, errors.WriteTimeout):
            return self._on_write_timeout(failed, error)
        return super().decide(failed)

    def _on_write_timeout(
        self, failed: RetryInput, error: errors.WriteTimeout
    ) -> RetryDecision | RetryVerdict:
        kind = str(error.write_type)
        if kind in ("SIMPLE", "BATCH") and error.received > 0:
            return IGNORE
        if kind == "UNLOGGED_BATCH" and failed.idempotent:
            return _downgraded(error.received, RETRY_SAME)
        return super().decide(failed)


def _downgraded(alive: int, decision: RetryDecision) -> RetryDecision | RetryVerdict:
    levels = {1: ConsistencyLevel.ONE, 2: ConsistencyLevel.TWO}
    return RetryVerdict(decision, levels.get(alive, ConsistencyLevel.THREE)) if alive > 0 else RETHROW
