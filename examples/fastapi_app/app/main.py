"""The application: ``uvicorn app.main:app``."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

import aiocql

from . import operations, users
from .database import lifespan

app = FastAPI(title="Users", lifespan=lifespan)
app.include_router(users.router)
app.include_router(operations.router)

PASSING = (
    aiocql.NoHostAvailable,
    aiocql.ConnectionException,
    aiocql.OperationTimedOut,
    aiocql.Unavailable,
    aiocql.Overloaded,
    aiocql.ReadTimeout,
    aiocql.WriteTimeout,
)
"""What another attempt may find otherwise."""


@app.exception_handler(aiocql.Error)
async def failed(request: Request, error: aiocql.Error) -> JSONResponse:
    """503 for what passes, 500 else. An error's text holds no values, but it is not for the outside."""
    if isinstance(error, PASSING):
        return JSONResponse({"detail": "the database is busy"}, 503, headers={"Retry-After": "1"})
    return JSONResponse({"detail": "the database refused"}, 500)
