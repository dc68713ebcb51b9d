"""Which Java is taken, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiocql.testing import ToolNotFound
from aiocql.testing.cassandra import jvm


def make_java(home: Path, version: str) -> Path:
    """Something that looks like a Java runtime of this version."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return java


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Java; ``jvm/*`` is where Java would be installed."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(jvm, "JVM_FOLDERS", [str(tmp_path / "jvm")])
    return tmp_path


def test_no_java_at_all_says_what_to_install(bare: Path) -> None:
    with pytest.raises(ToolNotFound, match="there is no Java on this machine") as error:
        jvm.find_java()
    assert error.value.tool == "java"
    assert "apt-get install openjdk-17-jdk-headless" in str(error.value)


def test_java_of_other_versions_is_named(bare: Path) -> None:
    java = make_java(bare / "jvm" / "new", "25.0.1")
    with pytest.raises(ToolNotFound, match=f"found only: {java} is Java 25"):
        jvm.find_java()


def test_the_newest_that_serves_is_taken_from_the_usual_folders(bare: Path) -> None:
    make_java(bare / "jvm" / "a", "21.0.2")
    make_java(bare / "jvm" / "b", "11.0.20")
    best = make_java(bare / "jvm" / "c", "17.0.15")
    assert jvm.find_java() == jvm.Java(best, 17)


def test_java_home_and_path_come_first_if_they_serve(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_java(bare / "jvm" / "c", "17.0.15")
    on_path = make_java(bare, "11.0.20")
    assert jvm.find_java() == jvm.Java(on_path, 11)
    home = make_java(bare / "home", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(bare / "home"))
    assert jvm.find_java() == jvm.Java(home, 17)


def test_a_java_without_release_file_is_asked(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = make_java(bare / "home", "17")
    (bare / "home" / "release").unlink()
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.9\" 2023-10-17' >&2\n")
    monkeypatch.setenv("JAVA_HOME", str(bare / "home"))
    assert jvm.find_java().major == 17


def test_a_collector_of_the_user_replaces_ours() -> None:
    assert "-XX:+UseSerialGC" in jvm.memory_flags("1G", ["-XX:+AlwaysPreTouch"])
    assert jvm.memory_flags("1G", ["-XX:+UseG1GC"]) == ["-Xms64M", "-Xmx1G"]
