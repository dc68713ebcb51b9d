"""The options of cassandra-driver's `Cluster` that `AsyncCluster` hands on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiocql.compat.async_cassandra.exceptions import ConfigurationError
from aiocql.compat.cassandra.address_translation import as_translator
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, NOT_SET, ExecutionProfile

__all__ = ["cluster_options", "schema_agreement_timeout", "timestamp_generator"]

SAME = ("connect_timeout", "application_name", "application_version", "client_id")

ASKED_ONCE = 0.001
"""Seconds too short for a second look at the hosts' schemas."""

WITHOUT_MEANING = frozenset(
    {
        "allow_beta_protocol_version",
        "connection_class",
        "conviction_policy_factory",
        "cql_version",
        "metrics_enabled",
        "monitor_reporting_enabled",
        "monitor_reporting_interval",
        "no_compact",
        "prepare_on_all_hosts",
        "reprepare_on_up",
        "sockopts",
        "token_metadata_enabled",
    }
)
"""What has nothing to act on here, and changes nothing."""

WITHOUT_EQUAL = {
    "cloud": "Astra's bundles are not read; give contact points and ssl_context",
    "column_encryption_policy": "columns are not encrypted by the driver",
    "endpoint_factory": "see address_translator",
    "ssl_options": "give ssl_context",
}
"""What would change something, and is not there: left out silently it would do harm."""


def cluster_options(given: dict[str, Any]) -> tuple[dict[str, Any], dict[Any, ExecutionProfile]]:
    """Options of `aiocql.connect`, and the execution profiles by name.

    Raises TypeError for options that there are not, ConfigurationError for those that aiocql has no equal of.
    """
    given = {name: value for name, value in given.items() if name not in WITHOUT_MEANING}
    options: dict[str, Any] = {}
    for name in SAME:
        if given.get(name) is not None:
            options[name] = given[name]
        given.pop(name, None)
    if "idle_heartbeat_timeout" in given:
        options["heartbeat_timeout"] = given.pop("idle_heartbeat_timeout")
    if "schema_metadata_enabled" in given:
        options["schema_metadata"] = bool(given.pop("schema_metadata_enabled"))
    options["compression"] = _compression(given.pop("compression", None))
    options["address_translator"] = as_translator(given.pop("address_translator", None))
    profiles = _profiles(given)
    for name, value in given.items():
        if name in WITHOUT_EQUAL and value is None:
            continue
        if name in WITHOUT_EQUAL:
            raise ConfigurationError(f"{name}: {WITHOUT_EQUAL[name]}")
        raise TypeError(f"AsyncCluster has no option {name!r}")
    return options, profiles


def schema_agreement_timeout(max_schema_agreement_wait: float) -> float:
    """Seconds to wait for the hosts' schemas to agree; 0 or less, as there, is not to wait: they are asked once."""
    return max_schema_agreement_wait if max_schema_agreement_wait > 0 else ASKED_ONCE


def timestamp_generator(given: dict[str, Any]) -> Callable[[], int] | None:
    """Remove the timestamp generator from the options and return it; None keeps the session's generator."""
    generator: Callable[[], int] | None = given.pop("timestamp_generator", None)
    if generator is not None and not callable(generator):
        raise ConfigurationError(f"timestamp_generator: a {type(generator).__name__} cannot be called")
    return generator


def _compression(value: Any) -> str | None:
    """Return the algorithm. True means lz4, the only one of protocol 5, and no compression if lz4 is not installed."""
    if value is None or value is False:
        return None
    if value is True or value == "lz4":
        return "lz4"
    raise ConfigurationError(f"compression: {value!r}; protocol v5 knows lz4 only")


def _profiles(given: dict[str, Any]) -> dict[Any, ExecutionProfile]:
    """The execution profiles; `request_timeout` and others of the cluster's own are the default one's."""
    profiles = dict(given.pop("execution_profiles", None) or {})
    default = profiles.setdefault(EXEC_PROFILE_DEFAULT, ExecutionProfile())
    timeout = given.pop("request_timeout", NOT_SET)
    if timeout is not NOT_SET:
        default.request_timeout = timeout
    speculative = given.pop("speculative_execution_policy", None)
    if speculative is not None:
        default.speculative_execution_policy = speculative
    return profiles
