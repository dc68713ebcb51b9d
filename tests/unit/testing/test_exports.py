"""The names of `aiocql.testing`, and that one instrument does not bring the others with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aiocql import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_name_is_there(name: str) -> None:
    assert getattr(testing, name).__module__.startswith("aiocql.testing") or name == "UNSET"
    assert name in dir(testing)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="NoSuchThing"):
        testing.NoSuchThing  # noqa: B018


def test_scripted_server_does_not_bring_the_compiled_core_or_the_launcher() -> None:
    code = (
        "import sys, aiocql.testing as t; before = set(sys.modules); t.ScriptedServer; "
        "print(*sorted(n for n in set(sys.modules) - before if n.startswith('aiocql')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    kit = "aiocql.testing.server"
    names = set(done.stdout.split())
    assert f"{kit}.scripted_server" in names
    assert {name for name in names if not name.startswith(f"{kit}.")} == {kit, "aiocql.testing.changes"}
