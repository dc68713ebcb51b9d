"""What type checkers see: rows are of the class that `into` names, and mistakes are told. mypy and pyright, both
strict, say the same of each line of `typing_examples.py`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mypy import api

EXAMPLES = Path(__file__).with_name("typing_examples.py")
PROJECT = Path(__file__).parents[3]

Said = dict[int, list[str]]
"""What a checker said of each line: ``R: type`` or ``E``."""


def mypy(_: Path) -> Said:
    out, err, _status = api.run(
        ["--strict", "--no-error-summary", "--config-file", str(PROJECT / "pyproject.toml"), str(EXAMPLES)]
    )
    assert err == ""
    said: Said = {}
    for line in out.splitlines():
        match = re.match(r".*typing_examples\.py:(\d+): (error|note): (.*)", line)
        if match and match[2] == "error":
            said.setdefault(int(match[1]), []).append("E")
        elif match and "Revealed type" in match[3]:
            said.setdefault(int(match[1]), []).append("R: " + _short(match[3].split('"')[1]))
    return said


def pyright(folder: Path) -> Said:
    config = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": [str(EXAMPLES)],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "basedpyright",
            "-p",
            str(folder),
            "--pythonpath",
            sys.executable,
            "--outputjson",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    said: Said = {}
    for each in json.loads(run.stdout)["generalDiagnostics"]:
        line = each["range"]["start"]["line"] + 1
        if each["severity"] == "error":
            said.setdefault(line, []).append("E")
        elif each["message"].startswith("Type of "):
            said.setdefault(line, []).append(
                "R: " + _short(each["message"].rsplit(' is "', 1)[1].rstrip('"'))
            )
    return said


def _short(revealed: str) -> str:
    """A revealed type without the modules of its names; a named tuple by its name alone."""
    name = re.sub(r"(?:\w+\.)+(\w+)", r"\1", revealed)
    return re.sub(r"tuple\[[^\[\]]*, fallback=(\w+)\]", r"\1", name)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_checkers_agree(checker: Callable[[Path], Said], tmp_path: Path) -> None:
    said = {line: sorted(set(what)) for line, what in checker(tmp_path).items()}
    expected = {
        number: [line.split("# ")[1].strip()]
        for number, line in enumerate(EXAMPLES.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"# (?:R: |E$)", line) and not line.startswith('"""')
    }
    assert said == expected
