"""The files that a node reads: cassandra.yaml (written as JSON, which YAML includes), rack and datacenter, logging."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiocql.testing.cassandra.addresses import Ports

__all__ = ["NodeConfig", "write_config"]

_LOGBACK = """<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
"""


@dataclass
class NodeConfig:
    """What differs from node to node, and what the user asked for."""

    cluster_name: str
    ports: Ports
    datacenter: str
    rack: str
    seeds: Sequence[str]
    tokens: Sequence[int] | None
    num_tokens: int
    authentication: bool
    tls: Mapping[str, Any] | None
    settings: Mapping[str, Any] = field(default_factory=dict)


def write_config(folder: Path, config: NodeConfig) -> None:
    """Write the files into ``folder/conf``."""
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "cassandra.yaml").write_text(json.dumps(_settings(folder, config), indent=1))
    (conf / "cassandra-rackdc.properties").write_text(f"dc={config.datacenter}\nrack={config.rack}\n")
    (conf / "logback.xml").write_text(_LOGBACK)


def _settings(folder: Path, config: NodeConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "cluster_name": config.cluster_name,
        "num_tokens": config.num_tokens,
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "seed_provider": [
            {
                "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                "parameters": [{"seeds": ",".join(config.seeds)}],
            }
        ],
        "endpoint_snitch": "GossipingPropertyFileSnitch",
        "commitlog_sync": "periodic",
        "commitlog_sync_period": "10000ms",
        "auto_snapshot": False,
        "user_defined_functions_enabled": True,
        "materialized_views_enabled": True,
    }
    settings |= _paths(folder) | _network(config.ports) | _security(config)
    if config.tokens is not None:
        settings |= {"initial_token": ",".join(map(str, config.tokens)), "auto_bootstrap": False}
    return settings | dict(config.settings)


def _paths(folder: Path) -> dict[str, Any]:
    return {
        "data_file_directories": [f"{folder}/data"],
        "commitlog_directory": f"{folder}/commitlog",
        "saved_caches_directory": f"{folder}/saved_caches",
        "hints_directory": f"{folder}/hints",
        "cdc_raw_directory": f"{folder}/cdc_raw",
    }


def _network(ports: Ports) -> dict[str, Any]:
    return {
        "listen_address": ports.address,
        "rpc_address": ports.address,
        "native_transport_port": ports.native,
        "storage_port": ports.storage,
        "start_native_transport": True,
    }


def _security(config: NodeConfig) -> dict[str, Any]:
    if config.authentication:
        names = ("PasswordAuthenticator", "CassandraAuthorizer")
    else:
        names = ("AllowAllAuthenticator", "AllowAllAuthorizer")
    security: dict[str, Any] = {
        "authenticator": names[0],
        "authorizer": names[1],
        "role_manager": "CassandraRoleManager",
    }
    if config.tls is not None:
        security["client_encryption_options"] = dict(config.tls)
    return security
