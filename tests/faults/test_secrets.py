"""Passwords and bound values are in no log, repr, traceback, metric or report, whatever goes wrong.

The plugin `canary` looks through everything that these tests, and all others, log and print.
"""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest
from tests.plugins.canary import PASSWORD, SECRETS, VALUE
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.dsn import parse_dsn
from aiocql.exporters.opentelemetry import meter_session, trace_session
from aiocql.exporters.prometheus import SessionCollector
from aiocql.testing import NoAnswer, ScriptedServer
from aiocql.testing.error_answers import WriteTimeoutAnswer
from aiocql.testing.scripted_auth import plain_text

INSERT = "INSERT INTO t (k, v) VALUES (?, ?)"


def shown(error: BaseException) -> Iterator[str]:
    """All that anybody may see of an error."""
    yield str(error)
    yield repr(error)
    yield "".join(traceback.format_exception(error))
    yield repr(vars(error)) if hasattr(error, "__dict__") else ""
    for attempt in getattr(error, "attempts", ()):
        yield repr(attempt)


def assert_silent(*things: Any) -> None:
    for thing in things:
        texts = shown(thing) if isinstance(thing, BaseException) else (str(thing), repr(thing))
        for text in texts:
            for secret in SECRETS:
                assert secret not in text, f"{type(thing).__name__} shows a secret"


BIND = [("k", "int"), ("v", "text")]


def prime(server: ScriptedServer, **how: Any) -> None:
    server.prime(INSERT, bind=BIND, partition_key=[0], **how)


@in_memory
async def test_a_wrong_password_is_not_shown() -> None:
    async with ScriptedServer(auth=plain_text({"someone": "else"})) as server:
        with pytest.raises(aiocql.AuthenticationFailed) as raised:
            await aiocql.connect(server.address, port=server.port, auth=("someone", PASSWORD))
    assert_silent(raised.value)


def test_what_holds_a_password_does_not_show_it() -> None:
    options = aiocql.ConnectOptions(contact_points=("127.0.0.1",), auth=("someone", PASSWORD))
    assert_silent(options, aiocql.TLSOptions(key_password=PASSWORD))
    with pytest.raises(TypeError):
        pickle.dumps(options)
    with pytest.raises(aiocql.ConfigurationError) as raised:
        parse_dsn(f"cassandra://someone:{PASSWORD}@host:port/")
    assert_silent(raised.value)


@in_memory
async def test_bound_values_are_not_shown_by_any_error() -> None:
    async with (
        ScriptedServer(auth=plain_text({"someone": PASSWORD})) as server,
        aiocql.connect(
            server.address, port=server.port, auth=("someone", PASSWORD), request_timeout=1.0
        ) as session,
    ):
        errors: list[BaseException] = []

        async def fails(*arguments: Any, **options: Any) -> None:
            with pytest.raises(aiocql.Error) as raised:
                await session.execute(*arguments, **options)
            errors.append(raised.value)

        prime(server)
        await session.execute(INSERT, [1, VALUE])
        await fails(INSERT, [VALUE, 1])  # not what the columns are
        await fails(INSERT, [1, VALUE, VALUE])  # one too many
        await fails(INSERT, {"k": VALUE, "v": VALUE})
        server.prime(INSERT, WriteTimeoutAnswer(), bind=BIND)
        await fails(INSERT, [1, VALUE])
        prime(server, close="reset")
        await fails(INSERT, [1, VALUE])
        server.prime(INSERT, NoAnswer(), bind=BIND)
        await fails(INSERT, [1, VALUE], timeout=0.2)
        assert len(errors) == 6
        assert_silent(*errors)
        assert_silent(session, session.stats(), *session.hosts, session.health(), asyncio.all_tasks())


async def test_metrics_spans_and_reports_hold_no_secret(tmp_path: Path) -> None:
    """All that a session tells of itself, after requests that went well, failed, were slow and were cancelled."""
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    meters = MeterProvider([reader], shutdown_on_exit=False)
    async with (
        ScriptedServer(auth=plain_text({"someone": PASSWORD})) as server,
        aiocql.connect(
            server.address, port=server.port, auth=("someone", PASSWORD), slow_query_threshold=1e-9
        ) as session,
    ):
        trace_session(session, tracer_provider=tracers)
        meter_session(session, meter_provider=meters)
        await eventful(server, session)
        registry = CollectorRegistry()
        registry.register(SessionCollector(session, session_name="shop"))
        scrape = generate_latest(registry).decode()
        measured = reader.get_metrics_data()
        finished = [span.to_json() for span in spans.get_finished_spans()]
        report = session.report(tmp_path / "report.html").read_text()
        assert "cassandra_client_requests_total" in scrape
        assert len(finished) >= 3
        assert measured is not None
        assert "<html" in report
        assert_silent(scrape, measured.to_json(), *finished, report, session.stats(), session.health())
    tracers.shutdown()
    meters.shutdown()


async def eventful(server: ScriptedServer, session: aiocql.Session) -> None:
    """A value bound and written as a literal: answered, refused, and given up."""
    literal = f"SELECT v FROM t WHERE s = '{VALUE}'"
    server.prime(literal, columns=[("v", "text")], rows=[(VALUE,)])
    prime(server)
    await session.execute(INSERT, [1, VALUE])
    assert (await session.execute(literal)).one() == (VALUE,)
    server.prime(INSERT, WriteTimeoutAnswer(), bind=BIND)
    with pytest.raises(aiocql.WriteTimeout):
        await session.execute(INSERT, [1, VALUE])
    server.prime(INSERT, NoAnswer(), bind=BIND)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await session.execute(INSERT, [1, VALUE])
