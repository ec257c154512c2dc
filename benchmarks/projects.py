"""Finds the Alembic project in a submission, and gives the commands to run in it.

Uses nothing of the grader, because the other tools use it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FLASK_FOLDER = "migrations"
_LEFT_OUT = "PG", "FLASK_", "DATABASE_URL", "DIRECT_URL"
"""Variables with these prefixes are not passed on, because they could lead to another database."""


@dataclass(frozen=True)
class Project:
    """The folder to run commands in."""

    folder: Path
    flask: bool
    """Made by Flask-Migrate: the commands are `flask db ...`."""

    def command(self, *arguments: str) -> list[str]:
        """The command line of an Alembic command."""
        program = Path(sys.executable).with_name("flask" if self.flask else "alembic")
        return [str(program), *(("db",) if self.flask else ()), *arguments]


def find_project(submission: Path) -> Project:
    """The project at the topmost `alembic.ini`; the submission itself if there is none."""
    found = sorted(submission.rglob("alembic.ini"), key=lambda path: (len(path.parts), path))
    if not found:
        return Project(submission, flask=False)
    folder = found[0].parent
    if folder.name == _FLASK_FOLDER and (folder / "env.py").exists():
        return Project(folder.parent, flask=True)
    return Project(folder, flask=False)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process, with the variables of a server, and without those of other servers."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return {**plain, **variables}
