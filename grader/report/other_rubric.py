"""Tells whether the reports in a folder were made by the assignment that is to be graded by now.

Must not know how submissions are graded.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.assignment.model import Assignment
from grader.report.members import made_by, members_in


def what_changes(folder: Path, graded: Iterable[str], assignment: Assignment, *, whole: bool) -> list[str]:
    """What to say before a run starts.

    Args:
        folder: the folder of reports.
        graded: the ids of the submissions that the run grades.
        assignment: what it grades by.
        whole: whether they are the whole class.
    """
    ids = set(graded)
    known = members_in(folder)
    found = made_by(folder, dict.fromkeys([*ids, *known.submissions]))
    lines = []
    foreign = sorted({made.id for name, made in found.items() if name in ids and made.id != assignment.id})
    if foreign:
        count = sum(made.id != assignment.id for name, made in found.items() if name in ids)
        lines.append(
            f"{folder} holds {_reports(count)} of another assignment ({', '.join(foreign)}), which this run "
            "replaces. Choose another folder with --out to keep them."
        )
    older = {
        name for name, made in found.items() if made.id == assignment.id and made.sha256 != assignment.sha256
    }
    if again := len(older & ids):
        lines.append(
            f"{_reports(again)} in {folder} {'was' if again == 1 else 'were'} made by another version of the "
            "assignment's file. This run grades them again, by the one of today."
        )
    if (left := len(older - ids)) and not whole:
        lines.append(
            f"{_reports(left)} in {folder} {'was' if left == 1 else 'were'} made by another version of the "
            "assignment's file, and this run does not grade them. `grader regrade` judges all by one rubric."
        )
    return lines


def _reports(count: int) -> str:
    return f"{count} report{'s' if count != 1 else ''}"
