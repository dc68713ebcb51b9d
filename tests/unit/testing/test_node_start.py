"""A node that ends because the others were slow to answer it is started again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aiocql.testing import NodeStartFailed
from aiocql.testing.cassandra.addresses import Ports
from aiocql.testing.cassandra.node import START_ATTEMPTS, UNHEARD, CassandraNode
from aiocql.testing.cassandra.node_config import NodeConfig


class Unlucky(CassandraNode):
    """Ends with these last words, one start after the other; after them it answers."""

    def __init__(self, folder: Path, runtime: Any, last_words: list[str]) -> None:
        ports = Ports("127.0.0.1", 9042, 7000, 7199)
        config = NodeConfig(
            cluster_name="test",
            ports=ports,
            datacenter="dc1",
            rack="r1",
            seeds=[],
            tokens=None,
            num_tokens=1,
            authentication=False,
            tls=None,
            settings={},
        )
        folder.mkdir(exist_ok=True)
        super().__init__("node4", folder, config, runtime)
        self.last_words = last_words
        self.kept: list[Path] = []
        self.launched = 0

    def _launch(self) -> None:
        self.launched += 1
        self.log.begin_run()
        if self.last_words:
            with self.log_path.open("a") as log:
                log.write(f"{self.last_words[0]}\n" + "and much about its end\n" * 100)

    async def wait_until_ready(self) -> None:
        if self.last_words:
            self.last_words.pop(0)
            kept = self.folder / f"kept-{self.launched}.log"
            kept.write_text("")
            self.kept.append(kept)
            raise NodeStartFailed("node4 ended with 3", log_tail=self.log.tail(), log_path=kept, returncode=3)


class NoRuntime:
    ssl = None


@pytest.mark.parametrize("words", UNHEARD)
async def test_a_node_that_nobody_answered_in_time_is_started_again(tmp_path: Path, words: str) -> None:
    node = Unlucky(tmp_path, NoRuntime(), [f"java.lang.RuntimeException: {words}"] * 2)
    await node.start()
    assert node.launched == 3
    assert not any(path.exists() for path in node.kept)


async def test_not_for_ever(tmp_path: Path) -> None:
    node = Unlucky(tmp_path, NoRuntime(), [UNHEARD[0]] * (START_ATTEMPTS + 1))
    with pytest.raises(NodeStartFailed, match="ended with 3"):
        await node.start()
    assert node.launched == START_ATTEMPTS
    assert node.kept[-1].exists()


async def test_any_other_end_is_said_at_once(tmp_path: Path) -> None:
    node = Unlucky(tmp_path, NoRuntime(), ["java.lang.OutOfMemoryError"])
    with pytest.raises(NodeStartFailed):
        await node.start()
    assert node.launched == 1
    assert node.kept[-1].exists()
