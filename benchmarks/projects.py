"""Where a submission's Alembic project is, as a script would look for it, and the commands to run in it.

Uses nothing of the grader: this is what the other ways to grade go by.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FLASK_FOLDER = "migrations"
_NOTHING = "PG", "FLASK_", "DATABASE_URL", "DIRECT_URL"
"""What the environment's own variables may not begin with, lest commands go by them."""


@dataclass(frozen=True)
class Project:
    """A folder to run commands in."""

    folder: Path
    flask: bool
    """Made by Flask-Migrate, whose commands are `flask db ...`."""

    def command(self, *arguments: str) -> list[str]:
        """The command line for an Alembic command."""
        program = Path(sys.executable).with_name("flask" if self.flask else "alembic")
        return [str(program), *(("db",) if self.flask else ()), *arguments]


def find_project(submission: Path) -> Project:
    """The folder of the topmost `alembic.ini`, or the submission's own if there is none."""
    found = sorted(submission.rglob("alembic.ini"), key=lambda path: (len(path.parts), path))
    if not found:
        return Project(submission, flask=False)
    folder = found[0].parent
    if folder.name == _FLASK_FOLDER and (folder / "env.py").exists():
        return Project(folder.parent, flask=True)
    return Project(folder, flask=False)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, with the way to a server added and no other way left in it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(_NOTHING)}
    return {**plain, **variables}
