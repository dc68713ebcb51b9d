"""Runs `async def test_...` and async fixtures, each test in an event loop of its own.

One loop serves a test and its async fixtures (function scope only), and is closed before the guards look for what
was left behind. Nothing has to be marked. A test that takes longer than its limit (`LIMIT`, or what
`@pytest.mark.timeout` says) fails and says where each of its tasks stood.

``--event-loop uvloop:new_event_loop`` makes the loops by another function than asyncio's. Tests that bring a loop of
their own (virtual time, memory) keep it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import io
import pkgutil
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

import pytest
from tests.plugins.guard_report import report

LIMIT = 60.0
"""Seconds for the async part of one test."""

SOONER = 0.8
"""How far before pytest-timeout, which sees neither tasks nor the loop, a marked test is stopped."""

SETTLE_TURNS = 5
"""Loop turns that closing transports and cancelled tasks get after the test, before what is left counts as leaked."""


class TestLoop:
    """The event loop of one test."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.runner = asyncio.Runner(debug=False, loop_factory=loop_factory(item.config))
        self.runner.get_loop().set_exception_handler(self._unhandled)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(self._limited(work))

    async def _limited(self, work: Coroutine[Any, Any, Any]) -> Any:
        marker = self.item.get_closest_marker("timeout")
        limit = float(marker.args[0]) * SOONER if marker and marker.args else LIMIT
        try:
            async with asyncio.timeout(limit) as scope:
                return await work
        except TimeoutError:
            if not scope.expired():
                raise
            pytest.fail(f"not done after {limit:g} s\n{describe(others())}", pytrace=True)

    def close(self) -> None:
        """Reports the tasks that are left and closes the loop."""
        try:
            left = self.runner.run(_settled())
            if left:
                report(self.item, f"{len(left)} leaked task(s):\n{describe(left)}")
        finally:
            self.runner.close()

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        cause = f": {type(error).__name__}: {error}" if error is not None else ""
        where = (
            context.get("future") or context.get("task") or context.get("handle") or context.get("transport")
        )
        report(self.item, f"unhandled in the event loop: {context['message']}{cause}\n{where!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--event-loop", metavar="MODULE:FUNCTION", help="what makes the loops of async tests")


def loop_factory(config: pytest.Config) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What `--event-loop` names; None is asyncio's own."""
    name: str | None = config.getoption("--event-loop")
    return pkgutil.resolve_name(name) if name is not None else None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "timeout(seconds): how long the test may take")


def others() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def _settled() -> list[asyncio.Task[Any]]:
    for _ in range(SETTLE_TURNS):
        await asyncio.sleep(0)
    return others()


def describe(tasks: list[asyncio.Task[Any]]) -> str:
    out = io.StringIO()
    for task in tasks:
        task.print_stack(file=out)
    return out.getvalue()


LOOP = pytest.StashKey[TestLoop]()


def loop_of(item: pytest.Item) -> TestLoop:
    """The test's loop, made when it is first asked for; it closes after every fixture that used it."""
    if LOOP not in item.stash:
        loop = item.stash[LOOP] = TestLoop(item)

        def close() -> None:
            del item.stash[LOOP]
            loop.close()

        item.addfinalizer(close)
    return item.stash[LOOP]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a coroutine function; anything else is pytest's own."""
    function = pyfuncitem.obj
    property_test = getattr(function, "hypothesis", None)
    if property_test is not None and inspect.iscoroutinefunction(property_test.inner_test):
        property_test.inner_test = _synchronous(loop_of(pyfuncitem), property_test.inner_test)
        return None
    if not inspect.iscoroutinefunction(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    loop_of(pyfuncitem).run(function(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def _synchronous(loop: TestLoop, function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return loop.run(function(*args, **kwargs))

    return run


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Runs an async fixture in the loop of the test that asked for it."""
    function: Any = fixturedef.func
    is_generator = inspect.isasyncgenfunction(function)
    if not (is_generator or inspect.iscoroutinefunction(function)):
        return (yield)
    if request.scope != "function":
        pytest.fail(f"async fixture {fixturedef.argname!r}: only function scope, every test has its own loop")
    loop = loop_of(request.node)
    wrapped = _generator_fixture(loop, function) if is_generator else _synchronous(loop, function)
    fixturedef.func = wrapped  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]


def _generator_fixture(
    loop: TestLoop, function: Callable[..., AsyncGenerator[Any, None]]
) -> Callable[..., Generator[Any, None, None]]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        steps = function(*args, **kwargs)
        yield loop.run(anext(steps))
        try:
            loop.run(anext(steps))
        except StopAsyncIteration:
            return
        raise RuntimeError(f"async fixture {function.__name__!r} yielded more than once")

    return run
