"""`grader doctor`: what works on this machine, and what to do about what doesn't."""

from __future__ import annotations

import argparse
import platform
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader import __version__
from grader.errors import GraderError, UnavailableError
from grader.runs import assignments
from grader.runtime.postgres.choose import SERVERS
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import SANDBOXES
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages

ROOM_BYTES = 1024**3
"""More than a few submissions at once need for their servers' data."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument(
        "--assignment", type=Path, metavar="FILE", help="also check what this assignment.toml needs"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what works and what does not.

    Returns:
        The exit code: 0 when submissions can be graded.

    Raises:
        UnavailableError: no PostgreSQL can be had here.
    """
    found = checked_parts()
    if arguments.assignment is not None:
        found += checked_needs(arguments.assignment)
    table = Table(title=f"grader {__version__}", title_justify="left", box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for item in found:
        status = "works" if item.problem is None else "does not work"
        table.add_row(status, item.what, item.problem or item.detail)
    Console().print(table, markup=False, highlight=False)
    if all(item.problem for item in found if item.what.startswith("PostgreSQL")):
        raise UnavailableError(
            "there is no PostgreSQL to grade with", next_step="Fix one of the PostgreSQL lines above."
        )
    return 0


@dataclass(frozen=True)
class CheckedPart:
    """One line of the output."""

    what: str
    problem: str | None
    detail: str = ""


def checked_parts() -> list[CheckedPart]:
    """Check everything; nothing is changed."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    servers = [(f"PostgreSQL {name}", make()) for name, make in SERVERS.items()]
    sandboxes = [(f"Isolation: {name}", make(NO_EXTRAS)) for name, make in SANDBOXES.items()]
    return [
        CheckedPart("Python", None, platform.python_version()),
        *(
            CheckedPart(what, server.problem(), f"{server.good_for}; PostgreSQL {server.release}")
            for what, server in servers
        ),
        *(
            CheckedPart(what, box.problem(), f"{box.good_for}; students' code gets Python {box.python}")
            for what, box in sandboxes
        ),
        CheckedPart(
            f"Space in {tempfile.gettempdir()}",
            None if free > ROOM_BYTES else f"only {free // 1024**2} MB are free: make room or set TMPDIR",
            f"{free // 1024**3} GB free",
        ),
    ]


def checked_needs(path: Path) -> list[CheckedPart]:
    """Check what an assignment needs besides: packages for each isolation that works, and extensions.

    Raises:
        ConfigurationError: the assignment has an error.
    """
    project = assignments.load(path).project
    extras = ExtraPackages(project.requirements, path)
    found: list[CheckedPart] = []
    for name, make in SANDBOXES.items() if extras else ():
        backend = make(extras)
        if backend.problem() is None:
            missing = f"not prepared: run `{extras.command}`" if backend.unprepared() else None
            found.append(CheckedPart(f"Packages for {name}", missing, ", ".join(extras.requirements)))
    for name, start in SERVERS.items() if project.extensions else ():
        server = start()
        if server.problem() is None:
            with closing(server):
                found.append(_checked_extensions(name, server, project.extensions))
    return found


def _checked_extensions(name: str, server: PostgresBackend, extensions: tuple[str, ...]) -> CheckedPart:
    what, detail = f"Extensions: {name}", ", ".join(extensions)
    try:
        with_extensions(server, extensions)
    except GraderError as error:
        return CheckedPart(what, f"{error.message} {error.next_step}")
    return CheckedPart(what, None, detail)
