"""`grader regrade DIR`: judges saved observations by the current rubric, and prints which scores changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.cli.class_options import add_class_options
from grader.errors import EXIT_FAULT
from grader.report.formats.interface import Batch
from grader.report.members import members_in
from grader.report.render import phrases
from grader.report.saved import report_folders
from grader.runs import assignments
from grader.runs.class_inputs import read_class_inputs
from grader.runs.regrade import Regraded, regrade, write
from grader.text.console import plain_console, terminal_safe


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument("folder", type=Path, metavar="DIR", help="the reports that `grader grade` wrote")
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to judge by")
    add_class_options(command)


def run(arguments: argparse.Namespace) -> int:
    """Judge, write, and print what changed."""
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
    write(results, arguments.folder, batch)
    inputs.keep()
    console, notes = plain_console(), plain_console(stderr=True)
    for line in inputs.remarks(ids, record):
        notes.print(terminal_safe(line))
    for line in changes_in_words(results):
        console.print(terminal_safe(line))
    return EXIT_FAULT if any(item.after.status == "error" for item in results) else 0


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
