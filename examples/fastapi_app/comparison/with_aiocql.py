"""aiocql."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from fastapi import FastAPI

import aiocql

from .work import ADA, AT_ONCE, HOSTS, IDS, INSERT, SCHEMA, SELECT


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aiocql.connect(*HOSTS) as session:
        for statement in SCHEMA:
            await session.execute(statement)
        for id in IDS:
            await session.execute(INSERT, [id, *ADA])
        app.state.session = session
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/reads")
async def reads(requests: int) -> dict[str, float]:
    session = app.state.session
    begun = time.perf_counter()
    results = await asyncio.gather(*(session.execute(SELECT, [id]) for id in IDS[:requests]))
    assert all(result.one() == ADA for result in results)
    return {"seconds": time.perf_counter() - begun}


@app.post("/users", status_code=201)
async def create_user() -> dict[str, str]:
    id = uuid4()
    await app.state.session.execute(INSERT, [id, *ADA])
    return {"id": str(id)}


@app.post("/users/many", status_code=201)
async def create_users(users: int) -> dict[str, float]:
    session = app.state.session
    begun = time.perf_counter()
    for first in range(0, users, AT_ONCE):
        count = min(AT_ONCE, users - first)
        await asyncio.gather(*(session.execute(INSERT, [uuid4(), *ADA]) for _ in range(count)))
    return {"seconds": time.perf_counter() - begun}
