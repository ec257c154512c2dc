"""`grader doctor`: what works on this machine, and what to do about what doesn't."""

from __future__ import annotations

import argparse
import platform
import shutil
import tempfile
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from grader import __version__
from grader.errors import UnavailableError
from grader.runtime.postgres.choose import SERVERS
from grader.runtime.sandbox.choose import SANDBOXES

ROOM_BYTES = 1024**3
"""More than a few submissions at once need for their servers' data."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Set what to run; there are no arguments."""
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print what works and what does not.

    Returns:
        The exit code: 0 when submissions can be graded.

    Raises:
        UnavailableError: no PostgreSQL can be had here.
    """
    found = checked_parts()
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
    sandboxes = [(f"Isolation: {name}", make()) for name, make in SANDBOXES.items()]
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
