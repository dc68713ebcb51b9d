"""Options: what is chosen of what is said, and what is refused before anything is contacted."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
import ssl
from itertools import pairwise
from typing import Any

import pytest
from tests.plugins.canary import PASSPHRASE, PASSWORD

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError
from aiocql.options import connect as connect_module
from aiocql.options import pool as pool_module
from aiocql.options.checks import looks_like_milliseconds
from aiocql.options.connect import ConnectOptions
from aiocql.options.dsn import ENVIRONMENT
from aiocql.options.misnamed import _ADVICE
from aiocql.options.pool import PoolOptions
from aiocql.options.resolve import NAMES, TEXT_NAMES, resolve_options
from aiocql.options.tls import TLSOptions
from aiocql.session.connect import connect

NOTHING: dict[str, str] = {}


def resolve(*places: Any, env: dict[str, str] = NOTHING, **given: Any) -> ConnectOptions:
    return resolve_options(places, given, env)


def test_nothing_said() -> None:
    options = resolve()
    assert options.contact_points == (("127.0.0.1", 9042),)
    assert options == ConnectOptions()
    assert options.pool == PoolOptions()
    assert options.consistency_level is ConsistencyLevel.LOCAL_ONE
    assert (options.request_timeout, options.connect_timeout, options.page_size) == (10.0, 5.0, 5000)


def test_the_port_fills_in_what_has_none() -> None:
    assert resolve("a", "b:1", ("c", 2), "/s", port=7).contact_points == (
        ("a", 7),
        ("b", 1),
        ("c", 2),
        ("/s", 0),
    )


def test_keywords_before_the_dsn_before_the_environment_before_defaults() -> None:
    env = {
        "CASSANDRA_CONTACT_POINTS": "elsewhere",
        "CASSANDRA_KEYSPACE": "env",
        "CASSANDRA_LOCAL_DATACENTER": "env",
        "CASSANDRA_REQUEST_TIMEOUT": "3",
        "CASSANDRA_USERNAME": "env",
        "CASSANDRA_PASSWORD": "env",
    }
    options = resolve(
        "cassandra://u:p@h/dsn?local_datacenter=dsn&port=1", env=env, local_datacenter="keyword"
    )
    assert options.contact_points == (("h", 1),)
    assert options.auth == ("u", "p")
    assert options.keyspace == "dsn"
    assert options.local_datacenter == "keyword"
    assert options.request_timeout == 3.0
    assert resolve(env=env).contact_points == (("elsewhere", 9042),)
    assert resolve(env=env, auth=None).auth is None
    assert resolve(env=env, auth=("a", "b")).auth == ("a", "b")


def test_a_dsn_in_the_environment() -> None:
    options = resolve(env={"CASSANDRA_CONTACT_POINTS": "cassandra://u:p@h:5/ks"})
    assert (options.contact_points, options.auth, options.keyspace) == ((("h", 5),), ("u", "p"), "ks")


def test_text_is_read_by_the_kind_of_the_option() -> None:
    options = resolve(
        "cassandra://h?protocol_version=4&allow_plaintext_auth=yes&heartbeat_interval=none&consistency_level=quorum"
        "&pool_max_local=4&pool_high_watermark=0.9&pool_selection=random&idempotent=false&ssl=true"
        "&client_id=12345678-1234-5678-1234-567812345678"
    )
    assert options.protocol_version == 4
    assert options.allow_plaintext_auth is True
    assert options.heartbeat_interval is None
    assert options.consistency_level is ConsistencyLevel.QUORUM
    assert options.pool == PoolOptions(max_local=4, high_watermark=0.9, selection="random")
    assert options.idempotent is False
    assert options.ssl == TLSOptions()


def test_everything_the_environment_can_say_is_understood() -> None:
    assert set(ENVIRONMENT) <= TEXT_NAMES | {"contact_points", "username", "password"}
    assert {name for name in TEXT_NAMES if not name.startswith(("ssl_", "pool_"))} <= NAMES


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"keyspase": "x"}, "connect.. has no option keyspase\n  hint: did you mean keyspace=.$"),
        ({"port": 0}, "port: 0"),
        ({"port": "9042"}, "port: '9042'"),
        ({"port": True}, "port: True"),
        ({"protocol_version": 2}, "protocol_version: 2"),
        ({"compression": "zip"}, "compression: 'zip'"),
        ({"compression": "snappy", "protocol_version": 5}, "lz4 only"),
        ({"request_timeout": 0}, "request_timeout: 0 is no number of seconds above 0, or None"),
        ({"request_timeout": float("nan")}, "request_timeout: nan"),
        ({"connect_timeout": None}, "connect_timeout: None"),
        ({"heartbeat_interval": -1}, "heartbeat_interval: -1"),
        ({"page_size": 0}, "page_size: 0"),
        ({"consistency_level": "SOME"}, "consistency_level: 'SOME'"),
        ({"consistency_level": 99}, "consistency_level: 99"),
        ({"consistency_level": "SERIAL"}, "is for serial_consistency_level"),
        ({"serial_consistency_level": "ONE"}, "serial_consistency_level: ONE"),
        ({"keyspace": ""}, "keyspace"),
        (
            {"auth": ("bob", PASSWORD, 3)},
            r"auth must be a \(user, password\) pair, a callable or an Authenticator; got tuple",
        ),
        (
            {"auth": f"bob:{PASSWORD}"},
            r"auth must be a \(user, password\) pair, a callable or an Authenticator; got str",
        ),
        ({"auth": ("bob", f"{PASSWORD}\0")}, "NUL"),
        ({"ssl": "yes"}, "ssl: a str"),
        ({"pool": {"max_local": 1}}, "pool: a dict"),
        ({"into": 5}, "into: a int"),
        ({"into": "dict"}, "into: a str"),
        ({"into": [dict]}, "into: a list"),
    ],
)
def test_wrong_options(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        resolve(**given)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("username", "did you mean auth=(user, password)?"),
        ("user", "did you mean auth=(user, password)?"),
        ("password", "did you mean auth=(user, password)?"),
        ("hosts", 'hosts are positional: connect("host1", "host2:9042")'),
        ("contact_points", 'hosts are positional: connect("host1", "host2:9042")'),
        ("Consistency", "did you mean consistency_level=?"),
        ("row_factory", "did you mean into=? It takes dict, tuple or a class"),
    ],
)
def test_option_names_of_other_drivers_get_advice(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(**{name: PASSWORD})
    assert str(caught.value) == f"connect() has no option {name}\n  hint: {hint}"


def test_all_advice_names_options_that_exist() -> None:
    for name, advice in _ADVICE.items():
        assert name not in NAMES
        assert set(re.findall(r"(?:mean|or) (\w+)=", advice)) <= NAMES


def test_an_option_like_no_other_gets_no_hint() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(xyzzy=1)
    assert caught.value.hint is None


def test_a_user_in_the_dsn_takes_the_password_of_the_environment() -> None:
    environment = {"CASSANDRA_PASSWORD": PASSWORD}
    assert resolve_options(["cassandra://bob@h"], {}, environment).auth == ("bob", PASSWORD)
    environment["CASSANDRA_USERNAME"] = "bob"
    assert resolve_options(["cassandra://bob@h"], {}, environment).auth == ("bob", PASSWORD)
    assert resolve_options(["cassandra://bob:own@h"], {}, environment).auth == ("bob", "own")


@pytest.mark.parametrize("environment", [{}, {"CASSANDRA_USERNAME": "eve", "CASSANDRA_PASSWORD": PASSWORD}])
def test_a_user_without_a_password_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="the DSN contains only one of") as caught:
        resolve_options(["cassandra://bob@h"], {}, environment)
    assert caught.value.hint == "add the password, set CASSANDRA_PASSWORD, or pass auth=(user, password)"
    assert PASSWORD not in str(caught.value)


def test_a_timeout_in_milliseconds_is_warned_of_where_connect_is_called() -> None:
    with pytest.warns(UserWarning, match="in seconds, not milliseconds") as caught:
        connect("127.0.0.1", request_timeout=5000)
    [warning] = caught
    assert str(warning.message) == (
        "request_timeout=5000 is in seconds, not milliseconds (83 minutes); did you mean 5, or None for no limit?"
    )
    assert warning.filename == __file__


@pytest.mark.parametrize(
    "options", [{}, {"request_timeout": None}, {"request_timeout": 999.9}, {"port": 9042}]
)
def test_a_timeout_in_seconds_is_not_warned_of(options: dict[str, Any]) -> None:
    assert looks_like_milliseconds(options) is None


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("cassandra://h?keyspase=x", "the DSN has no option keyspase"),
        ("cassandra://h?request_timeout=soon", "'soon' is no number of seconds"),
        ("cassandra://h?port=x", "port: 'x' is no whole number"),
        ("cassandra://h?ssl=maybe", "neither true nor false"),
        ("cassandra://h?ssl=false&ssl_ca=/etc", "turns ssl off"),
        ("cassandra://h?username=u", "one of username and password"),
        ("cassandra://u:p@h?username=u", "contains the username twice"),
        ("cassandra://h?client_id=7", "is no UUID"),
        ("cassandra://h?auth=x", "has no option auth"),
        ("cassandra://", "names no host"),
        ("cassandra:///ks", "names no host"),
        ("cassandra://u:p@/ks", "names no host"),
    ],
)
def test_wrong_options_in_a_dsn(dsn: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        resolve(dsn)


@pytest.mark.parametrize("empty", [[], (), set(), [[]]])
def test_empty_list_does_not_mean_this_machine(empty: Any) -> None:
    with pytest.raises(ConfigurationError, match="no contact point in what was given"):
        resolve(empty)


def test_dsn_without_a_host_in_the_environment_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names no host"):
        resolve_options((), {}, {"CASSANDRA_CONTACT_POINTS": "cassandra:///ks"})


def test_a_dsn_stands_alone() -> None:
    with pytest.raises(ConfigurationError, match="together with other contact points"):
        resolve("cassandra://h1", "h2")


@pytest.mark.parametrize(
    "given",
    [
        {"core_local": 0},
        {"core_local": 9},
        {"core_remote": 3},
        {"max_requests_per_connection": 32769},
        {"high_watermark": 1.1},
        {"low_watermark": 0.8},
        {"low_watermark": 0},
        {"selection": "best"},
        {"idle_timeout": 0},
        {"max_queue": -1},
        {"queue_timeout": 0},
    ],
)
def test_wrong_pool_options(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"pool: .*{next(iter(given))}"):
        PoolOptions(**given)


def test_a_word_that_is_no_option() -> None:
    with pytest.raises(TypeError, match="PoolOptions has no option 'size'"):
        PoolOptions(size=3)  # type: ignore[call-arg]


def test_no_secret_is_shown_nor_pickled() -> None:
    options = resolve(auth=("bob", PASSWORD), keyspace="shop", ssl=TLSOptions(key_password=PASSPHRASE))
    assert repr(options).endswith(", keyspace='shop', auth=***, ssl=TLSOptions(key_password=***))")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(options)


def test_options_are_frozen_and_replaced() -> None:
    options = resolve("a")
    with pytest.raises(AttributeError, match="frozen"):
        options.port = 1  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del options.port
    other = options.replace(keyspace="x")
    assert (other.keyspace, other.contact_points, options.keyspace) == ("x", options.contact_points, None)
    assert other != options
    assert options == options.replace()
    with pytest.raises(ConfigurationError):
        options.replace(page_size=-1)


def test_what_ssl_may_be() -> None:
    context = ssl.create_default_context()
    assert resolve(ssl=context).ssl == TLSOptions(context=context)
    assert resolve(ssl=True).ssl == TLSOptions()
    assert resolve(ssl=False).ssl is None


@pytest.mark.parametrize(("module", "cls"), [(connect_module, ConnectOptions), (pool_module, PoolOptions)])
def test_every_option_is_described(module: Any, cls: type[ConnectOptions] | type[PoolOptions]) -> None:
    tree = ast.parse(inspect.getsource(module))
    [body] = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__]
    described = {
        first.target.id
        for first, then in pairwise(body)
        if isinstance(first, ast.AnnAssign) and isinstance(first.target, ast.Name)
        if isinstance(then, ast.Expr)
        and isinstance(then.value, ast.Constant)
        and then.value.value.endswith(".")
    }
    assert described == set(cls.FIELDS)


def test_what_options_hold_shows_no_credentials() -> None:
    """Not to `vars`, a debugger or a tool that records variables; the attribute has them."""
    for options, name, value in (
        (ConnectOptions(auth=("user", PASSWORD)), "auth", ("user", PASSWORD)),
        (TLSOptions(key_password=PASSWORD), "key_password", PASSWORD),
    ):
        for each in (options, options.replace()):
            assert getattr(each, name) == value
            assert PASSWORD not in f"{vars(each)} {each!r} {[*vars(each).values()]}"
            assert each == options
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(TLSOptions(key_password=PASSWORD))
    assert ConnectOptions().auth is None
