"""What type checkers are shown: see test_typing.py. ``# R:`` says what is revealed, ``# E`` that it is refused."""

import dataclasses
from typing import Any, NamedTuple, reveal_type

import attrs
import msgspec
import pydantic

import aiocql


@dataclasses.dataclass
class Item:
    k: int


class Pair(NamedTuple):
    k: int
    v: str


@attrs.define
class Attrs:
    k: int


class Struct(msgspec.Struct):
    k: int


class Model(pydantic.BaseModel):
    k: int


def total(k: int, v: int) -> float:
    return float(k + v)


async def right(session: aiocql.Session) -> None:
    reveal_type(await session.execute("q"))  # R: Result[Row]
    reveal_type(await session.execute("q", [1], into=Item))  # R: Result[Item]
    reveal_type((await session.execute("q", [1], into=Pair)).one())  # R: Pair | None
    reveal_type((await session.execute("q", into=Attrs)).one())  # R: Attrs | None
    reveal_type((await session.execute("q", into=Struct)).one())  # R: Struct | None
    reveal_type((await session.execute("q", into=Model)).one())  # R: Model | None
    reveal_type((await session.execute("q", into=dict)).one())  # R: dict[str, Any] | None
    reveal_type((await session.execute("q", into=tuple[int, str])).rows)  # R: list[tuple[int, str]]
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


async def prepared(session: aiocql.Session) -> None:
    reveal_type(await session.prepare("q", idempotent=True))  # R: PreparedStatement[Row]
    statement = await session.prepare("q", into=Item)
    reveal_type(statement)  # R: PreparedStatement[Item]
    reveal_type(await session.execute(statement, [1]))  # R: Result[Item]
    reveal_type(await session.execute(statement, [1], into=Pair))  # R: Result[Pair]
    async for item in session.stream(statement):
        reveal_type(item)  # R: Item
    await session.batch([(statement, [1]), ("q", {"k": 1}), "q"])


async def many(session: aiocql.Session) -> None:
    statement = await session.prepare("q", into=Item)
    reveal_type(await session.execute_concurrent(statement, [[1]]))  # R: list[Result[Item]]
    reveal_type(await session.execute_concurrent([("q", [1]), "q"]))  # R: list[Result[Row]]
    reveal_type(await session.execute_concurrent("q", [[1]], into=Pair))  # R: list[Result[Pair]]
    async for outcome in session.execute_concurrent("q", [[1]], raise_errors=False):
        reveal_type(outcome)  # R: Result[Any] | Exception


async def by_session() -> None:
    async with aiocql.connect("host", into=Item, port=9042) as session:
        reveal_type(await session.execute("q"))  # R: Result[Item]
        reveal_type(await session.execute("q", into=Pair))  # R: Result[Pair]
        reveal_type(await session.prepare("q"))  # R: PreparedStatement[Item]
    plain = await aiocql.connect("host")
    reveal_type(plain)  # R: Session[Row]


class Interpolation:
    value: Any
    expression: str


class Template:
    strings: tuple[str, ...]
    interpolations: tuple[Interpolation, ...]


async def templates(session: aiocql.Session, template: Template) -> None:
    reveal_type(await session.execute(template))  # R: Result[Row]
    reveal_type(await session.execute(template, into=Item))  # R: Result[Item]
    await session.batch([template])


async def wrong(session: aiocql.Session) -> None:
    await session.execute("q", time_out=1.0)  # E
    await session.execute("q", timeout="1")  # E
    await session.execute(5)  # E
    await session.execute(b"q")  # E
    await session.execute("q", into="rows")  # E
    await session.execute("q", consistency_level=5.0)  # E
    session.stream("q", page_size="all")  # E
    await session.batch([5])  # E
    await session.batch([], batch_type="fast")  # E
    item: Item | None = (await session.execute("q", into=Pair)).one()  # E
    for row in await session.execute("q", into=Item):
        print(row.other)  # E
    statement = await session.prepare("q", into=Item)
    pair: Pair | None = (await session.execute(statement)).one()  # E
    await session.prepare("q", idempotent="yes")  # E
    session.execute_concurrent("q", [[1]], concurrency="10")  # E
    aiocql.connect("host", prot=1)  # E
    aiocql.connect("host", into=Item, port="x")  # E
    print(item, pair)
