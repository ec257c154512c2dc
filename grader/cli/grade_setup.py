"""Prepares a run of `grader grade`: checks folders, chooses PostgreSQL and isolation, starts the first slots.

Imports nothing else, so that the slots start while the rest of the grader is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from grader.assignment.model import Assignment
from grader.errors import BrokenPair, UnavailableError, UsageError
from grader.files.atomic import check_writable
from grader.files.reservation import writing_in
from grader.runtime.machine import jobs_here, jobs_in_memory
from grader.runtime.pairs.choose import Wanted, choose_pair, offering, proof_of, without_pair
from grader.runtime.pairs.proof import PairProof
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.extras import ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.slots import Slots
from grader.runtime.workspace import workspace
from grader.submission.sources import Source
from grader.text.console import plain_console, terminal_safe
from grader.text.folder_names import CLASS_FILES
from grader.text.names import printable

MOST_ON_A_CLUSTER = 1000
"""The most submissions at once on a cluster of any size: a thread waits here for each of them."""
KEPT = "migration-grader-kept-"
"""The prefix of the temporary folders that `--keep` makes."""


@dataclass(frozen=True)
class Backends:
    """What submissions are tried with on this machine."""

    postgres: PostgresBackend
    sandbox: SandboxBackend
    slots: Slots
    proof: PairProof
    """Says during the run whether the two work together."""


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to start."""

    sources: Sequence[Source]
    assignment: Assignment
    staging_folder: Path
    kept: Path | None
    """The staging folder if it is to be kept after the run."""
    backends: Backends | None
    """None on a cluster."""
    jobs: int
    """How many submissions at once, at most."""


T = TypeVar("T")


def with_prepared_run(
    sources: Sequence[Source],
    assignment: Assignment,
    arguments: argparse.Namespace,
    run: Callable[[PreparedRun], T],
) -> T:
    """Choose what to grade with, start the first slots, and run; everything is cleaned up afterwards.

    Where the choice is left to us and a pair of PostgreSQL and isolation fails before it has worked for any
    submission, it runs again with the next pair.

    Args:
        sources: what is to be graded.
        assignment: what to grade by.
        arguments: those of the command line.
        run: does it.

    Raises:
        GraderError: the arguments contradict each other, or this machine lacks what they ask for.
        BrokenPair: no pair is left, or the pair does not work any more.
    """
    refuse_reports_in_work(sources, arguments.out)
    refuse_folders_of_class_files(arguments.out)
    check_writable(arguments.out)
    with writing_in(arguments.out):
        return _with_some_pair(sources, assignment, arguments, run)


def _with_some_pair(
    sources: Sequence[Source],
    assignment: Assignment,
    arguments: argparse.Namespace,
    run: Callable[[PreparedRun], T],
) -> T:
    wanted = Wanted(
        arguments.postgres,
        arguments.isolation,
        batch=arguments.all or arguments.changed_since is not None or len(sources) > 1,
        extras=ExtraPackages(assignment.project.requirements, arguments.assignment),
    )
    broken: BrokenPair | None = None
    while True:
        try:
            with _prepared(sources, assignment, arguments, wanted) as prepared:
                return run(prepared)
        except BrokenPair as found:
            if found.worked or not wanted.leaves_choice or found.names in wanted.failed:
                raise
            broken = found
            wanted = without_pair(wanted, found.names, found.reason)
            print_progress(f"{found.message}\nThe next one is tried.")
        except UnavailableError:
            if broken is None:
                raise
            raise broken from None  # it says more than that nothing is left


@contextmanager
def _prepared(
    sources: Sequence[Source], assignment: Assignment, arguments: argparse.Namespace, wanted: Wanted
) -> Iterator[PreparedRun]:
    with workspace() as private, _kept_folder(enabled=arguments.keep) as kept:
        folder = kept or private
        jobs = jobs_of(arguments)
        if arguments.cluster:
            yield PreparedRun(sources, assignment, folder, kept, None, jobs)
            return
        pair = choose_pair(wanted, progress=print_progress, prepare=True)
        with closing(pair.postgres):
            if "://" in wanted.postgres:
                from grader.runs.database_in_use import refuse_if_in_use  # noqa: PLC0415 - rarely needed

                refuse_if_in_use(wanted.postgres)
            postgres = offering(pair, assignment.project.extensions)
            slots = Slots(postgres, pair.sandbox, private)
            with slots.expecting(_count_new(sources, arguments), at_once=jobs):
                print_progress(f"PostgreSQL: {pair.postgres.name}. Isolation: {pair.sandbox.name}.")
                backends = Backends(postgres, pair.sandbox, slots, proof_of(pair, postgres, slots))
                yield PreparedRun(sources, assignment, folder, kept, backends, jobs)


def print_progress(line: str) -> None:
    """Print a line on standard error."""
    plain_console(stderr=True).print(terminal_safe(line))


def jobs_of(arguments: argparse.Namespace) -> int:
    """How many submissions at once: `--jobs`, or as many as the machine or the cluster allows.

    Never more than this machine has memory for.
    """
    if arguments.cluster:
        return arguments.jobs or MOST_ON_A_CLUSTER
    if not arguments.jobs:
        return jobs_here()
    most = jobs_in_memory()
    if most is None or arguments.jobs <= most:
        return int(arguments.jobs)
    print_progress(
        f"--jobs {arguments.jobs} becomes {most}: there is no free memory for more submissions at once."
    )
    return most


def _count_new(sources: Sequence[Source], arguments: argparse.Namespace) -> int:
    """How many submissions have no report yet; the others may turn out to be unchanged."""
    reports = (arguments.out / source.id / "grade.json" for source in sources)
    return sum(arguments.fresh or not report.exists() for report in reports)


def refuse_reports_in_work(sources: Sequence[Source], out: Path) -> None:
    """Refuse to write reports among a student's own files.

    Raises:
        UsageError: they would be written there.
    """
    folder = out.resolve()
    for source in sources:
        if source.address is not None:
            continue
        work = source.path.resolve()
        # What lies beside reports is left out of the grading, so a folder with code would be missing.
        with_code = work in folder.parents and next(folder.rglob("*.py"), None) is not None
        if work in (folder, folder / source.id) or with_code:
            raise UsageError(
                f"the reports on {printable(source.id)} would be written among the submission's own files",
                next_step="Choose another folder with --out; it may be a new one inside of the submission.",
            )


def refuse_folders_of_class_files(out: Path) -> None:
    """Refuse a folder of reports where a folder has the name of a class file, before anything is graded.

    Raises:
        UsageError: a file of the class could not be written.
    """
    for name in sorted(CLASS_FILES):
        if (out / name).is_dir():
            raise UsageError(
                f"{printable(str(out / name))} is a folder, where a file of the class belongs",
                next_step="Remove it, or choose another folder with --out.",
            )


@contextmanager
def _kept_folder(*, enabled: bool) -> Iterator[Path | None]:
    """A folder that stays after the run, unless it is empty; None if not enabled."""
    if not enabled:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix=KEPT))
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
