"""Passwords and bound values are in no log, repr, traceback, metric or report, whatever goes wrong.

The plugin `leaks` looks through everything that these tests, and all others, let be seen.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest
from tests.plugins.canary import PASSPHRASE, PASSWORD, VALUE, WRONG_PASSWORD, find
from tests.plugins.secret_surfaces import texts_of_error, texts_of_session
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.exporters.opentelemetry import meter_session, trace_session
from aiocql.exporters.prometheus import SessionCollector
from aiocql.options.dsn import parse_dsn
from aiocql.options.tls import TLSContexts
from aiocql.testing import NoAnswer, ScriptedServer
from aiocql.testing.server.auth import plain_text
from aiocql.testing.server.error_answers import WriteTimeoutAnswer

INSERT = "INSERT INTO t (k, v) VALUES (?, ?)"


def assert_silent(*things: Any) -> None:
    """Errors, sessions, texts and whatever else is shown: no secret stands in it."""
    for thing in things:
        match thing:
            case BaseException():
                texts = texts_of_error(thing)
            case aiocql.Session():
                texts = texts_of_session(thing)
            case _:
                texts = iter([("text", str(thing)), ("repr", repr(thing))])
        for kind, text in texts:
            assert not find(text), f"{kind} of {type(thing).__name__} shows a secret"


BIND = [("k", "int"), ("v", "text")]


def prime(server: ScriptedServer, **how: Any) -> None:
    server.prime(INSERT, bind=BIND, partition_key=[0], **how)


@in_memory
async def test_a_wrong_password_is_not_shown() -> None:
    async with ScriptedServer(auth=plain_text({"someone": "else"})) as server:
        with pytest.raises(aiocql.AuthenticationFailed) as raised:
            await aiocql.connect(server.address, port=server.port, auth=("someone", WRONG_PASSWORD))
    assert_silent(raised.value)


def test_what_holds_a_password_does_not_show_it() -> None:
    options = aiocql.ConnectOptions(contact_points=("127.0.0.1",), auth=("someone", PASSWORD))
    assert_silent(options, aiocql.TLSOptions(key_password=PASSWORD))
    with pytest.raises(TypeError):
        pickle.dumps(options)
    with pytest.raises(aiocql.ConfigurationError) as raised:
        parse_dsn(f"cassandra://someone:{PASSWORD}@host:port/")
    assert_silent(raised.value)


@pytest.mark.parametrize("wrong", ["file", "passphrase", "callable"])
def test_a_key_that_cannot_be_decrypted_does_not_show_its_passphrase(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"another")
        )
        if wrong != "file"
        else b"no key"
    )
    given: Any = (lambda: PASSPHRASE) if wrong == "callable" else PASSPHRASE
    options = aiocql.TLSOptions(cert=path, key=path, key_password=given)
    with pytest.raises(aiocql.ConfigurationError) as raised:
        TLSContexts(options).get()
    assert_silent(raised.value, options)


@pytest.mark.timeout(300)
async def test_the_command_line_does_not_show_what_the_environment_says() -> None:
    """Of everything that it can print when it is refused."""
    async with ScriptedServer(auth=plain_text({"someone": PASSWORD})) as server:
        place = {
            "CASSANDRA_CONTACT_POINTS": f"{server.address}:{server.port}",
            "CASSANDRA_USERNAME": "someone",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aiocql.cli", "ping"),
            env=os.environ | place | {"CASSANDRA_PASSWORD": WRONG_PASSWORD},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said = b"".join(await process.communicate()).decode()
    assert process.returncode != 0
    assert "credentials" in said
    assert_silent(said)


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
        assert_silent(session, asyncio.all_tasks())


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
        assert_silent(scrape, measured.to_json(), *finished, report, session)
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
