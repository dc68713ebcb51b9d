"""async-cassandra, statements prepared once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from async_cassandra import AsyncCluster
from fastapi import FastAPI

from .work import ADA, AT_ONCE, HOSTS, IDS, INSERT, SCHEMA, SELECT


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    cluster = AsyncCluster(HOSTS)
    session = await cluster.connect()
    for statement in SCHEMA:
        await session.execute(statement)
    app.state.session = session
    app.state.insert = await session.prepare(INSERT)
    app.state.select = await session.prepare(SELECT)
    # The users that are read were created by the other applications: an insert may be lost here (see README.md).
    yield
    await session.close()
    await cluster.shutdown()


app = FastAPI(lifespan=lifespan)


@app.get("/reads")
async def reads(requests: int) -> dict[str, float]:
    session, select = app.state.session, app.state.select
    begun = time.perf_counter()
    results = await asyncio.gather(*(session.execute(select, [id]) for id in IDS[:requests]))
    assert all(tuple(result.one()) == ADA for result in results)
    return {"seconds": time.perf_counter() - begun}


@app.post("/users", status_code=201)
async def create_user() -> dict[str, str]:
    id = uuid4()
    await app.state.session.execute(app.state.insert, [id, *ADA])
    return {"id": str(id)}


@app.post("/users/many", status_code=201)
async def create_users(users: int) -> dict[str, float]:
    session, insert = app.state.session, app.state.insert
    begun = time.perf_counter()
    for first in range(0, users, AT_ONCE):
        count = min(AT_ONCE, users - first)
        await asyncio.gather(*(session.execute(insert, [uuid4(), *ADA]) for _ in range(count)))
    return {"seconds": time.perf_counter() - begun}
