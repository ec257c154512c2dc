"""The checklist of an exercise as values: its items, and what shows that each of them is done.

Must not know the file that it comes from, nor how an item is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fact(StrEnum):
    """What the files and the runs of a submission show, whatever the exercise asks for."""

    ALEMBIC_INSTALLED = "alembic_installed"
    """Alembic has made its files. Without them, nobody can see whether it is installed."""
    ALEMBIC_SET_UP = "alembic_set_up"
    """There is an `alembic.ini` (or `[tool.alembic]`) that leads to a script folder with an `env.py`."""
    NO_URL_IN_CONFIG = "no_url_in_config"
    """The `alembic.ini` sets no `sqlalchemy.url`: the line is commented out, empty or not there."""
    MODELS_LOADED = "models_loaded"
    """The `target_metadata` of `env.py` has tables."""
    REVISION_MADE = "revision_made"
    """There is a revision file."""
    REVISION_APPLIED = "revision_applied"
    """A revision ran, and the database shows it."""


@dataclass(frozen=True)
class CriterionPart:
    """A criterion, or one check of it, that has to pass."""

    criterion: str
    check: str | None = None
    """None for the whole criterion."""


@dataclass(frozen=True)
class ModelPart:
    """A table, or a column, that the submission's own models have to define."""

    table: str
    column: str | None = None
    type: str | None = None
    """The type of the column, as the file writes it; None if any does."""


@dataclass(frozen=True)
class ChecklistItem:
    """One item. It is done when all that it names is there; one that names nothing is to be looked at."""

    text: str
    optional: bool = False
    criteria: tuple[CriterionPart, ...] = ()
    facts: tuple[Fact, ...] = ()
    models: tuple[ModelPart, ...] = ()
    part: str | None = None
    """The id of the part of the exercise that it belongs to; None if the exercise has no parts."""
