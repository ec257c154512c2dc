"""Where the database is, and how the app reaches it."""

import os
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

load_dotenv(Path(__file__).parents[1] / ".env")


def database_url() -> str:
    """Return the URL of the database, for the driver asyncpg."""
    url = os.environ["DATABASE_URL"]
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def make_engine() -> AsyncEngine:
    """Make the engine that the app uses."""
    return create_async_engine(database_url())
