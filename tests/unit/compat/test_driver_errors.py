"""Errors are those of both drivers: caught by either's name, with either's attributes."""

from __future__ import annotations

import asyncio

import cassandra
import pytest
from cassandra import protocol as driver_protocol

import aiocql
from aiocql import errors
from aiocql.compat import cassandra as compat
from aiocql.compat.cassandra.errors import DriverException, SyntaxException, translated

NAMES = [name for name in compat.__all__ if isinstance(getattr(compat, name), type)]
EXCEPTIONS = [name for name in NAMES if issubclass(getattr(compat, name), Exception)]


@pytest.mark.parametrize("name", [name for name in EXCEPTIONS if name != "NoHostAvailable"])
def test_the_tree_is_that_of_cassandra_driver(name: str) -> None:
    theirs, ours = getattr(cassandra, name), getattr(compat, name)
    for other in EXCEPTIONS:
        if other != "NoHostAvailable" and issubclass(theirs, getattr(cassandra, other)):
            assert issubclass(ours, getattr(compat, other)), f"{name} is a {other} there"


def test_a_timeout_has_the_attributes_of_both() -> None:
    core = errors.ReadTimeout(
        "late",
        consistency=aiocql.ConsistencyLevel.QUORUM,
        required=2,
        received=1,
        data_present=False,
    )
    core.query = "SELECT v FROM t"
    found = translated(core)
    assert isinstance(found, compat.ReadTimeout)
    assert isinstance(found, compat.Timeout)
    assert isinstance(found, aiocql.ReadTimeout)
    assert (found.required_responses, found.received_responses, found.data_retrieved) == (2, 1, False)
    assert (found.required, found.received, found.query) == (2, 1, "SELECT v FROM t")


def test_a_write_type_is_a_number_there() -> None:
    found = translated(
        errors.WriteTimeout("late", consistency=1, required=1, received=0, write_type="BATCH_LOG")
    )
    assert isinstance(found, compat.WriteTimeout)
    assert found.write_type == compat.WriteType.BATCH_LOG == cassandra.WriteType.BATCH_LOG


def test_the_drivers_own_deadline_is_a_timeout_error_too() -> None:
    found = translated(errors.OperationTimedOut("late"))
    assert isinstance(found, compat.OperationTimedOut)
    assert isinstance(found, asyncio.TimeoutError)


def test_what_has_no_exception_there_stays_what_it_is() -> None:
    for error in (errors.ConnectionLost("gone"), ValueError("x"), compat.InvalidRequest("x")):
        assert translated(error) is error


def test_texts_have_the_words_of_cassandra_driver() -> None:
    theirs = driver_protocol.SyntaxException(0x2000, "line 1:0 no viable alternative", None)
    ours = translated(errors.SyntaxException("line 1:0 no viable alternative"))
    assert isinstance(ours, SyntaxException)
    assert f"[{theirs.summary}]" in str(ours)
    assert "line 1:0 no viable alternative" in str(ours)


@pytest.mark.parametrize("name", ["ReadTimeout", "WriteTimeout", "Unavailable", "OperationTimedOut"])
def test_they_can_be_made_as_there(name: str) -> None:
    arguments = {
        "ReadTimeout": {"required_responses": 2, "received_responses": 1, "data_retrieved": True},
        "WriteTimeout": {"required_responses": 2, "received_responses": 1, "write_type": 1},
        "Unavailable": {"required_replicas": 2, "alive_replicas": 1, "consistency": 4},
        "OperationTimedOut": {},
    }[name]
    theirs, ours = (getattr(module, name)("text", **arguments) for module in (cassandra, compat))
    for argument in arguments:
        assert getattr(ours, argument) == getattr(theirs, argument)
    assert isinstance(ours, DriverException)


def test_no_host_available_has_errors_by_host() -> None:
    core = errors.NoHostAvailable("none", [errors.Attempt("h1", errors.ConnectFailed("refused"))])
    found = translated(core)
    assert isinstance(found, compat.NoHostAvailable)
    assert [str(error) for error in found.errors.values()] == ["refused"]
    assert "refused" in str(found)
    assert list(compat.NoHostAvailable("none", {"h2": OSError("x")}).errors) == ["h2"]
