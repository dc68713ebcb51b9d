"""What is given away: an sdist that builds, and a wheel that installs into an empty environment and imports."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "aiocql"
VERSION = (PACKAGE / "_version.py").read_text().split('"')[-2]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sdist and wheel, built from what git tracks; the wheel is built from the sdist."""
    folder = tmp_path_factory.mktemp("distributions")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, tracked.split("\0")):
        if not name.startswith(("bench/", "tests/")) and (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source), optimize="0")
    return folder


def run(*command: str, cwd: Path | None = None, optimize: str = "2") -> str:
    environ = {**os.environ, "AIOCQL_OPTIMIZE": optimize}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def sources() -> set[str]:
    kinds = (".py", ".pyi", ".pyx", ".pxd", ".html", ".typed")
    return {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }


@pytest.mark.timeout(600)
def test_the_sdist_holds_every_source(distributions: Path) -> None:
    [sdist] = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/{name}" for name in sources()} <= names
    assert {"pyproject.toml", "setup.py", "LICENSE", "README.md"} <= names
    assert not [name for name in names if name.endswith((".so", ".c"))]


def test_the_wheel_holds_every_module_and_stub(distributions: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert sources() <= names
    compiled = {str(path.relative_to(PACKAGE.parent).with_suffix("")) for path in PACKAGE.rglob("*.pyx")}
    assert compiled == {name.split(".")[0] for name in names if name.endswith(".so")}
    assert not [name for name in names if name.endswith(".c")]
    assert {name.partition("/")[0] for name in names} == {
        "aiocql",
        "pytest_aiocql",
        f"aiocql-{VERSION}.dist-info",
    }


SCRIPT = """
import asyncio, sys
before = set(sys.modules)
import aiocql
brought = {name.partition(".")[0] for name in set(sys.modules) - before}
foreign = brought - set(sys.stdlib_module_names) - {"aiocql"}
foreign = {name for name in foreign if "cython" not in name.lower()}
assert not foreign, foreign
assert "site-packages" in aiocql.__file__, aiocql.__file__

async def main():
    try:
        await aiocql.connect(("127.0.0.1", 1), connect_timeout=2)
    except aiocql.NoHostAvailable as error:
        print(type(error).__name__, aiocql.__version__)

asyncio.run(main())
"""


@pytest.mark.timeout(600)
def test_the_wheel_installs_into_an_empty_environment(distributions: Path, tmp_path: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    bin_folder = tmp_path / "venv" / "bin"
    run(str(bin_folder / "pip"), "install", "--no-index", "--quiet", str(wheel))
    printed = run(str(bin_folder / "python"), "-W", "error", "-c", SCRIPT, cwd=tmp_path)
    assert printed.split() == ["NoHostAvailable", VERSION]


@pytest.mark.timeout(600)
def test_the_command_names_the_extra_that_it_needs(distributions: Path, tmp_path: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    bin_folder = tmp_path / "venv" / "bin"
    run(str(bin_folder / "pip"), "install", "--no-index", "--quiet", str(wheel))
    done = subprocess.run([bin_folder / "aiocql", "hosts"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "cyclopts" in done.stderr
    assert "pip install 'aiocql[cli]'" in done.stderr
