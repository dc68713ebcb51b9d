"""Fails the test that left something behind, or that caused an error which nobody saw.

Looked for after each test and its fixtures: sockets and other file descriptors that are still open, threads that still
run, exceptions and warnings raised where nobody can catch them (a finalizer, a thread), and what `async_tests` notes:
leaked tasks, errors in the loop, tasks whose exception was never retrieved. Whatever a fixture of wider scope than one
test opens in its setup is that fixture's own business.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Generator
from typing import Any

import pytest
from tests.plugins.guard_report import FINDINGS, report

FAILED = pytest.StashKey[bool]()
BEFORE = pytest.StashKey[set[str]]()
HOOKS = pytest.StashKey[tuple[Any, Any]]()


def resources() -> set[str]:
    """Every open file descriptor with what it leads to, and every thread."""
    found = {f"thread {thread.name!r}" for thread in threading.enumerate()}
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue  # the descriptor of the listing itself
        found.add(f"fd {fd} -> {target}")
    return found


def join_child_watchers(before: set[str], seconds: float = 10.0) -> None:
    """Wait for asyncio's new threads that wait for child processes: each reports the end of its child, then ends.

    One that still runs after `seconds` has a child that still runs.
    """
    for thread in threading.enumerate():
        if thread.name.startswith("asyncio-waitpid-") and f"thread {thread.name!r}" not in before:
            thread.join(seconds)


def pytest_collection_finish(session: pytest.Session) -> None:
    collect(everything=True)


def collect(*, everything: bool) -> None:
    """Collects what came since the last time, or all garbage there is.

    What survives is set aside until everything is looked through: a collection takes as long as there are objects, and
    after thousands of tests that was half of their time. What a test leaves is new, and found at once; garbage of
    fixtures that several tests share is found when the tests of their file are over.
    """
    if everything:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    item.stash[BEFORE] = resources()
    item.stash[HOOKS] = (sys.unraisablehook, threading.excepthook)

    def unraisable(args: Any) -> None:
        report(item, f"{args.err_msg or 'exception ignored in'}: {args.object!r}\n{_text(args)}")

    def in_thread(args: Any) -> None:
        report(item, f"exception in thread {getattr(args.thread, 'name', '?')!r}\n{_text(args)}")

    sys.unraisablehook = unraisable
    threading.excepthook = in_thread
    yield


def _text(args: Any) -> str:
    return "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Lets fixtures of wider scope keep what they open."""
    if request.scope == "function":
        return (yield)
    before = resources()
    try:
        return (yield)
    finally:
        request._pyfuncitem.stash[BEFORE] |= resources() - before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    if call.excinfo is not None:
        item.stash[FAILED] = True
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Looks last. A test that failed by itself has said enough: what it left is likely a consequence."""
    try:
        yield
        collect(everything=nextitem is None or nextitem.path != item.path)
    finally:
        sys.unraisablehook, threading.excepthook = item.stash[HOOKS]
    if FAILED in item.stash:
        return
    before = item.stash[BEFORE]
    join_child_watchers(before)
    left = sorted(resources() - before)
    if left:
        report(item, "left open:\n" + "\n".join(f"  {name}" for name in left))
    findings = item.stash.get(FINDINGS, [])
    if findings:
        pytest.fail("\n\n".join(findings), pytrace=False)
