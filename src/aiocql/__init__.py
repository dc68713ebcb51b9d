"""aiocql: the asyncio-native Apache Cassandra driver.

::

    async with aiocql.connect("127.0.0.1") as session:
        result = await session.execute("SELECT name, price FROM shop.item WHERE id = ?", [42])
        print(result.one())
"""

import logging
from typing import Any

from aiocql import enums, errors, sentinels  # noqa: F401
from aiocql._version import __version__

# The public names by their module: the only list. tools/public_stubs.py writes `__init__.pyi`, which type checkers and
# editors read, from it. Errors, enumerations and sentinels are imported with the package; the rest, which needs the
# compiled core, is imported when a program uses it, so that `--help` and annotations do not wait for it.
_NAMES = {
    "cluster.events": ["ClusterEvent", "EventKind"],
    "columns.batch": ["RecordBatch"],
    "columns.table": ["Table"],
    "enums": enums.__all__,
    "errors": errors.__all__,
    "execution.call_options": ["ExecuteOptions"],
    "monitoring.monitor": ["ConnectionMonitor"],
    "nodes.host": ["Host"],
    "nodes.states": ["HostDistance", "HostState"],
    "options.auth": ["Authenticator", "PlainTextAuthenticator"],
    "options.connect": ["ConnectOptions"],
    "options.pool": ["PoolOptions"],
    "options.profile": ["ExecutionProfile"],
    "options.tls": ["InsecureTLSWarning", "TLSOptions"],
    "policies.reconnection": [
        "ConstantReconnectionPolicy",
        "ExponentialReconnectionPolicy",
        "ReconnectionPolicy",
    ],
    "results.result": ["Result"],
    "rows.row": ["Row"],
    "sentinels": ["EMPTY", "UNSET"],
    "session.connect": ["connect"],
    "session.session": ["Session"],
    "statements.prepared": ["PreparedStatement"],
    "types.arrow": ["ArrowTypes"],
    "types.containers": ["CqlMap", "CqlSet"],
    "types.registry": ["CodecRegistry", "ValueCodec"],
    "types.timeuuid": ["datetime_from_uuid1", "max_uuid_from_time", "min_uuid_from_time", "uuid_from_time"],
    "types.values": ["Date", "Duration", "Time", "Timestamp"],
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *_MODULES]  # pyright: ignore[reportUnsupportedDunderAll]
__all__.sort(key=lambda name: (not name.isupper(), not name[0].isupper(), name))

# Nothing is printed unless the application configures logging.
logging.getLogger("aiocql").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'aiocql' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"aiocql.{module}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
