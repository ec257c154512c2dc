"""The tables."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Enum, Index
from sqlmodel import Field, SQLModel

# A constraint without a name cannot be dropped by a migration, so every constraint gets one by rule.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Room(SQLModel, table=True):
    """A room that can be booked."""

    __tablename__ = "rooms"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, unique=True)
    seats: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class Member(SQLModel, table=True):
    """Somebody who may book."""

    __tablename__ = "members"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)
    email: str = Field(max_length=120, unique=True)


class BookingStatus(StrEnum):
    """What became of a booking."""

    requested = "requested"
    confirmed = "confirmed"
    cancelled = "cancelled"


class Booking(SQLModel, table=True):
    """A room for a member, for some hours."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        Index(None, "room_id", "starts_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="rooms.id")
    member_id: int = Field(foreign_key="members.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_type=DateTime(timezone=True))
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))
    status: BookingStatus = Field(
        default=BookingStatus.requested,
        sa_type=Enum(BookingStatus, name="booking_status"),
        sa_column_kwargs={"server_default": "requested"},
    )
