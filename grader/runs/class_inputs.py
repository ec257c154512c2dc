"""What a person gave for a class besides the submissions: a roster and overrides. Read, checked, and kept.

A copy of each lies beside the reports, as `roster.csv` and `overrides.toml`, and is used by later runs that
are given no other: names and the word of people do not get lost. Must not know which command is run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.files.atomic import write_atomically
from grader.report.class_record import ClassRecord
from grader.report.formats.csv import GRADES_CSV, document
from grader.report.overrides import OVERRIDES, Overrides, read_overrides
from grader.report.roster import Roster, read_roster, roster_rows

ROSTER = "roster.csv"
_NAMED_AT_MOST = 10


@dataclass(frozen=True)
class ClassInputs:
    """The roster and the overrides of a run."""

    folder: Path
    """The folder of the reports."""
    assignment: Assignment
    roster: Roster
    overrides: Overrides | None = None
    new: Mapping[str, Path] = field(default_factory=dict)
    """The files that were named for this run, by the names of their copies."""

    def record(self, submissions: Collection[str], *, whole_class: bool) -> ClassRecord:
        """What is known of these submissions. The roster has to be matched already.

        Raises:
            ConfigurationError: an override or a time means nothing; the message names the line.
        """
        rule = self.assignment.late
        submitted, due = ({}, {}) if rule is None else self.roster.moments(rule)
        words = (
            {}
            if self.overrides is None
            else self.overrides.words(
                submissions, self.roster.people, self.roster.absent, whole_class=whole_class
            )
        )
        return ClassRecord(self.roster.people, words, rule, submitted, due)

    def of_class(self, submissions: Collection[str]) -> ClassInputs:
        """The same for all submissions of the class that the reports are about, and not only those of a run.

        Raises:
            ConfigurationError: two lines of the roster mean the same submission.
        """
        return replace(self, roster=self.roster.matched(submissions))

    def remarks(self, submissions: Collection[str], record: ClassRecord) -> list[str]:
        """What the person who runs it should know: columns that mean nothing, submissions of nobody."""
        remarks = [self.roster.remark] if self.roster.remark else []
        if self.roster.platform and ROSTER in self.new:
            remarks.append(f"{self.roster.path} is read as a file of {self.roster.platform}.")
        if unclaimed := self.roster.unclaimed(submissions):
            remarks.append(f"In no line of the roster ({len(unclaimed)}): {_listed(unclaimed)}.")
        if undated := record.undated(submissions):
            remarks.append(
                f"No time of submission is known, so nothing was taken for being late ({len(undated)}): "
                f"{_listed(undated)}. The column `submitted` of a roster says it."
            )
        return remarks

    def copies(self) -> dict[str, bytes]:
        """The copies of what was named for this run, by their names; the roster with the submissions' ids."""
        files = {}
        if ROSTER in self.new:
            files[ROSTER] = document(roster_rows(self.roster))
        if OVERRIDES in self.new:
            files[OVERRIDES] = self.new[OVERRIDES].read_bytes()
        return files

    def keep(self) -> None:
        """Write the copies.

        Raises:
            GraderError: a file cannot be written.
        """
        for name, data in self.copies().items():
            write_atomically(self.folder / name, data)


def read_class_inputs(
    folder: Path,
    assignment: Assignment,
    *,
    roster: Path | None = None,
    overrides: Path | None = None,
    from_grades: bool = False,
) -> ClassInputs:
    """Read what was named, or else the copies that an earlier run left.

    With `from_grades`, the names in `grades.csv` are taken where there is no roster.

    Raises:
        ConfigurationError: a file cannot be read or is wrong; the message names the line.
    """
    named = {ROSTER: roster, OVERRIDES: overrides}
    new = {name: path for name, path in named.items() if path is not None}
    roster_path = roster or _kept(folder, ROSTER)
    if roster_path is None and from_grades:
        roster_path = _kept(folder, GRADES_CSV)
    overrides_path = overrides or _kept(folder, OVERRIDES)
    return ClassInputs(
        folder,
        assignment,
        Roster(folder / ROSTER) if roster_path is None else read_roster(roster_path),
        None if overrides_path is None else read_overrides(overrides_path, assignment),
        new,
    )


def _kept(folder: Path, name: str) -> Path | None:
    path = folder / name
    return path if path.is_file() else None


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:_NAMED_AT_MOST]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
