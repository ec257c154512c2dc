"""The tables of the library. This design says "readers" for the members, and "lendings" for the loans."""

import os
from datetime import date
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy import CheckConstraint, ForeignKey, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

load_dotenv(Path(__file__).with_name(".env"))


class Base(DeclarativeBase):
    """What every model of yours inherits from."""

    # A constraint without a name cannot be dropped by a migration, so every constraint gets one by rule.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def database_url() -> str:
    """Return the URL of the database."""
    return os.environ["LIBRARY_DATABASE_URL"]


class Book(Base):
    """A book on our shelves."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(120))
    isbn: Mapped[str] = mapped_column(String(13), unique=True)


class Reader(Base):
    """Somebody who may take books home."""

    __tablename__ = "readers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    joined_on: Mapped[date] = mapped_column(server_default=func.current_date())


class Lending(Base):
    """A book that a reader took home."""

    __tablename__ = "lendings"
    __table_args__ = (CheckConstraint("returned_on >= lent_on", name="returned_after_lent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))
    lent_on: Mapped[date]
    due_on: Mapped[date]
    returned_on: Mapped[date | None]
