"""The app: `uvicorn bookings.main:app` starts it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bookings.database import make_engine
from bookings.models import Member, Room

app = FastAPI(title="Bookings")
engine = make_engine()


async def session() -> AsyncIterator[AsyncSession]:
    """Give each request a session of its own."""
    async with AsyncSession(engine) as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/rooms")
async def list_rooms(opened: Session) -> list[Room]:
    """List the rooms by name."""
    return list(await opened.exec(select(Room).order_by(Room.name)))


@app.get("/members")
async def list_members(opened: Session) -> list[Member]:
    """List the members by name."""
    return list(await opened.exec(select(Member).order_by(Member.name)))
