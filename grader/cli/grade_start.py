"""Where `grader grade` tries submissions: reads the options, chooses, and has the first slot begun.

Imports nothing that is not needed for that: the slot starts while the rest of the grader is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import UsageError
from grader.files.atomic import check_writable
from grader.runtime.machine import jobs_here
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import SandboxBackend, choose_sandbox
from grader.runtime.slots import Slots
from grader.runtime.workspace import workspace
from grader.submission.sources import Source
from grader.text.console import plain_console, terminal_safe
from grader.text.names import printable

MOST_ON_A_CLUSTER = 1000
"""Submissions at once on a cluster, however large it is: for each of them a thread waits here."""
KEPT = "migration-grader-kept-"
"""How the folders begin that `--keep` makes among the temporary files."""


@dataclass(frozen=True)
class Here:
    """What submissions are tried with on this machine."""

    postgres: PostgresBackend
    sandbox: SandboxBackend
    slots: Slots


@dataclass(frozen=True)
class Begun:
    """A run that has been begun."""

    sources: Sequence[Source]
    assignment: Assignment
    folder: Path
    """For what is staged."""
    kept: Path | None
    """The same, if it outlives the run."""
    here: Here | None
    """None on a cluster."""
    jobs: int
    """How many submissions at once, at most."""


def add_to(command: argparse.ArgumentParser, *, number: Callable[[str], int]) -> None:
    """Add the arguments that say where, and how often.

    Args:
        command: the parser of `grader grade`.
        number: reads a whole number of at least 1.
    """
    command.add_argument(
        "--jobs",
        type=number,
        metavar="N",
        help="submissions at once; default: as many as cores and memory, or the cluster, allow",
    )
    command.add_argument("--fresh", action="store_true", help="grade also what has not changed since it was")
    command.add_argument(
        "--keep", action="store_true", help="leave the files that were graded in a temporary folder"
    )
    command.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="grade on the workers of a Dask cluster, by its scheduler's address",
    )


@contextmanager
def begun(
    sources: Sequence[Source], assignment: Assignment, arguments: argparse.Namespace
) -> Iterator[Begun]:
    """Choose what to grade with, and have the first slot made meanwhile; all of it is gone after the block.

    Raises:
        GraderError: it cannot be graded like that, or not here.
    """
    refuse_reports_in_work(sources, arguments.out)
    check_writable(arguments.out)
    with workspace() as private, _kept_folder(really=arguments.keep) as kept:
        folder = kept or private
        jobs = jobs_of(arguments)
        if arguments.cluster:
            yield Begun(sources, assignment, folder, kept, None, jobs)
            return
        batch = arguments.all or arguments.changed_since is not None or len(sources) > 1
        with closing(choose_backend(arguments.postgres, progress=tell)) as postgres:
            postgres.prepare()
            sandbox = choose_sandbox(arguments.isolation, postgres, batch=batch, progress=tell)
            slots = Slots(postgres, sandbox, private)
            with slots.expecting(_new(sources, arguments), at_once=jobs):
                tell(f"PostgreSQL: {postgres.name}. Isolation: {sandbox.name}.")
                yield Begun(sources, assignment, folder, kept, Here(postgres, sandbox, slots), jobs)


def tell(line: str) -> None:
    """Show a line to whoever waits."""
    plain_console(stderr=True).print(terminal_safe(line))


def jobs_of(arguments: argparse.Namespace) -> int:
    """How many submissions at once: as asked for, or as many as the machine, or any cluster, has room for."""
    return arguments.jobs or (MOST_ON_A_CLUSTER if arguments.cluster else jobs_here())


def _new(sources: Sequence[Source], arguments: argparse.Namespace) -> int:
    """How many submissions have no report yet; the others may turn out to be unchanged."""
    reports = (arguments.out / source.id / "grade.json" for source in sources)
    return sum(arguments.fresh or not report.exists() for report in reports)


def refuse_reports_in_work(sources: Sequence[Source], out: Path) -> None:
    """Keep reports from being written among a student's own files.

    Raises:
        UsageError: they would be.
    """
    folder = out.resolve()
    for source in sources:
        if source.address is None and source.path.resolve() in (folder, folder / source.id):
            raise UsageError(
                f"the reports on {printable(source.id)} would be written among the submission's own files",
                next_step="Choose another folder with --out; it may be a new one inside of the submission.",
            )


@contextmanager
def _kept_folder(*, really: bool) -> Iterator[Path | None]:
    """A folder that outlives the run, unless nothing is in it."""
    if not really:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix=KEPT))
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
