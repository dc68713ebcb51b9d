"""Where the cluster is, as people write it: contact points, a DSN, the environment.

Nothing here looks anything up: a name stays a name until a connection is opened. Texts of errors never hold what
stands before the `@` of a DSN, nor anything of a DSN that cannot be taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aiocql.errors import ConfigurationError

__all__ = ["DSN", "DSN_SCHEME", "ContactPoint", "parse_contact_points", "parse_dsn", "read_environment"]

DSN_SCHEME = "cassandra://"

ENVIRONMENT = (
    "contact_points",
    "port",
    "username",
    "password",
    "keyspace",
    "local_datacenter",
    "ssl",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "allow_plaintext_auth",
    "protocol_version",
    "compression",
    "consistency_level",
    "request_timeout",
    "connect_timeout",
    "application_name",
)
"""What the environment may say: `CASSANDRA_` and the name in capitals."""

_FORMS = (
    'a contact point is "host", "host:port", ("host", port), "[::1]:9042" '
    'or the path of a UNIX socket, "/run/cassandra.sock"; addresses of the module ipaddress are taken too'
)


class ContactPoint(NamedTuple):
    """A place to ask for the cluster: a host name or address and its port, or the path of a UNIX socket (port 0).

    A port of None stands for the `port` option.
    """

    host: str
    port: int | None = None

    @property
    def is_unix(self) -> bool:
        """Whether this is the path of a UNIX socket."""
        return self.host.startswith("/")

    def with_port(self, default: int) -> ContactPoint:
        """The same place, its port filled in."""
        return ContactPoint(self.host, default) if self.port is None else self

    def __str__(self) -> str:
        if self.is_unix:
            return self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class DSN(NamedTuple):
    """The parts of a DSN. `options` holds what follows the `?`, as text."""

    contact_points: tuple[ContactPoint, ...]
    username: str | None
    password: str | None
    keyspace: str | None
    options: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<DSN {', '.join(map(str, self.contact_points))} user {self.username!r}>"


# --- contact points --------------------------------------------------------------------------------------------


def parse_contact_points(values: Iterable[Any]) -> tuple[ContactPoint, ...]:
    """Reads contact points in any of their forms; a list of them counts as its members.

    Doubles are dropped, the order is kept. Raises ConfigurationError.
    """
    found: dict[ContactPoint, None] = {}
    for value in values:
        found.update(dict.fromkeys(_any_form(value)))
    return tuple(found)


def _any_form(value: Any) -> Iterable[ContactPoint]:
    if isinstance(value, ContactPoint):
        return [value]
    if isinstance(value, str):
        return [_from_text(part, _shown(part.strip())) for part in value.split(",")]
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int):
        host, port = value
        host = str(host) if _is_ip(host) else host
        if not isinstance(host, str):
            raise ConfigurationError(
                f"the host of a contact point is a {type(host).__name__}, not a str", hint=_FORMS
            )
        shown = _shown(host)
        return [ContactPoint(_host(host.strip("[]"), shown), _checked_port(port, shown))]
    if isinstance(value, list | tuple | set | frozenset):
        return parse_contact_points(value)
    if hasattr(value, "__fspath__"):
        return [_from_text(value.__fspath__(), _shown(value.__fspath__()))]
    if _is_ip(value):
        return [_from_text(str(value), str(value))]
    raise ConfigurationError(f"a {type(value).__name__} is no contact point", hint=_FORMS)


def _is_ip(value: Any) -> bool:
    """Whether this is an address of the module `ipaddress`, which is not imported for texts."""
    if isinstance(value, str):
        return False
    from ipaddress import IPv4Address, IPv6Address

    return isinstance(value, IPv4Address | IPv6Address)


def _shown(text: str) -> str:
    """What an error shows of a contact point: nothing that could be a part of a misspelled DSN, with its password."""
    import re

    plain = re.fullmatch(r"([\w.-]{1,253})(?::[0-9]{0,9})?|\[?[0-9A-Fa-f:.]{2,45}\]?(?::[0-9]{0,9})?", text)
    if plain is not None or not text:
        return text
    name, colon, _ = text.partition(":")
    return f"{name}:..." if colon and re.fullmatch(r"[\w.-]{1,253}", name) else "(not shown)"


def _from_text(text: str, shown: str) -> ContactPoint:
    """One contact point; `shown` stands for it in an error."""
    text = text.strip()
    if text.startswith("/"):
        if text.startswith("//") or ":" in text.partition("@")[0]:
            raise ConfigurationError(f"contact point {shown!r} is no path of a UNIX socket", hint=_FORMS)
        return ContactPoint(text, 0)
    if "://" in text:
        raise ConfigurationError(
            f"contact point {shown!r} has a scheme", hint=f"a DSN starts with {DSN_SCHEME} and stands alone"
        )
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ConfigurationError(f"contact point {shown!r} has brackets that do not match", hint=_FORMS)
        return ContactPoint(_host(host, shown), _port(rest[1:], shown) if rest else None)
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return ContactPoint(_host(host, shown), _port(port, shown))
    return ContactPoint(_host(text, shown), None)


def _host(text: str, shown: str) -> str:
    if not text:
        raise ConfigurationError(f"contact point {shown!r} names no host", hint=_FORMS)
    if any(c.isspace() or c in "@/?#[]" for c in text):
        raise ConfigurationError(f"contact point {shown!r} is no host name or address", hint=_FORMS)
    if ":" in text and not set(text.partition("%")[0]) <= set("0123456789abcdefABCDEF:."):
        raise ConfigurationError(f"contact point {shown!r} has more than a host and a port", hint=_FORMS)
    return text


def _port(text: str, shown: str) -> int:
    # No exception of `int`, whose text would hold what may be a password.
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ConfigurationError(f"the port of contact point {shown!r} is not a number", hint=_FORMS)
    return _checked_port(int(text[:20]), shown)


def _checked_port(port: int, shown: str) -> int:
    if isinstance(port, bool) or not 0 < port < 65536:
        raise ConfigurationError(
            f"the port of contact point {shown!r} is not between 1 and 65535", hint=_FORMS
        )
    return port


# --- DSN -------------------------------------------------------------------------------------------------------


def parse_dsn(text: str) -> DSN:
    """Reads `cassandra://user:secret@h1,h2:9042/keyspace?local_datacenter=dc1&request_timeout=2`.

    User and password are optional, and a user may stand alone; both are percent-encoded where they contain one of
    `:/?#@%`. Commas separate several hosts; a UNIX socket is a host whose path is percent-encoded
    (`%2Frun%2Fcassandra.sock`).
    Raises ConfigurationError.
    """
    from urllib.parse import unquote

    if not text.startswith(DSN_SCHEME):
        raise ConfigurationError(f"a DSN starts with {DSN_SCHEME}", hint=_DSN_HINT)
    rest, _, query = text[len(DSN_SCHEME) :].partition("?")
    if "@" in query:
        raise ConfigurationError("the DSN has an '@' after its '?'", hint=_DSN_HINT)
    authority, _, keyspace = rest.partition("/")
    userinfo, at, hosts = authority.rpartition("@")
    user, colon, password = userinfo.partition(":")
    if at and not user:
        raise ConfigurationError("the DSN has an '@' but no user before it", hint=_DSN_HINT)
    points = tuple(
        _from_text(unquote(part), f"number {number} of the DSN")
        for number, part in enumerate(hosts.split(","), 1)
        if part or "," in hosts
    )
    if "/" in keyspace or "@" in keyspace:
        raise ConfigurationError("the DSN has more than a keyspace after its hosts", hint=_DSN_HINT)
    return DSN(
        points,
        unquote(user) if at else None,
        unquote(password) if colon else None,
        unquote(keyspace) or None,
        _query(query),
    )


_DSN_HINT = (
    "cassandra://user:secret@host1,host2:9042/keyspace?local_datacenter=dc1; "
    "one of :/?#@% in the user or the password is percent-encoded"
)


def _query(text: str) -> dict[str, str]:
    from urllib.parse import unquote_plus

    options: dict[str, str] = {}
    for part in filter(None, text.split("&")):
        name, equals, value = part.partition("=")
        name = unquote_plus(name)
        if not equals:
            raise ConfigurationError("an option of the DSN has no value", hint="...?name=value&name=value")
        if name in options:
            raise ConfigurationError(f"the DSN gives option {option_name(name)!r} twice")
        options[name] = unquote_plus(value)
    return options


def option_name(name: str) -> str:
    """The name as an error shows it: one that no option could have may be a piece of a misplaced password."""
    return name if name.isidentifier() and len(name) <= 64 else "(not shown)"


# --- the environment -------------------------------------------------------------------------------------------


def read_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment says, by option: `CASSANDRA_CONTACT_POINTS`, `CASSANDRA_USERNAME` and the others.

    An empty variable says nothing.
    """
    found = {}
    for name in ENVIRONMENT:
        value = environ.get(f"CASSANDRA_{name.upper()}", "")
        if value:
            found[name] = value
    return found
