"""The tables of the library. You design them: see EXERCISE.md."""

import os
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

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
