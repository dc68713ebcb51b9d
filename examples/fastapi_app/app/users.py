"""Creating, reading, changing, deleting and streaming users."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

import aiocql

from .database import Session

router = APIRouter(prefix="/users", tags=["users"])

COLUMNS = "id, name, email, age, created_at"
INSERT = f"INSERT INTO users ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"
SELECT = f"SELECT {COLUMNS} FROM users WHERE id = ?"
SELECT_ALL = f"SELECT {COLUMNS} FROM users"
UPDATE = "UPDATE users SET name = ?, email = ?, age = ? WHERE id = ? IF EXISTS"
DELETE = "DELETE FROM users WHERE id = ? IF EXISTS"


class NewUser(BaseModel):
    """What a user is made of."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    age: Annotated[int, Field(ge=0, le=150)]


class UserChange(BaseModel):
    """What is to change; the rest stays."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    age: Annotated[int, Field(ge=0, le=150)] | None = None


class User(NewUser):
    """A user as stored."""

    id: UUID
    created_at: dt.datetime


class Users(BaseModel):
    """One page of users; `next` is the cursor of the page after it."""

    users: list[User]
    next: str | None


@router.post("", status_code=201)
async def create_user(new: NewUser, session: Session) -> User:
    # Cassandra keeps milliseconds.
    now = dt.datetime.now(dt.UTC)
    user = User(
        id=uuid4(), created_at=now.replace(microsecond=now.microsecond // 1000 * 1000), **new.model_dump()
    )
    # The same row a second time is the same row: it may be sent again.
    await session.execute(
        INSERT, [user.id, user.name, user.email, user.age, user.created_at], idempotent=True
    )
    return user


@router.get("")
async def list_users(
    session: Session, limit: Annotated[int, Query(ge=1, le=1000)] = 100, cursor: str | None = None
) -> Users:
    try:
        result = await session.execute(SELECT_ALL, page_size=limit, paging_state=decoded(cursor), into=User)
    except aiocql.ServerProtocolError:
        # What Cassandra says to a paging state that it did not give.
        raise HTTPException(400, "no such cursor") from None
    state = result.paging_state
    return Users(users=result.rows, next=base64.urlsafe_b64encode(state).decode() if state else None)


def decoded(cursor: str | None) -> bytes | None:
    if cursor is None:
        return None
    try:
        return base64.urlsafe_b64decode(cursor)
    except (binascii.Error, ValueError):
        raise HTTPException(400, "no such cursor") from None


@router.get("/stream")
async def stream_users(session: Session) -> StreamingResponse:
    """All users, one JSON object a line. No more than two pages are in memory, however many users there are."""
    return StreamingResponse(lines(session), media_type="application/x-ndjson")


async def lines(session: aiocql.Session) -> AsyncIterator[str]:
    async with session.stream(SELECT_ALL, page_size=1000, into=User) as users:
        async for user in users:
            yield user.model_dump_json() + "\n"


@router.get("/{user_id}")
async def read_user(user_id: UUID, session: Session) -> User:
    user = (await session.execute(SELECT, [user_id], into=User)).one()
    if user is None:
        raise HTTPException(404, "no such user")
    return user


@router.patch("/{user_id}")
async def change_user(user_id: UUID, change: UserChange, session: Session) -> User:
    user = await read_user(user_id, session)
    user = user.model_copy(update=change.model_dump(exclude_none=True))
    result = await session.execute(UPDATE, [user.name, user.email, user.age, user_id])
    if not result.was_applied:
        raise HTTPException(404, "no such user")
    return user


@router.delete("/{user_id}", status_code=204)
async def delete_user(user_id: UUID, session: Session) -> None:
    if not (await session.execute(DELETE, [user_id])).was_applied:
        raise HTTPException(404, "no such user")
