"""An exercise as an assignment, a first revision that is handed out, and answers: the revisions after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.catalogue.case import revision

BASE = "a000"
INI = """\
[alembic]
script_location = migrations
"""
ENV = """\
import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DIRECT_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
HEADER = """\
schema_version = "2"
id = "data"
title = "Rows on the way"
max_score = 100

[criteria.upgrade_head]
kind = "upgrade"
points = 20

"""


@dataclass(frozen=True)
class Answer:
    """A submission: the bodies of `upgrade()` and `downgrade()` of each revision after the first."""

    name: str
    """What is special about it, in a few words; `wrong_` stands before it where values are lost."""
    revisions: tuple[tuple[str, str], ...]
    failed: tuple[str, ...] = ()
    """The ids of exactly those checks of the criterion that fail."""
    words: tuple[str, ...] = ()
    """Words that the hint has to hold."""


@dataclass(frozen=True)
class Exercise:
    """An assignment with one criterion of the kind `data`, and answers to it."""

    name: str
    criterion: str
    """The criterion's table."""
    base: tuple[str, str]
    """The bodies of the first revision."""
    answers: tuple[Answer, ...]
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def assignment(self) -> str:
        """The assignment file."""
        return HEADER + self.criterion

    def files(self, answer: Answer) -> dict[str, str]:
        """The files of a submission."""
        files = {"alembic.ini": INI, "migrations/env.py": ENV}
        parent = ""
        for place, (upgrade, downgrade) in enumerate((self.base, *answer.revisions)):
            number = f"a{place:03}"
            text = revision(number, parent, f"step {place}", upgrade.strip("\n"), downgrade.strip("\n"))
            if not parent:
                text = text.replace('down_revision = ""', "down_revision = None")
            files[f"migrations/versions/{number}_step.py"] = text
            parent = number
        return files

    def write(self, answer: Answer, folder: Path) -> Path:
        """Write a submission into a folder; return that folder."""
        for path, text in self.files(answer).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return folder
