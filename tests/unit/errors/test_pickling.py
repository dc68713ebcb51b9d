"""Errors can be pickled and copied, so that they leave a process pool; the host becomes text."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from aiocql import errors
from aiocql.compat.async_cassandra import exceptions as async_cassandra
from aiocql.compat.cassandra import errors as cassandra
from aiocql.enums import ConsistencyLevel
from aiocql.errors import Attempt, Error
from aiocql.nodes.host import Host

ENDPOINT = "127.0.0.1:9042"


def kinds(module: Any) -> Iterator[type[Any]]:
    for name in module.__all__:
        kind = getattr(module, name)
        if inspect.isclass(kind) and issubclass(kind, BaseException):
            yield kind


KINDS = [*kinds(errors), *kinds(cassandra), *kinds(async_cassandra)]


def failed(kind: type[Any]) -> Any:
    """An error as a request raises it: with a host, its own attempt, a cause and a note."""
    error = kind("it failed")
    error.host = Host("127.0.0.1")
    error.query = "SELECT v FROM t"
    # The last attempt is the error itself, except where the text is a table of the attempts.
    last = errors.Overloaded("busy") if issubclass(kind, errors.NoHostAvailable) else error
    error.attempts = (Attempt(error.host, OSError(111, "refused"), 1.5), Attempt(error.host, last, 2.5))
    error.__cause__ = errors.ConnectionLost("it ended", host=error.host)
    error.add_note("at statement 2")
    return error


@pytest.mark.parametrize("kind", [each for each in KINDS if issubclass(each, Error)])
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.deepcopy])
def test_error_comes_back_whole_with_its_host_as_text(kind: type[Error], again: Any) -> None:
    error = failed(kind)
    back = again(error)
    assert type(back) is kind
    assert (str(back), back.args, back.__notes__) == (str(error), error.args, error.__notes__)
    assert (back.host, back.query) == (ENDPOINT, "SELECT v FROM t")
    assert [(each.host, each.seconds) for each in back.attempts] == [(ENDPOINT, 1.5), (ENDPOINT, 2.5)]
    assert (back.attempts[1].error is back) is (error.attempts[1].error is error)
    assert (type(back.__cause__), back.__cause__.host) == (errors.ConnectionLost, ENDPOINT)


@pytest.mark.parametrize("kind", KINDS)
def test_shallow_copy_is_the_same_error(kind: type[Any]) -> None:
    back = copy.copy(kind("it failed"))
    assert (type(back), str(back)) == (kind, str(kind("it failed")))


def test_error_of_async_cassandra_keeps_its_cause() -> None:
    error = async_cassandra.QueryError("it failed", cause=failed(errors.EncodeError))
    back = pickle.loads(pickle.dumps(error))
    assert (str(back), str(back.cause)) == (str(error), str(error.cause))


def test_fields_of_a_server_error_come_back() -> None:
    error = errors.WriteTimeout(
        "late", consistency=ConsistencyLevel.QUORUM, received=1, required=2, write_type="SIMPLE"
    )
    error.host = Host("::1", 9043)
    back = pickle.loads(pickle.dumps(error))
    assert (back.consistency, back.received, back.required) == (ConsistencyLevel.QUORUM, 1, 2)
    assert (back.write_type, back.code, back.host) == ("SIMPLE", 0x1100, "[::1]:9043")


def test_no_host_available_comes_back_with_its_table() -> None:
    host = Host("127.0.0.1")
    error = errors.NoHostAvailable("none", [Attempt(host, errors.ConnectionLost("it ended", host=host))])
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error)
    assert list(back.errors) == [ENDPOINT]
