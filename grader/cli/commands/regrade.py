"""`grader regrade DIR`: judges saved observations by the current rubric, and prints which scores changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.cli.class_options import add_class_options
from grader.errors import EXIT_FAULT, ConfigurationError, UsageError
from grader.files.reservation import writing_in
from grader.files.step_back import kept_files, write_keeping
from grader.report.details import ReportDetails
from grader.report.formats.interface import Batch
from grader.report.formats.json import GRADE_JSON
from grader.report.members import members_in
from grader.report.overrides import OVERRIDES
from grader.report.render import phrases
from grader.report.saved import read_report, report_folders
from grader.runs import assignments
from grader.runs.class_inputs import read_class_inputs
from grader.runs.regrade import Regraded, changed_files, regrade
from grader.text.console import plain_console, terminal_safe

_NAMED_AT_MOST = 10


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run_alone)
    command.add_argument("folder", type=Path, metavar="DIR", help="the reports that `grader grade` wrote")
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to judge by")
    add_class_options(command)
    command.add_argument(
        "--discard-edits",
        action="store_true",
        help="replace a grade.json that was changed by hand, though no override says what it said",
    )
    ways = command.add_mutually_exclusive_group()
    ways.add_argument("--dry-run", action="store_true", help="print what would change, and write nothing")
    ways.add_argument(
        "--undo", action="store_true", help="bring back what the last regrade replaced; again: forward"
    )


def run_alone(arguments: argparse.Namespace) -> int:
    """Regrade while no other command is at work in the folder."""
    with writing_in(arguments.folder):
        return run(arguments)


def run(arguments: argparse.Namespace) -> int:
    """Judge, write, and print what changed; with `--undo`, go back one step."""
    if arguments.undo:
        return undo(arguments)
    assignment = assignments.load(arguments.assignment)
    gone = members_in(arguments.folder).gone
    ids = [folder.name for folder in report_folders(arguments.folder) if folder.name not in gone]
    inputs = read_class_inputs(
        arguments.folder,
        assignment,
        roster=arguments.roster,
        overrides=arguments.overrides,
        from_grades=True,
    )
    roster = inputs.roster.matched(ids)
    if arguments.roster:
        roster.check(ids, str(arguments.folder))
    inputs = replace(inputs, roster=roster)
    record = inputs.record(ids, whole_class=True)
    results = regrade(arguments.folder, assignment, record)
    batch = Batch(
        entries=[(item.after, item.details) for item in results if item.after.submission.id not in gone],
        gone=gone,
        handed_out=assignment.handed_out,
        people=roster.people,
        absent=roster.absent,
        undated=record.undated(ids),
    )
    edited = [item for item in results if item.edited and item.after.submission.id not in record.words]
    if edited and not arguments.discard_edits and not arguments.dry_run:
        raise edits_refused(edited)
    files = changed_files(results, arguments.folder, batch, inputs.copies())
    if not arguments.dry_run:
        write_keeping(arguments.folder, files)
    console, notes = plain_console(), plain_console(stderr=True)
    for line in (*map(edited_in_words, edited), *inputs.remarks(ids, record)):
        notes.print(terminal_safe(line))
    for line in changes_in_words(results):
        console.print(terminal_safe(line))
    if arguments.dry_run:
        console.print(f"Nothing was written. {len(files)} files would be: without --dry-run they are.")
    elif files:
        console.print(terminal_safe(f"grader regrade {arguments.folder} --undo brings back what was there."))
    return EXIT_FAULT if any(item.after.status == "error" for item in results) else 0


def undo(arguments: argparse.Namespace) -> int:
    """Bring back what the last regrade replaced, and print what changes by that."""
    others = ("assignment", "roster", "overrides")
    if given := [name for name in others if getattr(arguments, name) is not None]:
        raise UsageError(f"--undo does not go with --{given[0]}", next_step="Leave it out.")
    folder: Path = arguments.folder
    files = kept_files(folder)
    names = sorted({name.partition("/")[0] for name in files if "/" in name})
    before = {name: read_report(folder / name).report for name in names}
    write_keeping(folder, files)
    results = [
        Regraded(folder / name, before[name], read_report(folder / name).report, ReportDetails())
        for name in names
    ]
    console = plain_console()
    for line in changes_in_words(results):
        console.print(terminal_safe(line))
    console.print(f"Brought back: {len(files)} files. The same command again takes this back.")
    if OVERRIDES not in files and (folder / OVERRIDES).is_file():
        console.print(f"{OVERRIDES} in that folder stays as it is, and the next regrade applies it.")
    return 0


def edits_refused(edited: Sequence[Regraded]) -> ConfigurationError:
    """Make an error about reports that were changed by hand: what somebody wrote there would be lost."""
    shown = [edited_in_words(item) for item in edited[:_NAMED_AT_MOST]]
    if len(edited) > _NAMED_AT_MOST:
        shown.append(f"The same goes for {len(edited) - _NAMED_AT_MOST} more reports.")
    return ConfigurationError(
        "\n".join(shown),
        next_step="Write the points that you gave into a file, with who and why, and pass it with "
        "--overrides: every report shows them then. Or pass --discard-edits.",
    )


def edited_in_words(item: Regraded) -> str:
    """A sentence about a report that was changed by hand, with the points that it says."""
    return (
        f"{item.folder / GRADE_JSON} was changed after the grader wrote it: "
        f"it says {phrases.score_and_bonus(item.before)}."
    )


def changes_in_words(results: Sequence[Regraded]) -> Iterator[str]:
    """A line for every changed score and criterion; then the submissions without a score, and the counts."""
    changed = [item for item in results if item.score_changed]
    for item in changed:
        before, after = phrases.score_and_bonus(item.before), phrases.score_and_bonus(item.after)
        yield f"{item.after.submission.id}: {before} -> {after}"
        for name, was, now in item.changed_criteria:
            yield f"    {name}: {was} -> {now}"
    again = [item.after.submission.id for item in results if item.after.status == "error"]
    for name in again:
        yield f"{name}: no score as before, needs a new run"
    others = sum(1 for item in results if item.verdict_changed and not item.score_changed)
    yield (
        f"{len(results)} reports: {len(changed)} with another score, {others} with the same score and other "
        f"verdicts or words, {len(again)} to be graded again"
    )
