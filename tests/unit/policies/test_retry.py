"""The table, complete: every error of the tree, idempotent and not, first and second time."""

from typing import Any

import pytest

from aiocql import errors
from aiocql.enums import ConsistencyLevel as CL
from aiocql.policies.retry import (
    DefaultRetryPolicy,
    DowngradingConsistencyRetryPolicy,
    FallthroughRetryPolicy,
    RetryDecision,
    RetryInput,
    RetryPolicy,
    RetryVerdict,
)

SAME, NEXT, THROW, IGNORE = (
    RetryDecision.RETRY_SAME,
    RetryDecision.RETRY_NEXT,
    RetryDecision.RETHROW,
    RetryDecision.IGNORE,
)


def read_timeout(received: int, required: int, data_present: bool) -> errors.ReadTimeout:
    return errors.ReadTimeout(
        "", consistency=CL.QUORUM, received=received, required=required, data_present=data_present
    )


def write_timeout(write_type: str, received: int = 1) -> errors.WriteTimeout:
    return errors.WriteTimeout(
        "", consistency=CL.QUORUM, received=received, required=2, write_type=write_type
    )


def unavailable(consistency: CL = CL.QUORUM, alive: int = 1) -> errors.Unavailable:
    return errors.Unavailable("", consistency=consistency, required=2, alive=alive)


def read_failure(*reasons: int) -> errors.ReadFailure:
    return errors.ReadFailure("", reasons={f"127.0.0.{i}": reason for i, reason in enumerate(reasons, 1)})


def lost(
    maybe_sent: bool, kind: type[errors.ConnectionLost] = errors.ConnectionLost
) -> errors.ConnectionLost:
    error = kind("")
    error.maybe_sent = maybe_sent
    return error


# error, decision if idempotent, decision if not; the first time
TABLE: list[tuple[BaseException, RetryDecision, RetryDecision]] = [
    (read_timeout(2, 2, False), SAME, THROW),
    (read_timeout(3, 2, False), SAME, THROW),
    (read_timeout(2, 2, True), NEXT, THROW),
    (read_timeout(1, 2, False), NEXT, THROW),
    (write_timeout("BATCH_LOG"), SAME, THROW),
    *[(write_timeout(kind), NEXT, THROW) for kind in ("SIMPLE", "BATCH", "UNLOGGED_BATCH")],
    *[(write_timeout(kind), THROW, THROW) for kind in ("COUNTER", "CAS", "VIEW", "CDC", "SOMETHING_NEW")],
    (read_failure(0), NEXT, THROW),
    (read_failure(3, 0), NEXT, THROW),
    (read_failure(1), THROW, THROW),
    (read_failure(0, 1), THROW, THROW),
    (read_failure(), THROW, THROW),
    (unavailable(), NEXT, NEXT),
    (unavailable(CL.SERIAL), NEXT, THROW),
    (unavailable(CL.LOCAL_SERIAL), NEXT, THROW),
    (errors.IsBootstrapping(""), NEXT, NEXT),
    (errors.Overloaded(""), NEXT, THROW),
    (errors.InternalServerError(""), NEXT, THROW),
    (errors.TruncateError(""), NEXT, THROW),
    (lost(True), NEXT, THROW),
    (lost(False), NEXT, NEXT),
    (lost(True, errors.HeartbeatFailed), NEXT, THROW),
    (errors.OperationTimedOut(""), NEXT, THROW),
    (errors.BusyConnection(""), NEXT, NEXT),
    (errors.RequestThrottled(""), THROW, THROW),
    (errors.ConnectFailed(""), NEXT, NEXT),
    (errors.TLSFailed(""), NEXT, NEXT),
    (errors.AuthenticationFailed(""), NEXT, NEXT),
    *[
        (kind(""), THROW, THROW)
        for kind in (
            errors.ReadFailure,
            errors.WriteFailure,
            errors.FunctionFailure,
            errors.CDCWriteFailure,
            errors.CASWriteUnknown,
            errors.SyntaxException,
            errors.Unauthorized,
            errors.InvalidRequest,
            errors.InvalidConfiguration,
            errors.AlreadyExists,
            errors.Unprepared,
            errors.ServerProtocolError,
            errors.BadCredentials,
            errors.ServerError,
            errors.ProtocolError,
            errors.TruncatedError,
            errors.ChecksumMismatch,
            errors.FrameTooLarge,
            errors.UnsupportedProtocolVersion,
            errors.EncodeError,
            errors.DecodeError,
            errors.SessionClosed,
            errors.WrongContext,
            errors.NoHostAvailable,
            RuntimeError,
        )
    ],
]


@pytest.mark.fault(8)
@pytest.mark.parametrize(("error", "idempotent", "other"), TABLE, ids=lambda value: repr(value)[:60])
def test_the_table(error: BaseException, idempotent: RetryDecision, other: RetryDecision) -> None:
    policy = DefaultRetryPolicy()
    assert policy.decide(RetryInput(error, idempotent=True)) is idempotent
    assert policy.decide(RetryInput(error, idempotent=False)) is other


def concrete_errors(kind: type[errors.Error] = errors.Error) -> list[type[errors.Error]]:
    return [kind, *(each for sub in kind.__subclasses__() for each in concrete_errors(sub))]


@pytest.mark.fault(8)
def test_no_error_of_the_tree_is_forgotten() -> None:
    abstract = {
        errors.Error,
        errors.InterfaceError,
        errors.CodecError,
        errors.ConnectionException,
        errors.RequestExecutionError,
        errors.RequestValidationError,
        errors.ConfigurationError,
        errors.MorePagesError,
    }
    known = {type(row[0]) for row in TABLE}
    of_the_tree = {
        kind for kind in concrete_errors() if kind.__module__ == "aiocql.errors" and kind.__name__[0] != "_"
    }
    assert of_the_tree - abstract - known == set()


@pytest.mark.parametrize(
    "error",
    [
        read_timeout(2, 2, False),
        read_timeout(1, 2, False),
        write_timeout("BATCH_LOG"),
        write_timeout("SIMPLE"),
        read_failure(0),
        unavailable(),
    ],
)
def test_once_only(error: BaseException) -> None:
    assert DefaultRetryPolicy().decide(RetryInput(error, idempotent=True, retries=1)) is THROW


@pytest.mark.parametrize("level", [CL.SERIAL, CL.LOCAL_SERIAL])
def test_read_timeout_at_a_serial_level_is_not_repeated(level: CL) -> None:
    error = errors.ReadTimeout("", consistency=level, received=1, required=2, data_present=False)
    assert DefaultRetryPolicy().decide(RetryInput(error, idempotent=True)) is THROW


@pytest.mark.parametrize("error", [errors.Overloaded(""), errors.IsBootstrapping(""), lost(True)])
def test_along_the_whole_plan(error: BaseException) -> None:
    assert DefaultRetryPolicy().decide(RetryInput(error, idempotent=True, retries=5)) is NEXT


def test_what_was_certainly_not_sent_goes_on() -> None:
    failed = RetryInput(lost(True), idempotent=False, maybe_sent=False)
    assert DefaultRetryPolicy().decide(failed) is NEXT


def test_parts_of_a_batch_may_have_been_sent_on() -> None:
    policy = DefaultRetryPolicy()
    assert policy.decide(RetryInput(unavailable(), idempotent=False, is_batch=True)) is THROW
    assert policy.decide(RetryInput(unavailable(), idempotent=True, is_batch=True)) is NEXT


def test_fallthrough() -> None:
    for error, _, _ in TABLE:
        assert FallthroughRetryPolicy().decide(RetryInput(error, idempotent=True)) is THROW


class TestDowngrading:
    policy = DowngradingConsistencyRetryPolicy()

    def verdict(self, error: BaseException, **more: Any) -> tuple[RetryDecision, CL | None]:
        found = self.policy.decide(RetryInput(error, consistency=CL.QUORUM, **more))
        return (found.decision, found.consistency) if isinstance(found, RetryVerdict) else (found, None)

    @pytest.mark.parametrize(("alive", "level"), [(1, CL.ONE), (2, CL.TWO), (3, CL.THREE), (7, CL.THREE)])
    def test_to_what_is_alive(self, alive: int, level: CL) -> None:
        assert self.verdict(unavailable(alive=alive)) == (NEXT, level)
        assert self.verdict(read_timeout(alive, 9, False)) == (SAME, level)
        assert self.verdict(write_timeout("UNLOGGED_BATCH", alive), idempotent=True) == (SAME, level)

    def test_not_without_any(self) -> None:
        assert self.verdict(unavailable(alive=0)) == (THROW, None)
        assert self.verdict(read_timeout(0, 2, False)) == (THROW, None)

    def test_a_write_that_one_replica_has_is_taken_as_done(self) -> None:
        assert self.verdict(write_timeout("SIMPLE")) == (IGNORE, None)
        assert self.verdict(write_timeout("BATCH")) == (IGNORE, None)
        assert self.verdict(write_timeout("SIMPLE", 0)) == (THROW, None)

    def test_never_what_is_not_idempotent_and_may_have_been_written(self) -> None:
        assert self.verdict(write_timeout("UNLOGGED_BATCH")) == (THROW, None)
        assert self.verdict(write_timeout("COUNTER")) == (THROW, None)

    def test_once(self) -> None:
        assert self.verdict(unavailable(), retries=1) == (THROW, None)

    def test_serial_levels_stay(self) -> None:
        failed = RetryInput(read_timeout(1, 2, False), idempotent=True, consistency=CL.SERIAL)
        assert self.policy.decide(failed) is THROW
        assert self.verdict(write_timeout("SIMPLE"), serial_consistency=CL.SERIAL) == (THROW, None)

    def test_the_rest_is_the_default(self) -> None:
        assert self.verdict(errors.Overloaded(""), idempotent=True) == (NEXT, None)
        assert self.verdict(read_timeout(2, 2, False), idempotent=True) == (SAME, None)


def test_a_base_without_decide_says_so() -> None:
    with pytest.raises(NotImplementedError, match="decide"):
        RetryPolicy().decide(RetryInput(RuntimeError()))
