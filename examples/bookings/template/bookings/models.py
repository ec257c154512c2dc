"""The tables."""

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
    seats: int | None = None


class Member(SQLModel, table=True):
    """Somebody who may book."""

    __tablename__ = "members"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)
    email: str = Field(max_length=120, unique=True)
