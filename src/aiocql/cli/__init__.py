"""The command line: `aiocql hosts`, `aiocql ping`, `aiocql query`, `aiocql demo`, `aiocql testing`.

Its two libraries come with the extra `cli`; without them the command fails with a hint, and the driver still works.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

NEEDED = ("cyclopts", "rich")


def main(tokens: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or one of `aiocql.cli.failures`."""
    try:
        from aiocql.cli.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in NEEDED:
            raise
        print(
            f"the command line needs {error.name}, which is not installed\n  hint: pip install 'aiocql[cli]'",
            file=sys.stderr,
        )
        return 2
    return run(sys.argv[1:] if tokens is None else tokens)
