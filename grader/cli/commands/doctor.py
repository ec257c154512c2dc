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
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import SANDBOXES
from grader.runtime.sandbox.interface import SandboxBackend

ROOM_BYTES = 1024**3
"""What a few submissions at once need for their servers' data, with room to spare."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Set what to run; there are no arguments."""
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """`grader doctor`."""
    return examine(Console())


@dataclass(frozen=True)
class Examined:
    """One line of the examination."""

    what: str
    problem: str | None
    detail: str = ""


def findings() -> list[Examined]:
    """Look at everything once; nothing is changed."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    backends: dict[str, PostgresBackend | SandboxBackend] = {
        **{f"PostgreSQL {name}": make() for name, make in SERVERS.items()},
        **{f"Isolation: {name}": make() for name, make in SANDBOXES.items()},
    }
    return [
        Examined("Python", None, platform.python_version()),
        *(Examined(what, backend.problem(), backend.good_for) for what, backend in backends.items()),
        Examined(
            f"Space in {tempfile.gettempdir()}",
            None if free > ROOM_BYTES else f"only {free // 1024**2} MB are free: make room or set TMPDIR",
            f"{free // 1024**3} GB free",
        ),
    ]


def examine(console: Console) -> int:
    """Print the findings.

    Returns:
        The exit code: 0 when submissions can be graded.

    Raises:
        UnavailableError: no PostgreSQL can be had here.
    """
    found = findings()
    table = Table(title=f"grader {__version__}", title_justify="left", box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for item in found:
        status = "works" if item.problem is None else "does not work"
        table.add_row(status, item.what, item.problem or item.detail)
    console.print(table, markup=False, highlight=False)
    if all(item.problem for item in found if item.what.startswith("PostgreSQL")):
        raise UnavailableError(
            "there is no PostgreSQL to grade with", next_step="Mend one of the two lines above."
        )
    return 0
