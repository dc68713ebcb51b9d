"""The options of cassandra-driver's `Cluster` as options of `aiocql.connect`."""

from __future__ import annotations

from typing import Any

from aiocql.compat.cassandra.address_translation import as_translator
from aiocql.logs import get_logger

__all__ = ["connect_options"]

_log = get_logger("aiocql.compat")

SAME = ("connect_timeout", "application_name", "application_version", "client_id", "protocol_version")
RENAMED = {
    "idle_heartbeat_interval": "heartbeat_interval",
    "idle_heartbeat_timeout": "heartbeat_timeout",
    "max_schema_agreement_wait": "schema_agreement_timeout",
    "ssl_context": "ssl",
}
WITHOUT_MEANING = frozenset(
    {
        "allow_beta_protocol_version", "connection_class", "control_connection_timeout", "conviction_policy_factory",
        "cql_version", "executor_threads", "metrics_enabled", "monitor_reporting_enabled",
        "monitor_reporting_interval", "no_compact", "prepare_on_all_hosts", "reprepare_on_up",
        "schema_event_refresh_window", "schema_metadata_page_size", "sockopts", "status_event_refresh_window",
        "token_metadata_enabled", "topology_event_refresh_window",
    }
)  # fmt: skip
WITHOUT_EQUAL = {
    "cloud": "bundles of Astra are not read; pass contact points and ssl_context",
    "column_encryption_policy": "the driver does not encrypt columns",
    "endpoint_factory": "pass address_translator",
    "ssl_options": "pass ssl_context",
}
_said: set[str] = set()


def connect_options(given: dict[str, Any]) -> dict[str, Any]:
    """Return options of `aiocql.connect`. Options without a meaning here are logged once.

    Raises:
        TypeError: there is no such option.
        ValueError: the option changes something that aiocql cannot do.
    """
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name in WITHOUT_MEANING:
            _say_once(name)
        elif name in WITHOUT_EQUAL:
            if value is not None:
                raise ValueError(f"{name}: {WITHOUT_EQUAL[name]}")
        elif name in SAME or name in RENAMED:
            if value is not None:
                options[RENAMED.get(name, name)] = value
        elif name == "schema_metadata_enabled":
            options["schema_metadata"] = bool(value)
        elif name == "compression":
            options["compression"] = "lz4" if value in (True, "lz4") else value or None
        elif name == "address_translator":
            options["address_translator"] = as_translator(value)
        else:
            raise TypeError(f"Cluster has no option {name!r}")
    if "schema_agreement_timeout" in options:
        options["schema_agreement_timeout"] = max(options["schema_agreement_timeout"], 0.001)
    if options.get("heartbeat_interval") == 0:
        options["heartbeat_interval"] = None
    return options


def _say_once(name: str) -> None:
    if name not in _said:
        _said.add(name)
        _log.info("the Cluster option %s has no meaning for aiocql and is ignored", name)
