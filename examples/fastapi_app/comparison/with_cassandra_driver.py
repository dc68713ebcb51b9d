"""cassandra-driver as it is meant to be used: synchronous, and in FastAPI's threads."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from cassandra.cluster import Cluster
from fastapi import FastAPI

from .work import ADA, HOSTS, IDS, INSERT, SCHEMA, SELECT


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    cluster = Cluster(HOSTS)
    session = cluster.connect()
    for statement in SCHEMA:
        session.execute(statement)
    app.state.session = session
    app.state.insert = session.prepare(INSERT)
    app.state.select = session.prepare(SELECT)
    for id in IDS:
        session.execute(app.state.insert, [id, *ADA])
    yield
    cluster.shutdown()


app = FastAPI(lifespan=lifespan)


@app.get("/reads")
def reads(requests: int) -> dict[str, float]:
    session, select = app.state.session, app.state.select
    begun = time.perf_counter()
    for id in IDS[:requests]:
        assert tuple(session.execute(select, [id]).one()) == ADA
    return {"seconds": time.perf_counter() - begun}


@app.post("/users", status_code=201)
def create_user() -> dict[str, str]:
    id = uuid4()
    app.state.session.execute(app.state.insert, [id, *ADA])
    return {"id": str(id)}


@app.post("/users/many", status_code=201)
def create_users(users: int) -> dict[str, float]:
    session, insert = app.state.session, app.state.insert
    begun = time.perf_counter()
    for _ in range(users):
        session.execute(insert, [uuid4(), *ADA])
    return {"seconds": time.perf_counter() - begun}
