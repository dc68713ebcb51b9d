"""All that anybody may see of an error, or of a session: texts in which no secret may stand."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from tests import internals

from aiocql import Session
from aiocql.exporters.prometheus import SessionCollector
from aiocql.monitoring.report.report import render_report

__all__ = ["texts_of_error", "texts_of_session"]


def texts_of_error(error: BaseException) -> Iterator[tuple[str, str]]:
    """By what it is: texts of an error, its causes and its attempts."""
    yield "text", str(error)
    yield "repr", repr(error)
    yield "traceback", "".join(traceback.format_exception(error))
    # `query` is the statement as the application wrote it, with the literals in it: it has that already.
    attributes = getattr(error, "__dict__", {})
    yield "attributes", repr({name: value for name, value in attributes.items() if name != "query"})
    for attempt in getattr(error, "attempts", ()):
        yield "attempt", f"{attempt} {attempt!r}"


def texts_of_session(session: Session, *, scrape: bool = True) -> Iterator[tuple[str, str]]:
    """By what it is: texts of a session that is open, its hosts, its options and its figures.

    `scrape`: its metrics as Prometheus gets them as well.
    """
    yield "repr", repr(session)
    yield "hosts", f"{session.hosts} {session.hosts!r} {[*session.hosts]!r}"
    yield "options", repr(internals.cluster(session).settings.options)
    yield "profiles", repr(session.profiles)
    stats = session.stats()
    yield "stats", f"{stats} {stats!r}"
    yield "health", repr(session.health())
    yield "inspect", json.dumps(session.inspect())
    yield "report", render_report(stats)
    if scrape:
        registry = CollectorRegistry()
        registry.register(SessionCollector(session, session_name="looked through"))
        yield "metrics", generate_latest(registry).decode()
