"""A password and a value that must never be seen: looked for in whatever the suite logs, prints or reports.

Tests that need a password or a value to bind take these. Every log record at every level, what a test printed, the
text of its failure and the files that it wrote (reports, exported metrics and logs) are searched after each test.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

import pytest
from tests.plugins.findings import report

__all__ = ["PASSWORD", "SECRETS", "VALUE"]

PASSWORD = "canary-password-5d41402abc4b"
VALUE = "canary-value-7b2a76b9719d"
SECRETS = (PASSWORD, VALUE)
LARGEST = 16 << 20
"""Bytes of a file that is looked through: no report is as large."""
LOGGED = pytest.StashKey["Listener"]()


class Listener(logging.Handler):
    """Keeps the records that hold a secret, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.getMessage()} {record.exc_info or ''} {record.__dict__}"
        if any(secret in text for secret in SECRETS):
            self.found.append(f"{record.name}: {record.getMessage()}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    listener, driver = Listener(), logging.getLogger("aiocql")
    level = driver.level
    driver.addHandler(listener)
    if "caplog" not in getattr(item, "fixturenames", ()):  # such a test says itself what is to be logged
        driver.setLevel(logging.DEBUG)
    try:
        return (yield)
    finally:
        driver.setLevel(level)
        driver.removeHandler(listener)
        for line in listener.found:
            report(item, f"a secret was logged by {line}")
        for path in written(item):
            report(item, f"a secret was written to {path}")


def written(item: pytest.Item) -> list[str]:
    """The files below the test's own folder that hold a secret."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is None:
        return []
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST]
    secrets = [secret.encode() for secret in SECRETS]
    return [path.name for path in files if any(secret in path.read_bytes() for secret in secrets)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    made = yield
    shown = [made.longreprtext if made.failed else "", *(text for _, text in made.sections)]
    if call.when == "call" and any(secret in text for text in shown for secret in SECRETS):
        report(item, "a secret was printed, or stands in the text of a failure")
    return made
