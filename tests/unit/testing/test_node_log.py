"""What a node's log says about the others."""

from __future__ import annotations

from pathlib import Path

from aiocql.testing.cassandra.node_log import NodeLog

UP = "INFO  [GossipStage:1] 2026-11-22 05:10:27,620 Gossiper.java:1458 - InetAddress /127.0.40.3:7000 is now UP\n"
DOWN = UP.replace("UP", "DOWN")


def test_the_last_word_counts_and_half_a_line_does_not(tmp_path: Path) -> None:
    log = NodeLog(tmp_path / "log")
    with log.path.open("w") as file:
        file.write("noise\n" + UP[:-8])
        file.flush()
        assert log.sees_down("127.0.40.3:7000")
        file.write(UP[-8:])
        file.flush()
        assert log.sees_up("127.0.40.3:7000")
        assert log.sees_down("127.0.40.2:7000")
        file.write(DOWN)
        file.flush()
        assert log.sees_down("127.0.40.3:7000")


def test_a_new_run_forgets_the_one_before(tmp_path: Path) -> None:
    log = NodeLog(tmp_path / "log")
    log.path.write_text(UP)
    assert log.sees_up("127.0.40.3:7000")
    log.begin_run()
    assert log.sees_down("127.0.40.3:7000")
    assert log.tail() == "(the log is empty)"
    with log.path.open("a") as file:
        file.write("first\nsecond\nthird\n")
    assert log.tail(2) == "second\nthird"
