"""Small references, written for the tests of operators."""

from __future__ import annotations

from collections.abc import Mapping

from grader.proof.operators import Project, project_of

INI = "[alembic]\nscript_location = %(here)s/migrations\n"
ENV = """from alembic import context
from models import Base
from sqlalchemy import create_engine
import os

engine = create_engine(os.environ["DIRECT_URL"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Box(Base):
    __tablename__ = "boxes"
    __table_args__ = (CheckConstraint("size > 0", name="size"), Index("ix_boxes_label", "label", "size"))

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(40), server_default="none")
    size: Mapped[int] = mapped_column()


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("boxes.id", ondelete="CASCADE"))
    kind: Mapped[str | None] = mapped_column(String(20))
"""
BOXES = (
    'op.create_table("boxes", sa.Column("id", sa.Integer(), nullable=False), '
    'sa.Column("label", sa.String(40), server_default="none", nullable=False), '
    'sa.Column("size", sa.Integer(), nullable=False), sa.CheckConstraint("size > 0", name="ck_size"), '
    'sa.PrimaryKeyConstraint("id"))'
)
INDEX = 'op.create_index("ix_boxes_label", "boxes", ["label", "size"])'
THINGS = (
    'op.create_table("things", sa.Column("id", sa.Integer(), nullable=False), '
    'sa.PrimaryKeyConstraint("id", name="pk_things"))'
)
FIRST = (BOXES, INDEX, THINGS)
FIRST_DOWN = (
    'op.drop_table("things")',
    'op.drop_index("ix_boxes_label", "boxes")',
    'op.drop_table("boxes")',
)


def revision(
    number: str,
    parents: tuple[str, ...],
    upgrade: tuple[str, ...] = ("pass",),
    downgrade: tuple[str, ...] = ("pass",),
    docstring: str = "",
) -> str:
    """A revision file; statements of several lines are given with their own indentation."""
    parent = None if not parents else parents[0] if len(parents) == 1 else parents
    up, down = ("".join(f"    {line}\n" for line in lines) for lines in (upgrade, downgrade))
    return (
        f'"""make {number}\n\n{docstring}Revision ID: {number}\n"""\n'
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = {number!r}\ndown_revision = {parent!r}\n\n\n"
        f"def upgrade():\n{up}\n\ndef downgrade():\n{down}"
    )


def chain(revisions: Mapping[str, str], **files: str) -> Project:
    """A project of plain Alembic with these revisions by id, and other files by name without `.py`."""
    base = {"alembic.ini": INI, "migrations/env.py": ENV, "models.py": MODELS}
    base |= {f"{name}.py": text for name, text in files.items()}
    base |= {f"migrations/versions/{number}.py": text for number, text in revisions.items()}
    return project_of({path: text.encode() for path, text in base.items()})


def small(*second: str, down: tuple[str, ...] = ("pass",), docstring: str = "") -> Project:
    """A chain of `boxes` and `things`, and a second revision."""
    return chain(
        {
            "a1": revision("a1", (), FIRST, FIRST_DOWN),
            "b2": revision("b2", ("a1",), second or ("pass",), down, docstring),
        }
    )
