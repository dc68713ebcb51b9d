"""What `import aiocql` brings: the modules that are neither its own nor the standard library's."""

from __future__ import annotations

import json
import subprocess
import sys

_ASK = """
import asyncio, json, sys
before = set(sys.modules)
import aiocql
print(json.dumps(sorted(set(sys.modules) - before)))
"""
# The compiled modules make two of their own: Cython's shared types and its record of the runtime.
_CYTHON = ("_cython_", "cython_runtime")


def foreign_modules() -> list[str]:
    """Third-party modules, in a separate process."""
    done = subprocess.run([sys.executable, "-c", _ASK], check=True, stdout=subprocess.PIPE)
    roots = {name.partition(".")[0] for name in json.loads(done.stdout)}
    return sorted(
        root
        for root in roots
        if root not in sys.stdlib_module_names and root != "aiocql" and not root.startswith(_CYTHON)
    )
