"""`execute_concurrent` of cassandra-driver: many statements, a bounded number of them in flight."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT
from aiocql.compat.cassandra.response_future import ResponseFuture
from aiocql.compat.cassandra.result_set import ResultSet

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from queue import SimpleQueue

    from aiocql.compat.cassandra.session import Session

__all__ = ["ExecutionResult", "execute_concurrent", "execute_concurrent_with_args"]


class ExecutionResult(NamedTuple):
    """The outcome of one statement."""

    success: bool
    result_or_exc: Any


def execute_concurrent(
    session: Session,
    statements_and_parameters: Iterable[tuple[Any, Any]],
    concurrency: int = 100,
    raise_on_first_error: bool = True,
    results_generator: bool = False,
    execution_profile: Any = EXEC_PROFILE_DEFAULT,
) -> Any:
    """Execute statements, at most `concurrency` at a time; return their outcomes in order.

    With `results_generator`, an iterator over the outcomes. With `raise_on_first_error`, the first error is raised.
    """
    if concurrency <= 0:
        raise ValueError("concurrency must be greater than 0")
    outcomes = _outcomes(
        session, statements_and_parameters, concurrency, raise_on_first_error, execution_profile
    )
    return outcomes if results_generator else list(outcomes)


def execute_concurrent_with_args(
    session: Session, statement: Any, parameters: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """Execute one statement with each of the parameters. See `execute_concurrent`."""
    return execute_concurrent(session, zip(repeat(statement), parameters, strict=False), *args, **kwargs)


def _outcomes(
    session: Session, pairs: Iterable[tuple[Any, Any]], concurrency: int, fail_fast: bool, profile: Any
) -> Generator[ExecutionResult, None, None]:
    from queue import SimpleQueue

    ended: SimpleQueue[int] = SimpleQueue()
    waiting: dict[int, ResponseFuture] = {}
    done: dict[int, ExecutionResult] = {}
    source = enumerate(pairs)
    give = 0
    exhausted = False
    while True:
        while not exhausted and len(waiting) < concurrency:
            number, pair = next(source, (-1, None))
            if pair is None:
                exhausted = True
                break
            waiting[number] = _start(session, pair, profile, ended, number)
        if not waiting and give not in done:
            return
        if give not in done:
            _take(ended, waiting, done, fail_fast)
        while give in done:
            yield done.pop(give)
            give += 1


def _start(
    session: Session, pair: tuple[Any, Any], profile: Any, ended: SimpleQueue[int], number: int
) -> ResponseFuture:
    future = session.execute_async(pair[0], pair[1], execution_profile=profile)

    def end(_: Any) -> None:
        ended.put(number)

    future.add_callbacks(end, end)
    return future


def _take(
    ended: SimpleQueue[int],
    waiting: dict[int, ResponseFuture],
    done: dict[int, ExecutionResult],
    fail_fast: bool,
) -> None:
    """Wait for one statement to end, and take all that have ended."""
    number = ended.get()
    while True:
        future = waiting.pop(number)
        error = future._error
        future.clear_callbacks()
        if error is not None and fail_fast:
            raise error
        done[number] = ExecutionResult(error is None, error or ResultSet(future, future._rows))
        if ended.empty():
            return
        number = ended.get()
