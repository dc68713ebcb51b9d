"""A way in for users of other drivers: their names and calls, served by aiocql.

`aiocql.compat.async_cassandra` is the public API of async-cassandra; `aiocql.compat.cassandra` is that of
cassandra-driver. `install()` makes `import cassandra` mean aiocql for programs that stay as they are.
"""

from typing import Any

__all__ = ["install"]


def __getattr__(name: str) -> Any:
    if name != "install":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aiocql.compat.import_hook import install

    return install
