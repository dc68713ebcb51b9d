"""PREPARE names the session's keyspace (protocol v5), and a server refuses it where that keyspace was dropped."""

from __future__ import annotations

from aiocql.errors import InvalidRequest

__all__ = ["says_keyspace_is_missing"]


def says_keyspace_is_missing(error: BaseException | None, keyspace: str | None) -> bool:
    """Return whether a PREPARE was refused for the keyspace that it named.

    Without one, the statement may still be prepared: its tables may be qualified.
    """
    if keyspace is None or not isinstance(error, InvalidRequest):
        return False
    text = str(error.args[0])
    return f"'{keyspace}'" in text and "does not exist" in text
