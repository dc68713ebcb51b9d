"""Row 2: packets that vanish between two network namespaces, both ways or one, with requests on their way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault(2, 46)

PROGRAM = Path(__file__).parent / "namespaces.py"


@pytest.mark.parametrize("cut", ["both", "requests", "answers"])
async def test_a_silent_drop_ends_requests_in_time_and_heals(cut: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), cut), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said, errors = await process.communicate()
    assert said.split() == [b"held"], errors.decode()
    assert process.returncode == 0, errors.decode()
