"""`grader regrade DIR`: judges saved observations by the current rubric, and prints which scores changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.errors import EXIT_FAULT
from grader.report.formats.csv import GRADES_CSV
from grader.report.formats.interface import Batch
from grader.report.members import members_in
from grader.report.render import phrases
from grader.report.roster import Roster, read_roster
from grader.runs import assignments
from grader.runs.regrade import Regraded, regrade, write
from grader.text.console import plain_console, terminal_safe


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument("folder", type=Path, metavar="DIR", help="the reports that `grader grade` wrote")
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to judge by")
    command.add_argument(
        "--roster", type=Path, metavar="CSV", help="whose submission is whose, for grades.csv"
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge, write, and print what changed."""
    assignment = assignments.load(arguments.assignment)
    roster = roster_of(arguments.folder, arguments.roster)
    results = regrade(arguments.folder, assignment)
    ids = [item.after.submission.id for item in results]
    roster = roster.matched(ids)
    roster.check(ids, str(arguments.folder))
    gone = members_in(arguments.folder).gone
    batch = Batch(
        entries=[(item.after, item.details) for item in results if item.after.submission.id not in gone],
        gone=gone,
        handed_out=assignment.handed_out,
        people=roster.people,
        absent=roster.absent,
    )
    write(results, arguments.folder, batch)
    console = plain_console()
    for line in changes_in_words(results):
        console.print(terminal_safe(line))
    return EXIT_FAULT if any(item.after.status == "error" for item in results) else 0


def roster_of(folder: Path, named: Path | None) -> Roster:
    """The roster of `--roster`, or else the names in `grades.csv`, so that they are kept."""
    known = folder / GRADES_CSV
    if named is None and not known.exists():
        return Roster(known)
    return read_roster(named or known)


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
