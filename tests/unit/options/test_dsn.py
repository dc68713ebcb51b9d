"""Contact points and DSNs in every form, and what is said about those that are wrong."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD

from aiocql.errors import ConfigurationError
from aiocql.options.dsn import ENVIRONMENT, ContactPoint, parse_contact_points, parse_dsn, read_environment
from aiocql.options.resolve import resolve_options


@pytest.mark.parametrize(
    ("value", "host", "port", "text"),
    [
        ("db1", "db1", None, "db1"),
        ("db1:9043", "db1", 9043, "db1:9043"),
        (" db1 ", "db1", None, "db1"),
        (("db1", 9043), "db1", 9043, "db1:9043"),
        ("10.0.0.1", "10.0.0.1", None, "10.0.0.1"),
        (ip_address("10.0.0.1"), "10.0.0.1", None, "10.0.0.1"),
        (ip_address("::1"), "::1", None, "[::1]"),
        ((ip_address("::1"), 1), "::1", 1, "[::1]:1"),
        ("::1", "::1", None, "[::1]"),
        ("[::1]", "::1", None, "[::1]"),
        ("[::1]:9042", "::1", 9042, "[::1]:9042"),
        ("fe80::1%eth0", "fe80::1%eth0", None, "[fe80::1%eth0]"),
        (("::1", 1), "::1", 1, "[::1]:1"),
        ("/run/cassandra.sock", "/run/cassandra.sock", 0, "/run/cassandra.sock"),
        (Path("/run/cassandra.sock"), "/run/cassandra.sock", 0, "/run/cassandra.sock"),
    ],
)
def test_one_contact_point(value: Any, host: str, port: int | None, text: str) -> None:
    [point] = parse_contact_points([value])
    assert point == (host, port)
    assert str(point) == text
    assert point.is_unix is host.startswith("/")
    assert point.with_port(7).port == (7 if port is None else port)


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b:2"],
        ["a,b:2"],
        ["a, b:2"],
        [["a", "b:2"]],
        [[("a", None), "b:2"][1:], "a"][::-1],
        [[ContactPoint("a"), ("b", 2)]],
    ],
)
def test_several_contact_points(values: list[Any]) -> None:
    assert parse_contact_points(values) == (("a", None), ("b", 2))


def test_doubles_are_dropped_and_the_order_kept() -> None:
    assert parse_contact_points(["b", "a", "b", ["a"]]) == (("b", None), ("a", None))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "names no host"),
        ("a,,b", "names no host"),
        (":9042", "names no host"),
        ("a:b", "is not a number"),
        ("a:0", "between 1 and 65535"),
        ("a:65536", "between 1 and 65535"),
        (("a", -1), "between 1 and 65535"),
        (("a", True), "between 1 and 65535"),
        ((1, 9042), "is a int, not a str"),
        ("http://a", "has a scheme"),
        ("[::1", "brackets"),
        ("[::1]9042", "brackets"),
        ("a b", "no host name"),
        (42, "a int is no contact point"),
        (ip_interface("10.0.0.1/8"), "no host name or address"),
        ((ip_interface("10.0.0.1/8"), 1), "no host name or address"),
        (ip_network("10.0.0.0/8"), "a IPv4Network is no contact point"),
        (None, "a NoneType is no contact point"),
    ],
)
def test_wrong_contact_points(value: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        parse_contact_points([value])


def test_a_whole_dsn() -> None:
    dsn = parse_dsn(
        "cassandra://us%40er:se%2Fcr%3Aet@h1,[::1]:9043,%2Frun%2Fc.sock/shop?local_datacenter=dc%201&port=1"
    )
    assert dsn.contact_points == (("h1", None), ("::1", 9043), ("/run/c.sock", 0))
    assert (dsn.username, dsn.password, dsn.keyspace) == ("us@er", "se/cr:et", "shop")
    assert dsn.options == {"local_datacenter": "dc 1", "port": "1"}
    assert "se/cr" not in repr(dsn)


def test_a_dsn_with_nothing_but_a_host() -> None:
    assert parse_dsn("cassandra://h1") == ((ContactPoint("h1"),), None, None, None, {})
    assert parse_dsn("cassandra://h1/").keyspace is None
    assert parse_dsn("cassandra:///shop").contact_points == ()


def test_a_dsn_with_a_user_alone() -> None:
    assert parse_dsn("cassandra://bob@h1") == ((ContactPoint("h1"),), "bob", None, None, {})
    assert parse_dsn("cassandra://bob:@h1").password == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgres://h1", "starts with cassandra://"),
        ("cassandra://@h1", "no user before it"),
        ("cassandra://:s3cret@h1", "no user before it"),
        ("cassandra://user:s3c/ret@h1/ks", "number 1 of the DSN"),
        ("cassandra://user:/s3cret@h1", "number 1 of the DSN"),
        ("cassandra://user:s3c?ret@h1", "after its"),
        ("cassandra://user:12?ret=@h1", "after its"),
        ("cassandra://h1/a/b", "more than a keyspace"),
        ("cassandra://h1:x", "number 1 of the DSN"),
        ("cassandra://h1,,h2", "number 2 of the DSN"),
        ("cassandra://h1?s3cret", "has no value"),
        ("cassandra://h1?a=s3cret&a=s3cret", "gives option 'a' twice"),
    ],
)
def test_a_wrong_dsn_says_why_and_shows_no_secret(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        parse_dsn(text.replace("s3cret", PASSWORD))
    for part in ("s3c", "12", "ret@h1"):
        assert part not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "casandra://user:{}@h1",
        "CASSANDRA://user:{}@h1",
        " cassandra://user:{}@h1",
        "cassandra:/user:{}@h1",
        "cassandra//user:{}@h1",
        "//user:{}@h1/ks",
        "/user:{}@h1/ks",
        "cassandra:user:{}",
        "user:{}",
        "user:{}@h1",
        "user:{}@h1,h2:9042",
        "user:{}#h1",
        "user@{}",
        "[user:{}@h1",
        "{} @h1",
        "cassandra://h1?user:{}=1",
    ],
)
@pytest.mark.parametrize("form", [str, lambda text: [text], lambda text: (text, 9042)])
def test_a_misspelled_dsn_shows_no_secret_anywhere(text: str, form: Any) -> None:
    """Neither in the error nor in what Python keeps beside it."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_options([form(text.format(PASSWORD))], {}, {})
    error: BaseException | None = caught.value
    while error is not None:
        for part in (str(error), repr(error), repr(vars(error))):
            assert PASSWORD not in part
        error = error.__context__


def test_the_environment() -> None:
    environ = {
        "CASSANDRA_CONTACT_POINTS": "a,b",
        "CASSANDRA_PASSWORD": "x",
        "CASSANDRA_KEYSPACE": "",
        "OTHER": "1",
    }
    assert read_environment(environ) == {"contact_points": "a,b", "password": "x"}


def test_the_documentation_names_every_variable() -> None:
    page = (Path(__file__).parents[3] / "docs" / "options.md").read_text()
    for name in ENVIRONMENT:
        assert f"`CASSANDRA_{name.upper()}`" in page, name
