"""A small shop: an exercise of its own with an assignment, and answers that are made of SQL.

For tests of what an assignment may ask for, and nothing of exercise 4 does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

INI = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
ENV = """\
import os

from alembic import context
from sqlalchemy import create_engine

from models import Base

with create_engine(os.environ["DIRECT_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """\
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass
"""
CUSTOMERS = (
    (
        "CREATE TABLE customers (id serial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, "
        "full_name varchar(80) NOT NULL)"
    ),
    "DROP TABLE customers",
)
ORDERS = (
    (
        "CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent');"
        "CREATE TABLE orders (id serial PRIMARY KEY, "
        "customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE, "
        "status order_status NOT NULL DEFAULT 'new', quantity integer NOT NULL CHECK (quantity > 0), "
        "placed_at timestamp NOT NULL DEFAULT now());"
        "CREATE INDEX ix_orders_customer_id ON orders (customer_id, placed_at)"
    ),
    "DROP TABLE orders; DROP TYPE order_status",
)
NAMES = (
    (
        "ALTER TABLE customers ADD first_name varchar(40), ADD last_name varchar(40);"
        "ALTER TABLE customers DROP full_name"
    ),
    (
        "ALTER TABLE customers ADD full_name varchar(80) NOT NULL DEFAULT '';"
        "ALTER TABLE customers ALTER full_name DROP DEFAULT, DROP first_name, DROP last_name"
    ),
)
CHAIN = (CUSTOMERS, ORDERS, NAMES)
"""The right answer: each revision with the SQL of its upgrade() and of its downgrade()."""


def write_answer(
    folder: Path, chain: Sequence[tuple[str, str]] = CHAIN, files: Mapping[str, str] | None = None
) -> Path:
    """Write a submission whose revisions are numbered `rev1`, `rev2`, ...; returns its folder."""
    (folder / "migrations" / "versions").mkdir(parents=True)
    parent: str | None = None
    for number, (upgrade, downgrade) in enumerate(chain, start=1):
        name = f"rev{number}"
        text = (
            f'"""step {number}"""\n\nfrom alembic import op\n\nrevision = "{name}"\n'
            f"down_revision = {parent!r}\n\n\n"
            f"def upgrade():\n    op.execute({upgrade!r})\n\n\n"
            f"def downgrade():\n    op.execute({downgrade!r})\n"
        )
        (folder / "migrations" / "versions" / f"{name}.py").write_text(text, encoding="utf-8")
        parent = name
    given = {"alembic.ini": INI, "migrations/env.py": ENV, "models.py": MODELS, **(files or {})}
    for path, content in given.items():
        (folder / path).write_text(content, encoding="utf-8")
    return folder


def write_assignment(
    folder: Path, criteria: str, *, points: float, reference: str = "", top: str = ""
) -> Path:
    """Write an assignment file; returns its path.

    Args:
        folder: where to write it.
        criteria: the tables of all criteria but that of `upgrade`, which gets 10 points.
        points: what these add up to.
        reference: the reference schema; without it, the exercise has none.
        top: further tables.
    """
    named = ""
    if reference:
        (folder / "schema.sql").write_text(reference, encoding="utf-8")
        named = '[reference]\nmodels = "models.py"\nmetadata = "Base.metadata"\nschema = "schema.sql"\n'
    file = folder / "assignment.toml"
    file.write_text(
        f'schema_version = "2"\nid = "shop"\ntitle = "A shop"\nmax_score = {points + 10:g}\n{named}{top}\n'
        f'[criteria.upgrade]\nkind = "upgrade"\npoints = 10\n{criteria}',
        encoding="utf-8",
    )
    return file
