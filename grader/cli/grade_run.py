"""The part of `grader grade` that takes long: grades, writes the class's files, and shows how it went."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from grader.cli.grade_start import Begun, tell
from grader.cli.progress import ProgressCounts, progress_for
from grader.errors import UsageError
from grader.integrations.github.actions import announce_low, commands_stopped, places_of, publish
from grader.report.files import Batch
from grader.report.model import GradeReport
from grader.report.render.terminal import print_batch, print_report, print_timings
from grader.report.roster import Roster
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_memory import ClassMemory, ReducedResult
from grader.runs.local import LocalRunner
from grader.runs.report_writer import write_class_files
from grader.runs.runner import Runner
from grader.runs.seal import Seal
from grader.submission.staging import StagingArea
from grader.text.console import plain_console, terminal_safe
from grader.text.untrusted import single_line

EXIT_BELOW = 1
EXIT_FAULT = 5


@dataclass(frozen=True)
class Results:
    """What came of a run."""

    submissions: list[ReducedResult]
    """In the order of the sources."""
    summary: str
    """How the run went, in one line."""
    kept: Path | None = None
    """Where the files are that were graded, for whoever wants to look at them."""


def grade_run(begun: Begun, roster: Roster, arguments: argparse.Namespace, formats: Sequence[str]) -> int:
    """Grade, write the reports, and say how it went; the exit code.

    Raises:
        GraderError: it cannot be graded like that, or not here.
    """
    on_github = "github" in formats
    with commands_stopped(really=on_github):
        results = _graded(begun, arguments, formats)
        memory = ClassMemory(arguments.out, begun.assignment)
        batch = Batch(
            entries=[(item.report, item.details) for item in results.submissions],
            handed_out=begun.assignment.handed_out,
            people=roster.people,
            absent=roster.absent if arguments.all else (),
            whole=partial(memory.whole_reports, results.submissions),
        )
        write_class_files(batch, arguments.out, formats)
        show(results, verbose=arguments.verbose)
        plain_console().print(f"Reports: {terminal_safe(str(arguments.out))}")
    if on_github:
        places = {item.report.submission.id: item.source_lines for item in results.submissions}
        publish(list(batch.whole_reports), places)
        if low := below(batch.reports, arguments.fail_under):
            announce_low(low, arguments.fail_under)
    return exit_code(batch.reports, arguments.fail_under)


def _graded(begun: Begun, arguments: argparse.Namespace, formats: Sequence[str]) -> Results:
    """Grade; each submission's files are written when it is done."""
    staging = StagingArea(begun.folder, without=arguments.out, keep=arguments.keep)
    with _runner(begun, arguments, staging) as runner:
        tally = ProgressCounts(len(begun.sources))
        with progress_for(plain_console(stderr=True), tally) as progress:
            order = order_of(arguments, formats, begun)
            done = grade_all(begun.sources, runner, order, progress)
    kept = begun.kept if begun.kept is not None and any(begun.kept.iterdir()) else None
    return Results(done, tally.summary(), kept)


def _runner(
    begun: Begun, arguments: argparse.Namespace, staging: StagingArea
) -> AbstractContextManager[Runner]:
    if begun.here is None:
        return _cluster(begun, arguments, staging)
    here = begun.here
    return nullcontext(
        LocalRunner(
            begun.assignment, here.postgres, here.sandbox, staging.folder, staging=staging, slots=here.slots
        )
    )


def _cluster(
    begun: Begun, arguments: argparse.Namespace, staging: StagingArea
) -> AbstractContextManager[Runner]:
    if "://" in arguments.postgres:
        raise UsageError(
            "--cluster does not go with the URL of a server: each worker has a PostgreSQL of its own",
            next_step="Use --postgres auto, container or embedded.",
        )
    try:
        # Dask is an extra, and takes long to load.
        from grader.runs.cluster.client import connected  # noqa: PLC0415
        from grader.runs.cluster.messages import Errand  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise UsageError(
            "--cluster needs Dask, which is not installed",
            next_step="Install it here and on all workers: pip install 'migration-grader[dask]'",
        ) from error
    return connected(
        arguments.cluster,
        Errand(begun.assignment, arguments.postgres, arguments.isolation),
        staging,
        tell,
    )


def order_of(arguments: argparse.Namespace, formats: Sequence[str], begun: Begun) -> RunSpec:
    """What the command line asks for."""
    return RunSpec(
        out=arguments.out,
        formats=tuple(formats),
        jobs=begun.jobs,
        fresh=arguments.fresh,
        whole=len(begun.sources) == 1,
        timings=arguments.verbose,
        locate=places_of if "github" in formats else None,
        seal=Seal.of_this_user(),
    )


def show(results: Results, *, verbose: bool) -> None:
    """Print one report whole, or many as a table; then how the run went."""
    console, plain = Console(), plain_console()
    submissions = results.submissions
    if len(submissions) == 1:
        print_report(submissions[0].report, console)
    else:
        print_batch([item.report for item in submissions], console)
    if verbose:
        for item in submissions:
            console.print()
            plain.print(f"Time for {terminal_safe(single_line(item.report.submission.id))}")
            print_timings(item.timings.phases, item.timings.work, console)
    if len(submissions) > 1:
        plain.print(results.summary)
    if any(item.taken_over for item in submissions):
        plain.print("What has not changed since it was graded was taken over; --fresh grades it again.")
    if results.kept is not None:
        plain.print(f"What was graded: {terminal_safe(str(results.kept))}")


def exit_code(reports: Sequence[GradeReport], fail_under: float | None) -> int:
    """5 when a submission needs a new run, 1 when a score is too low, else 0."""
    if any(report.status == "error" for report in reports):
        return EXIT_FAULT
    return EXIT_BELOW if below(reports, fail_under) else 0


def below(reports: Sequence[GradeReport], fail_under: float | None) -> list[str]:
    """The ids of the submissions with too low a score."""
    return [
        report.submission.id
        for report in reports
        if fail_under is not None
        and report.score is not None
        and report.score < report.max_score * fail_under / 100
    ]
