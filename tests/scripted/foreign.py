"""Runs scenarios of `foreign_client.py` against a scripted server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiocql.testing import ScriptedServer

CLIENT = Path(__file__).with_name("foreign_client.py")

MODULES = CLIENT.with_name("foreign_modules")


async def foreign(server: ScriptedServer, version: int, scenario: str, *arguments: str) -> Any:
    """What cassandra-driver saw in the scenario; `version` 0 lets it negotiate."""
    client = [sys.executable, "-W", "ignore", str(CLIENT), f"{server.address}:{server.port}", str(version)]
    done = await asyncio.to_thread(
        subprocess.run,
        [*client, scenario, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(MODULES)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
