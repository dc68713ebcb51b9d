"""The session: one for the process, opened before the first request and closed after the last."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from prometheus_client import REGISTRY

import aiocql
from aiocql.exporters.prometheus import SessionCollector

KEYSPACE = os.environ.get("EXAMPLE_KEYSPACE", "fastapi_example")

SCHEMA = (
    f"CREATE KEYSPACE IF NOT EXISTS {KEYSPACE} "
    "WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}",
    f"CREATE TABLE IF NOT EXISTS {KEYSPACE}.users "
    "(id uuid PRIMARY KEY, name text, email text, age int, created_at timestamp)",
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Traffic is let in when the schema is there and the connections to all hosts stand.

    Where the cluster is comes from the environment: CASSANDRA_CONTACT_POINTS, CASSANDRA_USERNAME, CASSANDRA_PASSWORD.
    """
    async with aiocql.connect(application_name="fastapi_app") as session:
        for statement in SCHEMA:
            await session.execute(statement)
        await session.set_keyspace(KEYSPACE)
        await session.warm_up()
        app.state.session = session
        collector = SessionCollector(session)
        REGISTRY.register(collector)
        yield
        REGISTRY.unregister(collector)


def current_session(request: Request) -> aiocql.Session:
    """The session of the application."""
    session: aiocql.Session = request.app.state.session
    return session


Session = Annotated[aiocql.Session, Depends(current_session)]
