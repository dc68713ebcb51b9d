"""Options under the names that other drivers and databases use, and what `connect` calls them."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["advice_for"]

_AUTH = "did you mean auth=(user, password)?"
_HOSTS = 'hosts are positional: connect("host1", "host2:9042")'
_CONNECTIONS = "did you mean pool=PoolOptions(core_local=..., max_local=...)?"
_ENCRYPTION = "did you mean ssl=? It takes True, an ssl.SSLContext or TLSOptions(ca=..., cert=..., key=...)"

_ADVICE = {
    "username": _AUTH,
    "user": _AUTH,
    "password": _AUTH,
    "passwd": _AUTH,
    "credentials": _AUTH,
    "auth_provider": _AUTH,
    "authenticator": _AUTH,
    "host": _HOSTS,
    "hosts": _HOSTS,
    "hostname": _HOSTS,
    "nodes": _HOSTS,
    "contact_points": _HOSTS,
    "endpoints": _HOSTS,
    "dsn": 'a DSN is positional: connect("cassandra://user:secret@host/keyspace")',
    "url": 'a DSN is positional: connect("cassandra://user:secret@host/keyspace")',
    "database": "did you mean keyspace=?",
    "db": "did you mean keyspace=?",
    "dc": "did you mean local_datacenter=?",
    "datacenter": "did you mean local_datacenter=?",
    "local_dc": "did you mean local_datacenter=?",
    "timeout": "did you mean request_timeout=, or connect_timeout=? Both are seconds",
    "default_timeout": "did you mean request_timeout=? It is in seconds",
    "consistency": "did you mean consistency_level=?",
    "serial_consistency": "did you mean serial_consistency_level=?",
    "fetch_size": "did you mean page_size=?",
    "default_fetch_size": "did you mean page_size=?",
    "row_factory": "did you mean into=? It takes dict, tuple or a class",
    "ssl_context": _ENCRYPTION,
    "ssl_options": _ENCRYPTION,
    "tls": _ENCRYPTION,
    "use_ssl": _ENCRYPTION,
    "load_balancing_policy": "did you mean load_balancing=?",
    "retry_policy": "did you mean retry=?",
    "default_retry_policy": "did you mean retry=?",
    "reconnection_policy": "did you mean reconnection=?",
    "speculative_execution_policy": "did you mean speculative=?",
    "execution_profiles": "did you mean profiles=?",
    "pool_size": _CONNECTIONS,
    "max_connections": _CONNECTIONS,
    "min_size": _CONNECTIONS,
    "max_size": _CONNECTIONS,
    "idle_heartbeat_interval": "did you mean heartbeat_interval=?",
    "executor_threads": "leave it out: the driver runs on the event loop, without threads",
    "loop": "leave it out: the session uses the running event loop",
    "port_number": "did you mean port=?",
}


def advice_for(name: str, names: Collection[str]) -> str | None:
    """Return the hint for an option that does not exist, given the `names` that do; None if there is no advice."""
    advice = _ADVICE.get(name.lower())
    if advice is not None:
        return advice
    from difflib import get_close_matches

    close = get_close_matches(name, names, 1)
    return f"did you mean {close[0]}=?" if close else None
