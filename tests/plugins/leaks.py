"""Fails the test that let a secret be seen: a password or a value of `canary`, wherever it stands.

Looked through, for every test and its fixtures:

- `log`: each record of every logger and level, with its traceback and what was given with it;
- `print`: what was written to stdout and stderr, also where the test takes it with `capsys` or `capfd`;
- `warning`: what `pytest.warns` and `recwarn` caught; any other warning is an error;
- `error`: what `pytest.raises` caught, with its causes, attempts and attributes;
- `session`: reprs, statistics, health, metrics and report of each session when it is closed;
- `file`: what the test wrote below `tmp_path`: reports, exported metrics, logs;
- `name`: the test's own name and what it says for the documentation.

Where a test itself shows what it wrote, ``@pytest.mark.shows_canary("print", "value")`` says the place and which.
The text of a test that fails is shown without the secrets.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import find, mask
from tests.plugins.guard_report import report
from tests.plugins.secret_surfaces import texts_of_error, texts_of_session

from aiocql import Session

LARGEST = 16 << 20
"""Bytes of a file that is looked through: no report is as large."""
SESSIONS, ERRORS = 3, 20
"""How many of one test are looked at: thousands are made in a loop, and are like each other."""
SCRAPES = 1
"""Of all cases of a test together: a scrape costs five times what all else does, and no text of an error is in it."""


class Watch(logging.Handler):
    """Looks through texts for the test that runs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))
        self.item: pytest.Item | None = None
        self.process = os.getpid()
        self.left: dict[str, int] = {}
        self.function = ""

    def begin(self, item: pytest.Item) -> None:
        self.item = item
        self.left |= {"session": SESSIONS, "error": ERRORS}
        function = item.nodeid.split("[")[0]
        if function != self.function:
            self.function = function
            self.left["scrape"] = SCRAPES

    def leaked(self, place: str, text: str) -> list[str]:
        """What of the secrets in `text` may not be there."""
        assert self.item is not None
        allowed = {mark.args for mark in self.item.iter_markers("shows_canary")}
        return [which for which in find(text) if (place, which) not in allowed]

    def look(self, place: str, what: str, text: str) -> None:
        if self.item is None:
            return
        if os.getpid() != self.process:
            # A forked child is no test: what it would leak is printed, and found there.
            if find(text):
                os.write(2, text.encode())
            return
        for which in self.leaked(place, text):
            report(self.item, f"a secret ({which}) can be seen in {place}: {mask(what)}")

    def look_at_error(self, error: BaseException) -> None:
        if self.take("error"):
            for kind, text in texts_of_error(error):
                self.look("error", f"{kind} of {type(error).__name__}", text)

    def look_at_session(self, session: Session) -> None:
        if self.take("session"):
            for kind, text in texts_of_session(session, scrape=self.take("scrape")):
                self.look("session", kind, text)

    def take(self, what: str) -> bool:
        """Whether one more is looked at."""
        left = self.left.get(what, 0)
        self.left[what] = max(left - 1, 0)
        return left > 0

    def emit(self, record: logging.LogRecord) -> None:
        self.look("log", f"{record.name}: {record.getMessage()}", f"{self.format(record)} {record.__dict__}")


WATCH = Watch()


# --- what a test takes out of pytest's hands ---------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shows_canary(place, which): the test itself shows what it wrote")
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    patch.setattr(pytest.RaisesExc, "__exit__", _raised(pytest.RaisesExc.__exit__))
    patch.setattr(pytest.WarningsRecorder, "__exit__", _warned(pytest.WarningsRecorder.__exit__))
    patch.setattr(pytest.CaptureFixture, "readouterr", _captured(pytest.CaptureFixture.readouterr))
    patch.setattr(Session, "close", _closed(Session.close))


def _raised(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def leave(self: Any, kind: Any, error: BaseException | None, trace: Any) -> Any:
        if error is not None:
            WATCH.look_at_error(error)
        return original(self, kind, error, trace)

    return leave


def _warned(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def leave(self: pytest.WarningsRecorder, *error: Any) -> Any:
        for warning in self.list:
            WATCH.look("warning", warning.category.__name__, f"{warning.message} {warning.message!r}")
        return original(self, *error)

    return leave


def _captured(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def take(self: pytest.CaptureFixture[Any]) -> Any:
        taken = original(self)
        WATCH.look("print", "what the test captured", f"{taken.out}\n{taken.err}")
        return taken

    return take


def _closed(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    async def close(self: Session, **options: Any) -> None:
        if not self.is_closed and _is_at_home(self):
            WATCH.look_at_session(self)
        await original(self, **options)

    return close


def _is_at_home(session: Session) -> bool:
    """Whether this is the loop, and so the thread and the process, that the session is for."""
    try:
        return asyncio.get_running_loop() is internals.loop(session)
    except RuntimeError:
        return False


# --- every test --------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    root = logging.getLogger()
    level = root.level
    WATCH.begin(item)
    WATCH.look("name", "the test's name", item.nodeid)
    root.addHandler(WATCH)
    root.setLevel(logging.DEBUG)
    try:
        return (yield)
    finally:
        root.setLevel(level)
        root.removeHandler(WATCH)
        WATCH.item = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that reads the log gets what it would get without this plugin."""
    caplog = getattr(item, "funcargs", {}).get("caplog")
    if caplog is None:
        return (yield)
    before = caplog.handler.level
    caplog.handler.setLevel(logging.WARNING)
    try:
        return (yield)
    finally:
        caplog.handler.setLevel(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    for path in _files(folder) if folder is not None else ():
        WATCH.look("file", path.name, path.read_bytes().decode(errors="replace"))
    return (yield)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Looks through what was printed, and shows no secret of a test that failed."""
    made = yield
    own = (f"Captured stdout {call.when}", f"Captured stderr {call.when}")  # a report has those of before too
    printed = "\n".join(text for name, text in made.sections if name in own)
    leaks = WATCH.leaked("print", printed) + WATCH.leaked("name", str(made.user_properties))
    text = made.longreprtext if made.failed else ""
    if leaks:
        text = "\n".join([text, *(f"a secret ({which}) was printed in the test" for which in leaks)])
    if leaks or find(text):
        made.outcome = "failed"
        made.longrepr = mask(text).strip()
    made.sections = [(name, mask(text)) for name, text in made.sections]
    return made
