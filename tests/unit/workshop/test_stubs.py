"""The hand-written stubs say what the compiled modules have: mypy's stubtest compares them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

ALLOWED = r"""
# Cython's own
aiocql\..*\.?__(reduce_cython|setstate_cython|pyx_capi|test)__
# A compiled class shows (*args, **kwargs) where the stub gives the true signature.
aiocql\..*\.__(init|new)__
# Names for type checkers only.
aiocql\.rows\.row\.Shape
aiocql\.policies\.load_balancing\.SupportsPlan
aiocql\.protocol\.request\.WaitingLine
# Columns by name, found in the row's own class.
aiocql\.rows\.row\.Row\.__getattr__
# Overloads whose default differs from any one of them.
aiocql\.rows\.row\.row_decoder
# The buffer protocol has no method before Python 3.12.
aiocql\.columns\.buffers\.Buffer\.__buffer__
# Named shorter inside.
aiocql\.execution\.dispatcher\.Dispatcher\.send_(bound|next|to)
"""


@pytest.mark.timeout(400)
def test_stubs_agree_with_the_compiled_modules(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(ALLOWED)
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in (ROOT / "src").rglob("*.pyx")
    ]
    options = [
        "--concise",
        "--ignore-disjoint-bases",
        "--ignore-missing-stub",
        "--ignore-unused-allowlist",
        "--allowlist",
        str(allowed),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *options, *modules], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
