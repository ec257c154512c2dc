"""Runs `grader grade` after its preparation: grades, writes the class's files, and prints the results."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from grader.cli.grade_setup import PreparedRun, print_progress
from grader.cli.interrupted import told_how_to_go_on
from grader.cli.progress import ProgressCounts, progress_for
from grader.errors import EXIT_BELOW, EXIT_FAULT, UsageError
from grader.integrations.github.actions import announce_low, commands_stopped, folder_in_repository, publish
from grader.report.class_record import NOTHING_KNOWN, ClassRecord
from grader.report.formats.interface import Batch
from grader.report.model import GradeReport, Person
from grader.report.render.terminal import print_batch, print_report, print_timings
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_inputs import ClassInputs
from grader.runs.class_memory import ClassMemory, ReducedResult
from grader.runs.class_reports import class_reports
from grader.runs.edited import EDITED
from grader.runs.local import LocalRunner
from grader.runs.report_writer import write_class_files
from grader.runs.runner import Runner
from grader.runs.seal import Seal
from grader.submission.staging import StagingArea
from grader.text.console import is_read_by_a_program, plain_console, terminal_safe
from grader.text.untrusted import single_line


@dataclass(frozen=True)
class Results:
    """The results of a run."""

    submissions: list[ReducedResult]
    """In the order of the sources."""
    summary: str
    """Counts, time and pace, in one line."""
    kept: Path | None = None
    """The folder with the graded files; None unless `--keep` is given."""


def grade_run(
    prepared: PreparedRun,
    inputs: ClassInputs,
    record: ClassRecord,
    arguments: argparse.Namespace,
    formats: Sequence[str],
) -> int:
    """Grade, write the reports, and print the results; returns the exit code.

    Raises:
        GraderError: the arguments contradict each other, the cluster cannot be used, or a file cannot be
            written.
    """
    on_github = "github" in formats
    with commands_stopped(enabled=on_github):
        results = _graded(prepared, record, arguments, formats)
        memory = ClassMemory(arguments.out, prepared.assignment, record)
        batch = Batch(
            entries=[(item.report, item.details) for item in results.submissions],
            handed_out=prepared.assignment.handed_out,
            whole=partial(memory.whole_reports, results.submissions),
        )
        ids = [report.submission.id for report in batch.reports]
        known = class_reports(arguments.out, ids, prepared.assignment, whole=arguments.all)
        inputs = inputs.of_class(known.members.submissions)
        absent = inputs.roster.absent if arguments.all or known.others else ()
        of_class = replace(
            known.completed(batch, prepared.assignment, print_progress),
            people=inputs.roster.people,
            absent=absent,
            undated=record.undated(known.members.submissions),
        )
        write_class_files(of_class, arguments.out, known.formats(formats))
        inputs.keep()
        show(results, absent if arguments.all else (), verbose=arguments.verbose)
        plain_console().print(f"Reports: {terminal_safe(str(arguments.out))}")
        if known.members.gone:
            names = terminal_safe(", ".join(map(single_line, known.members.gone)))
            plain_console().print(f"Not in the class any more, and in no file of the class: {names}")
    if on_github:
        folders = {item.report.submission.id: item.folder for item in results.submissions if item.folder}
        publish(list(batch.whole_reports), folders)
        if low := below(batch.reports, arguments.fail_under):
            announce_low(low, arguments.fail_under)
    return exit_code(batch.reports, arguments.fail_under)


def _graded(
    prepared: PreparedRun, record: ClassRecord, arguments: argparse.Namespace, formats: Sequence[str]
) -> Results:
    in_course = arguments.changed_since is not None
    staging = StagingArea(
        prepared.staging_folder, without=arguments.out, keep=arguments.keep, in_course=in_course
    )
    with _runner(prepared, arguments, staging) as runner:
        counts = ProgressCounts(len(prepared.sources))
        spec = run_spec_of(arguments, formats, prepared, record)
        with (
            told_how_to_go_on(counts, spec.out, fresh=spec.fresh, reusable="json" in formats),
            progress_for(plain_console(stderr=True), counts) as progress,
        ):
            done = grade_all(prepared.sources, runner, spec, progress)
    kept = prepared.kept if prepared.kept is not None and any(prepared.kept.iterdir()) else None
    return Results(done, counts.summary(), kept)


def _runner(
    prepared: PreparedRun, arguments: argparse.Namespace, staging: StagingArea
) -> AbstractContextManager[Runner]:
    if (backends := prepared.backends) is None:
        return _cluster_runner(prepared, arguments, staging)
    tools = backends.postgres, backends.sandbox, staging.folder
    return nullcontext(
        LocalRunner(prepared.assignment, *tools, staging=staging, slots=backends.slots, proof=backends.proof)
    )


def _cluster_runner(
    prepared: PreparedRun, arguments: argparse.Namespace, staging: StagingArea
) -> AbstractContextManager[Runner]:
    if "://" in arguments.postgres:
        raise UsageError(
            "--cluster does not go with the URL of a server: each worker has a PostgreSQL of its own",
            next_step="Use --postgres auto, container or embedded.",
        )
    try:
        # Dask is an extra, and takes long to load.
        from grader.runs.cluster.client import connected  # noqa: PLC0415
        from grader.runs.cluster.messages import RunRequest  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise UsageError(
            "--cluster needs Dask, which is not installed",
            next_step="Install it here and on all workers: pip install 'migration-grader[dask]'",
        ) from error
    request = RunRequest(prepared.assignment, arguments.postgres, arguments.isolation)
    return connected(arguments.cluster, request, staging, print_progress)


def run_spec_of(
    arguments: argparse.Namespace,
    formats: Sequence[str],
    prepared: PreparedRun,
    record: ClassRecord = NOTHING_KNOWN,
) -> RunSpec:
    """The run that the command line asks for."""
    return RunSpec(
        out=arguments.out,
        formats=tuple(formats),
        jobs=prepared.jobs,
        fresh=arguments.fresh,
        whole=len(prepared.sources) == 1,
        timings=arguments.verbose,
        locate=folder_in_repository if "github" in formats else None,
        record=record,
        seal=Seal.of_this_user(),
    )


def show(results: Results, absent: Sequence[Person] = (), *, verbose: bool) -> None:
    """Print one report in full, or a table of many; then the summary."""
    console, plain = Console(), plain_console()
    submissions = results.submissions
    if len(submissions) == 1:
        print_report(submissions[0].report, console)
    else:
        whole = is_read_by_a_program(console)
        print_batch([item.report for item in submissions], console, absent, whole=whole)
    if verbose:
        for item in submissions:
            console.print()
            plain.print(f"Time for {terminal_safe(single_line(item.report.submission.id))}")
            print_timings(item.timings.phases, item.timings.work, console)
    if len(submissions) > 1:
        plain.print(results.summary)
    if any(item.taken_over for item in submissions):
        plain.print("Unchanged submissions were taken over from an earlier run; --fresh grades them again.")
    if edited := [single_line(item.report.submission.id) for item in submissions if item.edited]:
        plain.print(terminal_safe(f"Changed by hand: grade.json of {', '.join(edited)}."))
        plain.print(f"It is as the grader finds it again; what it said is kept beside it as {EDITED}.")
        plain.print("Points by hand belong into a file for --overrides: every report shows them then.")
    if results.kept is not None:
        plain.print(f"Graded files: {terminal_safe(str(results.kept))}")


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
