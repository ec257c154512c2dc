"""`grader grade PATH...`: reads the command line, starts the first slots, and then loads `grade_run`.

Imports little, so that most of the grader is loaded while the first slots start.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.cli.class_options import add_class_options
from grader.cli.grade_setup import PreparedRun, print_progress, with_prepared_run
from grader.errors import NothingToGradeError, UsageError
from grader.report.formats import DEFAULT_FORMATS, FORMATS
from grader.report.other_rubric import what_changes
from grader.runs import assignments
from grader.runs.class_inputs import read_class_inputs
from grader.runtime.sandbox.choose import CHOICES
from grader.submission.class_folder import class_top, is_class_archive
from grader.submission.sources import Source, address_in, sources_changed, sources_in, sources_named
from grader.text.names import printable
from grader.text.suggestions import did_you_mean


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="a submission: folder, archive, git URL or bare repository"
    )
    command.add_argument(
        "--all", action="store_true", help="every child of PATH, a folder or an archive, is a submission"
    )
    command.add_argument(
        "--changed-since",
        metavar="REV",
        help="of PATH, a folder in a clone, only what has changed since a commit, by the assignment at it",
    )
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to grade by")
    command.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")
    command.add_argument("--fresh", action="store_true", help="grade unchanged submissions again")
    command.add_argument("--keep", action="store_true", help="keep the graded files in a temporary folder")
    command.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="grade on the workers of a Dask cluster, by its scheduler's address",
    )
    add_places(command)
    command.add_argument(
        "--format",
        default=",".join(DEFAULT_FORMATS),
        metavar="LIST",
        help=f"report files, of {', '.join(FORMATS)}; default: %(default)s",
    )
    add_class_options(command)
    command.add_argument(
        "--fail-under", type=percentage, metavar="PERCENT", help="exit with 1 when a score is below this"
    )
    command.add_argument("--verbose", action="store_true", help="show where the time went")


def add_places(command: argparse.ArgumentParser) -> None:
    """Add the arguments that say where submissions are tried, and how many at once."""
    command.add_argument(
        "--jobs",
        type=positive,
        metavar="N",
        help="submissions at once; default: as many as cores and memory, or the cluster, allow",
    )
    command.add_argument(
        "--postgres",
        default="auto",
        metavar="WHICH",
        help="auto, container, embedded, or the URL of a server for tests; default: auto",
    )
    command.add_argument(
        "--isolation", default="auto", choices=CHOICES, help="how students' code is confined; default: auto"
    )


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def percentage(text: str) -> float:
    """A number from 0 to 100."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 100")
    return value


def formats_in(text: str) -> list[str]:
    """The formats of `--format`."""
    wanted = [item.strip() for item in text.split(",") if item.strip()]
    unknown = [item for item in wanted if item not in FORMATS]
    if unknown or not wanted:
        meant = did_you_mean(unknown[0], FORMATS) if unknown else ""
        raise UsageError(
            f"there is no report format called {', '.join(unknown)}"
            if unknown
            else "--format names no format",
            next_step=" ".join(filter(None, [meant, f"Use any of: {', '.join(FORMATS)}."])),
        )
    return wanted


def run(arguments: argparse.Namespace) -> int:
    """`grader grade`; returns the exit code."""
    formats = formats_in(arguments.format)
    if "github" not in formats:
        return _grade(arguments, formats)
    from grader.integrations.github.actions import annotate_errors  # noqa: PLC0415 - needed only on GitHub

    with annotate_errors(enabled=True):
        return _grade(arguments, formats)


def _grade(arguments: argparse.Namespace, formats: Sequence[str]) -> int:
    assignment = find_assignment(arguments.assignment, arguments.changed_since)
    if not arguments.all or len(arguments.paths) != 1 or not is_class_archive(Path(arguments.paths[0])):
        return _grade_sources(arguments, formats, assignment)
    from grader.submission.class_archive import unpacked_class  # noqa: PLC0415 - rarely needed

    print_progress(f"Unpacking {printable(arguments.paths[0])} ...")
    with unpacked_class(Path(arguments.paths[0]), assignment.limits) as folder:
        arguments.paths = [str(class_top(folder, assignment))]
        return _grade_sources(arguments, formats, assignment)


def _grade_sources(arguments: argparse.Namespace, formats: Sequence[str], assignment: Assignment) -> int:
    if arguments.changed_since is None:
        sources = find_sources(arguments.paths, assignment, out=arguments.out, every_child=arguments.all)
    else:
        sources = changed_sources(
            arguments.paths, assignment, arguments.changed_since, every_child=arguments.all
        )
    ids = [source.id for source in sources]
    inputs = read_class_inputs(
        arguments.out, assignment, roster=arguments.roster, overrides=arguments.overrides
    )
    names = {source.id: (source.handed_in_as, source.columns) for source in sources}
    roster = inputs.roster.by_platform(names).matched(ids)
    if arguments.all and arguments.roster:  # without `--all`, only a part of the class is graded
        roster.check(ids, str(arguments.paths[0]))
    inputs = replace(inputs, roster=roster)
    record = inputs.record(ids, whole_class=arguments.all)
    for remark in inputs.remarks(ids, record):
        print_progress(remark)

    for line in what_changes(arguments.out, ids, assignment, whole=arguments.all):
        print_progress(line)

    def run_prepared(prepared: PreparedRun) -> int:
        from grader.cli.grade_run import grade_run  # noqa: PLC0415 - loaded while the first slots start

        return grade_run(prepared, inputs, record, arguments, formats)

    return with_prepared_run(sources, assignment, arguments, run_prepared)


def find_sources(
    paths: Sequence[str], assignment: Assignment, *, out: Path, every_child: bool
) -> list[Source]:
    """The submissions that the command line names."""
    if not every_child:
        return sources_named(paths, assignment)
    if len(paths) != 1:
        raise UsageError("--all takes one folder", next_step="Name the folder that holds the submissions.")
    if (address := address_in(paths[0])) is not None:
        raise UsageError(f"--all takes a folder, not {address.shown}", next_step="Leave out --all.")
    return sources_in(Path(paths[0]), assignment, out=out, notify=print_progress)


def find_assignment(path: Path | None, changed_since: str | None) -> Assignment:
    """The assignment to grade by; with `--changed-since`, as it was at that commit."""
    if path is not None and changed_since is not None:
        return assignments.load_before(path, changed_since)
    return assignments.load(path)


def changed_sources(
    paths: Sequence[str], assignment: Assignment, changed_since: str, *, every_child: bool
) -> list[Source]:
    """The submissions in a folder that have changed since a commit."""
    if every_child or len(paths) != 1:
        raise UsageError(
            "--changed-since takes one folder, and no --all",
            next_step="Name the folder that holds the submissions.",
        )
    from grader.submission.changes import find_changes  # noqa: PLC0415 - rarely needed

    changes = find_changes(Path(paths[0]), changed_since)
    if not changes.submissions:
        raise NothingToGradeError(
            f"No submission in {paths[0]} has changed since {changed_since}.",
            next_step="There is nothing to do.",
        )
    return sources_changed(Path(paths[0]), changes.submissions, assignment)
