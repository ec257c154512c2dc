"""Tells Alembic where the models and the database are."""

import os
import sys
from logging.config import fileConfig
from pathlib import Path

from alembic import context
from dotenv import load_dotenv
from sqlalchemy import create_engine, pool

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
load_dotenv(PROJECT / ".env")

from app import db  # noqa: E402 - needs the two lines above

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name)

target_metadata = db.Model.metadata


def direct_url() -> str:
    """Return the URL of the direct connection; the pooled one of DATABASE_URL is for the app's queries."""
    url = os.environ.get("DIRECT_URL")
    if not url:
        raise RuntimeError("DIRECT_URL is not set. Is there a .env file next to app.py?")
    return url


def run_migrations_offline() -> None:
    """Write the migrations as SQL, without a connection (`alembic upgrade head --sql`)."""
    context.configure(
        url=direct_url(),
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the migrations over one connection of their own."""
    engine = create_engine(direct_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
