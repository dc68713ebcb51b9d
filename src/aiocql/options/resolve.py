"""From what was said to options: keywords first, then the DSN, then the environment, then the defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aiocql.errors import ConfigurationError
from aiocql.options.connect import ConnectOptions
from aiocql.options.dsn import (
    DSN_SCHEME,
    ContactPoint,
    option_name,
    parse_contact_points,
    parse_dsn,
    read_environment,
)
from aiocql.options.pool import PoolOptions
from aiocql.options.tls import TLSOptions, tls_options

__all__ = ["NAMES", "TEXT_NAMES", "resolve_options"]


def resolve_options(
    contact_points: Sequence[Any] = (),
    given: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> ConnectOptions:
    """The options of one session, from the positional arguments and keywords of `connect` and the environment.

    `given` holds the keywords that were said, and none that were not. Raises ConfigurationError.
    """
    chosen = dict(given or {})
    _known(chosen, NAMES, "connect()")
    environment = read_environment(os.environ if environ is None else environ)
    places, dsn = _places(contact_points, environment.pop("contact_points", ""))
    if "username" in dsn and "password" not in dsn:
        _take_password(dsn, environment)
    _fill(chosen, dsn, "the DSN")
    _fill(chosen, environment, "the environment")
    if places:
        chosen["contact_points"] = places
    return ConnectOptions(**chosen)


def _places(
    contact_points: Sequence[Any], from_environment: str
) -> tuple[tuple[ContactPoint, ...], dict[str, str]]:
    """The contact points, and what a DSN among them says besides."""
    values: Sequence[Any] = contact_points or ([from_environment] if from_environment else [])
    if not any(isinstance(value, str) and value.startswith(DSN_SCHEME) for value in values):
        places = parse_contact_points(values)
        if values and not places:
            raise ConfigurationError(
                "no contact point in what was given", hint='connect("host"); connect() alone means 127.0.0.1'
            )
        return places, {}
    if len(values) > 1:
        raise ConfigurationError(
            "a DSN together with other contact points", hint="a DSN names all hosts: host1,host2"
        )
    dsn = parse_dsn(values[0])
    if not dsn.contact_points:
        raise ConfigurationError("the DSN names no host", hint="cassandra://127.0.0.1/keyspace")
    said = dict(dsn.options)
    for name in ("username", "password", "keyspace"):
        value = getattr(dsn, name)
        if value is not None:
            if name in said:
                raise ConfigurationError(f"the DSN contains the {name} twice")
            said[name] = value
    return dsn.contact_points, said


def _take_password(dsn: dict[str, str], environment: dict[str, str]) -> None:
    """Move the environment's password to a DSN that names only a user, unless it belongs to another user."""
    if environment.get("username", dsn["username"]) == dsn["username"] and "password" in environment:
        environment.pop("username", None)
        dsn["password"] = environment.pop("password")


def _fill(chosen: dict[str, Any], said: Mapping[str, str], source: str) -> None:
    """Adds to `chosen` what `source` says as text and nobody said before."""
    said = dict(said)
    user, password = said.pop("username", None), said.pop("password", None)
    if "auth" not in chosen and (user is not None or password is not None):
        if user is None or password is None:
            missing = "username" if user is None else "password"
            raise ConfigurationError(
                f"{source} contains only one of username and password",
                hint=f"add the {missing}, set CASSANDRA_{missing.upper()}, or pass auth=(user, password)",
            )
        chosen["auth"] = (user, password)
    _known(said, TEXT_NAMES, source)
    files = {name: said.pop(name) for name in _TLS_FILES if name in said}
    if "ssl" not in chosen and ("ssl" in said or files):
        chosen["ssl"] = _ssl_from_text(said.get("ssl", "true"), files, source)
    pool = {name.removeprefix("pool_"): said.pop(name) for name in list(said) if name.startswith("pool_")}
    if pool and "pool" not in chosen:
        chosen["pool"] = PoolOptions(**{name: _number(f"pool_{name}", text) for name, text in pool.items()})
    for name, text in said.items():
        if name not in chosen:
            chosen[name] = _READERS[name](name, text)


_TLS_FILES = ("ssl_ca", "ssl_cert", "ssl_key")


def _ssl_from_text(switch: str, files: Mapping[str, str], source: str) -> TLSOptions | None:
    if _boolean("ssl", switch):
        return TLSOptions(**{name.removeprefix("ssl_"): path for name, path in files.items()})  # type: ignore[arg-type]
    if files:
        raise ConfigurationError(f"{source} turns ssl off and gives files for it")
    return None


def _boolean(name: str, text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("1", "true", "yes", "on"):
        return True
    if lowered in ("0", "false", "no", "off"):
        return False
    raise ConfigurationError(f"{name}: {text!r} is neither true nor false")


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"{name}: {text!r} is no whole number") from None


def _number(name: str, text: str) -> Any:
    """A whole number, a number, or (for `pool_selection`) the text itself."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _time(name: str, text: str) -> float | None:
    if text.strip().lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{name}: {text!r} is no number of seconds", hint="2.5, or none") from None


def _text(name: str, text: str) -> str:
    return text


def _uuid(name: str, text: str) -> Any:
    from uuid import UUID

    try:
        return UUID(text)
    except ValueError:
        raise ConfigurationError(f"{name}: {text!r} is no UUID") from None


_READERS: dict[str, Callable[[str, str], Any]] = {
    "port": _whole,
    "keyspace": _text,
    "local_datacenter": _text,
    "allow_plaintext_auth": _boolean,
    "ssl": lambda name, text: tls_options(_boolean(name, text)),
    "protocol_version": _whole,
    "compression": _text,
    "consistency_level": _text,
    "serial_consistency_level": _text,
    "page_size": _whole,
    "idempotent": _boolean,
    "request_timeout": _time,
    "attempt_timeout": _time,
    "connect_timeout": _time,
    "heartbeat_interval": _time,
    "heartbeat_timeout": _time,
    "batch_size_warn_threshold": _whole,
    "max_concurrent_requests": _whole,
    "max_requests_per_second": _number,
    "max_throttled_requests": _whole,
    "slow_query_threshold": _time,
    "max_frame_size": _whole,
    "prepared_cache_size": _whole,
    "schema_metadata": _boolean,
    "application_name": _text,
    "application_version": _text,
    "client_id": _uuid,
    "schema_agreement_timeout": _time,
    "topology_refresh_interval": _time,
}

NAMES = frozenset(ConnectOptions.FIELDS) - {"contact_points"}
"""The keywords of `connect`."""

TEXT_NAMES = frozenset({*_READERS, *_TLS_FILES, *(f"pool_{name}" for name in PoolOptions.FIELDS)})
"""What a DSN or the environment can say."""


def _known(said: Mapping[str, Any], names: Collection[str], source: str) -> None:
    for name in said:
        if name not in names:
            from aiocql.options.misnamed import advice_for

            raise ConfigurationError(
                f"{source} has no option {option_name(name)}", hint=advice_for(name, names)
            )
