"""What type checkers see: rows are of the class that `into` names, and mistakes are told (mypy strict)."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from mypy import api

EXAMPLES = """
import asyncio
import dataclasses
from typing import Any, NamedTuple

import aiocql


@dataclasses.dataclass
class Item:
    k: int


class Pair(NamedTuple):
    k: int
    v: str


def total(k: int, v: int) -> float:
    return float(k + v)


async def right(session: aiocql.Session) -> None:
    reveal_type(await session.execute("q"))  # R: Result[Row]
    reveal_type(await session.execute("q", [1], into=Item))  # R: Result[Item]
    reveal_type((await session.execute("q", [1], into=Pair)).one())  # R: tuple[int, str, fallback=Pair] | None
    reveal_type((await session.execute("q", into=dict)).one())  # R: dict[Any, Any] | None
    reveal_type((await session.execute("q", into=tuple)).rows)  # R: list[tuple[Any, ...]]
    reveal_type(await session.execute("q", into="scalar"))  # R: Result[Any]
    reveal_type(await session.execute("q", into=total, timeout=1.0))  # R: Result[float]
    reveal_type(await (await session.execute("q", into=Item)).all())  # R: list[Item]
    async for item in session.stream("q", [1], into=Item, page_size=10):
        reveal_type(item)  # R: Item
    async for row in session.stream("q"):
        reveal_type(row)  # R: Row
    async for page in session.stream("q", into=Item).pages():
        reveal_type(page)  # R: Result[Item]
    reveal_type(await session.batch([("q", [1]), "q"], batch_type="unlogged"))  # R: Result[Row]
    reveal_type(session.prepare("q", idempotent=True))  # R: Coroutine[Any, Any, PreparedStatement]


async def by_session() -> None:
    async with aiocql.connect("host", into=Item, port=9042) as session:
        reveal_type(await session.execute("q"))  # R: Result[Item]
        reveal_type(await session.execute("q", into=Pair))  # R: Result[tuple[int, str, fallback=Pair]]
    plain = await aiocql.connect("host")
    reveal_type(plain)  # R: Session[Row]


async def wrong(session: aiocql.Session) -> None:
    await session.execute("q", time_out=1.0)  # E: call-overload
    await session.execute("q", timeout="1")  # E: call-overload
    await session.execute(5)  # E: call-overload
    await session.execute("q", into="rows")  # E: call-overload
    session.stream("q", page_size="all")  # E: call-overload
    await session.batch([5])  # E: list-item
    await session.batch([], batch_type="fast")  # E: arg-type
    item: Item | None = (await session.execute("q", into=Pair)).one()  # E: assignment
    for row in await session.execute("q", into=Item):
        row.other  # E: attr-defined
    await session.prepare("q", idempotent="yes")  # E: arg-type
    aiocql.connect("host", prot=1)  # E: call-overload
    aiocql.connect("host", into=Item, port="x")  # E: call-overload
"""


def test_mypy_agrees(tmp_path: Path) -> None:
    path = tmp_path / "examples.py"
    path.write_text(textwrap.dedent(EXAMPLES))
    out, err, _ = api.run(
        [
            "--strict",
            "--show-error-codes",
            "--no-error-summary",
            "--cache-dir",
            str(tmp_path / "cache"),
            str(path),
        ]
    )
    assert err == ""
    said: dict[int, str] = {}
    for line in out.splitlines():
        match = re.match(r".*examples\.py:(\d+): (error|note): (.*)", line)
        if match and (match[2] == "error" or "Revealed type" in match[3]):
            said[int(match[1])] = match[3]
    expected = {
        number: line.split("# ")[1]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "# R: " in line or "# E: " in line
    }
    assert said.keys() == expected.keys(), out
    for number, what in expected.items():
        if what.startswith("E: "):
            assert f"[{what[3:]}]" in said[number], (number, said[number])
        else:
            assert _short(said[number]) == what[3:], (number, said[number])


def _short(revealed: str) -> str:
    """A revealed type without the modules of its names."""
    name = revealed.split('"')[1]
    return re.sub(r"(?:\w+\.)+(\w+)", r"\1", name)
