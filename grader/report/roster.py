"""The roster: a CSV file that says whose submission is whose, or one that a platform lets one download.

Read strictly, because a grade for the wrong person is worse than none: whatever has two possible meanings is
refused, with its line and column. Must not know which system the grades go to.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.assignment.late import LateRule
from grader.errors import ConfigurationError
from grader.files.text_file import read_text
from grader.report.model import Person
from grader.report.roster_columns import (
    DUE,
    GRADESCOPE_ID,
    PERSON_COLUMNS,
    SUBMISSION,
    SUBMITTED,
    Layout,
    heading,
    layout_of,
    unknown_columns,
)
from grader.report.roster_matching import match
from grader.text.folder_names import find_folder
from grader.text.platform_names import read_name
from grader.text.untrusted import single_line

_SHARED_COLUMNS = ("name", "section")
"""Columns in which two people may have the same text; in all others it names one person."""
_NAMED_AT_MOST = 10
_MISTYPED = 0.8
"""How alike two names of submissions are if one is probably the other, mistyped."""
_MOMENTS = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p")
"""How Moodle writes a time in English."""
_ZONE = re.compile(r"\s*(?:(UTC|Z)|([+-]\d\d):?(\d\d))$")
"""The end of a time that names its zone: `2026-05-04 23:10:00 -0800`, `... UTC`."""
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class RosterEntry:
    """One line of a roster."""

    line: int
    submission: str
    """Empty for someone who handed nothing in."""
    person: Person
    submitted: str = ""
    """When it was handed in, as the roster writes it; empty if it does not say."""
    due: str = ""
    """When it was due for this person; empty for the same as all others."""
    gradescope: str = ""
    """The number of the submission on Gradescope."""
    missing: bool = False
    """The submission that the roster names is not there."""


@dataclass(frozen=True)
class Roster:
    """A roster that was read and is consistent."""

    path: Path
    entries: tuple[RosterEntry, ...] = ()
    platform: str = ""
    """Whose file it is; empty for a roster of the instructor's own."""
    names_submissions: bool = True
    """Whether it says which submission is whose; otherwise `matched` finds that out."""
    remark: str = ""
    """What the instructor should know of it: columns that mean nothing."""

    @property
    def people(self) -> dict[str, Person]:
        """Submission id to person."""
        return {entry.submission: entry.person for entry in self.entries if entry.submission}

    @property
    def absent(self) -> tuple[Person, ...]:
        """The people who handed nothing in."""
        return tuple(entry.person for entry in self.entries if entry.missing or not entry.submission)

    def matched(self, submissions: Iterable[str]) -> Roster:
        """The same roster by the ids of submissions, where it has the names that they were handed in by.

        A roster that names no submissions gets those whose name says whose they are.

        Raises:
            ConfigurationError: two lines mean the same submission, or a name means two people.
        """
        known = frozenset(submissions)
        if not self.names_submissions:
            return self._with_found(sorted(known))
        found = [(entry, _found(entry.submission, known)) for entry in self.entries]
        entries = tuple(
            replace(entry, submission=name or entry.submission, missing=bool(entry.submission) and not name)
            for entry, name in found
        )
        _refuse_duplicates(self.path, entries)
        return replace(self, entries=entries)

    def by_platform(self, names: Mapping[str, tuple[str, Mapping[str, str]]]) -> Roster:
        """The same roster by the ids of submissions, where a platform's name says whose one is.

        Args:
            names: submission id to the name that it was handed in by, and to columns with the value in each
                that is its person's alone.
        """
        by_name = {name: submission for submission, (name, _) in names.items() if name}
        by_value = {
            (column, value.casefold()): submission
            for submission, (_, columns) in names.items()
            for column, value in columns.items()
        }

        def found(entry: RosterEntry) -> str:
            if entry.submission:
                return by_name.get(entry.submission, entry.submission)
            known = (by_value.get((name, getattr(entry.person, name).casefold())) for name in PERSON_COLUMNS)
            return next((submission for submission in known if submission), "")

        return replace(self, entries=tuple(replace(entry, submission=found(entry)) for entry in self.entries))

    def _with_found(self, known: Sequence[str]) -> Roster:
        given = {entry.submission for entry in self.entries if entry.submission}
        people = {
            at: (item.person, item.gradescope)
            for at, item in enumerate(self.entries)
            if item.submission not in known
        }
        found = match(people, [name for name in known if name not in given])
        if found.doubtful:
            shown = [single_line(text) for text in found.doubtful[:_NAMED_AT_MOST]]
            raise ConfigurationError(
                "\n".join([f"{self.path}: it cannot be told whose submission is whose.", *shown]),
                next_step=f"Add a column `{SUBMISSION}` with the names of the folders or archives.",
            )
        entries = tuple(
            replace(entry, submission=found.submission_of.get(at, "")) if at in people else entry
            for at, entry in enumerate(self.entries)
        )
        return replace(self, entries=entries)

    def unclaimed(self, submissions: Iterable[str]) -> tuple[str, ...]:
        """The submissions that no line is about; none if there is no line at all."""
        people = self.people
        return tuple(name for name in submissions if name not in people) if self.entries else ()

    def moments(self, rule: LateRule) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """When each submission was handed in, and when it was due if that is another time than the rule's.

        Raises:
            ConfigurationError: a time cannot be read, or has no zone; the message names line and column.
        """
        submitted: dict[str, datetime] = {}
        due: dict[str, datetime] = {}
        for entry in self.entries:
            for column, text, found in ((SUBMITTED, entry.submitted, submitted), (DUE, entry.due, due)):
                if entry.submission and text:
                    found[entry.submission] = self._moment(entry.line, column, text, rule)
        return submitted, due

    def _moment(self, line: int, column: str, text: str, rule: LateRule) -> datetime:
        where = f'{self.path}, line {line}, column {column}: "{single_line(text)}"'
        moment = _read_moment(text)
        if moment is None:
            raise ConfigurationError(
                f"{where} is no date with a time.", next_step="Write it like this: 2026-05-04T23:10:00+02:00."
            )
        in_zone = rule.in_zone(moment)
        if in_zone is None:
            raise ConfigurationError(
                f"{where} has no time zone.",
                next_step='Add the zone to each time (+02:00), or `zone = "Europe/Berlin"` to the table '
                "[late] of the assignment.",
            )
        return in_zone

    def check(self, submissions: Iterable[str], where: str) -> None:
        """Check that no line names a submission with a typing mistake; the message names `where` it is not.

        A submission that is not there belongs to somebody who handed in nothing. If its name is nearly that
        of one that no line names, it is probably the same.

        Raises:
            ConfigurationError: a name is probably mistyped; the message names the lines.
        """
        known = set(submissions)
        named = [entry for entry in self.entries if entry.submission]
        if known and named and not any(entry.submission in known for entry in named):
            first = named[0]
            raise ConfigurationError(
                f"{self.path}, line {first.line}, column {SUBMISSION}: there is no submission "
                f'"{single_line(first.submission)}" in {where}, and none of the others that are named.',
                next_step="Take the roster of this class, with the names of its folders or archives.",
            )
        unclaimed = self.unclaimed(sorted(known))
        problems = [
            f"{self.path}, line {entry.line}, column {SUBMISSION}: there is no submission "
            f'"{single_line(entry.submission)}" in {where}. Did you mean `{single_line(close[0])}`?'
            for entry in named
            if entry.submission not in known
            and (close := difflib.get_close_matches(entry.submission, unclaimed, n=1, cutoff=_MISTYPED))
        ]
        if not problems:
            return
        if len(problems) > _NAMED_AT_MOST:
            more = len(problems) - _NAMED_AT_MOST
            problems[_NAMED_AT_MOST:] = [f"The same goes for {more} more lines."]
        raise ConfigurationError(
            "\n".join(problems),
            next_step="Correct the name, or leave the cell empty for someone who handed nothing in.",
        )


def _found(name: str, known: frozenset[str]) -> str | None:
    """The id of a submission, by the name of its file or folder."""
    hand_in = read_name(name)
    return find_folder(name, known) or (None if hand_in is None else find_folder(hand_in.id, known))


def read_roster(path: Path) -> Roster:
    """Read a roster: UTF-8, with commas, semicolons or tabs, a header, one person a line.

    A roster of one's own has the column `submission`; those of `PERSON_COLUMNS`, `submitted` and `due` are
    optional, in any order. The files of `roster_columns.PLATFORMS` are told by their columns.

    Raises:
        ConfigurationError: it cannot be read, or a value that names one person is there twice; the message
            names line and column.
    """
    text = read_text(path)
    header, *rows = _rows(path, text) or [(1, [])]
    columns = [heading(name) for name in header[1]]
    layout = layout_of(columns)
    if SUBMISSION not in columns and not layout.name:
        there = ", ".join(f"`{single_line(name)}`" for name in columns if name) or "none"
        raise ConfigurationError(
            f"{path}, line 1: there is no column `{SUBMISSION}`. There are: {there}.",
            next_step="Give the roster a header with `submission` (the names of the submissions' folders or "
            f"archives) and any of: {', '.join(PERSON_COLUMNS)}; or take a file that Canvas, Moodle, "
            "Gradescope or GitHub Classroom lets you download.",
        )
    for name in layout.columns:
        if columns.count(name) > 1:
            raise ConfigurationError(f"{path}, line 1: the column `{name}` is there more than once.")
    read = (_entry(path, number, columns, row, layout) for number, row in rows if any(map(str.strip, row)))
    entries = tuple(entry for entry in read if entry is not None)
    _refuse_duplicates(path, entries)
    remark = "" if layout.name else unknown_columns(columns)
    return Roster(
        path,
        entries,
        platform=layout.name,
        names_submissions=SUBMISSION in (layout.columns.get(name) for name in columns),
        remark=f"{path}, line 1: {single_line(remark)}" if remark else "",
    )


def roster_rows(roster: Roster) -> list[list[str]]:
    """The roster as rows of its own layout, the header first, with the columns that say something."""
    rows = [_cells(entry) for entry in roster.entries]
    columns = [SUBMISSION, *(name for name in _CELLS if any(row[name] for row in rows))]
    return [columns, *([row[name] for name in columns] for row in rows)]


_CELLS = (*PERSON_COLUMNS, SUBMITTED, DUE)


def _cells(entry: RosterEntry) -> Mapping[str, str]:
    person = {name: str(getattr(entry.person, name)) for name in PERSON_COLUMNS}
    return {SUBMISSION: entry.submission, **person, SUBMITTED: entry.submitted, DUE: entry.due}


def _read_moment(text: str) -> datetime | None:
    """A time as people and platforms write it; None if it is none."""
    zone = _ZONE.search(text)
    plain = text if zone is None else text[: zone.start()] + ("+00:00" if zone[1] else f"{zone[2]}:{zone[3]}")
    try:
        return datetime.fromisoformat(plain) if ":" in plain else None
    except ValueError:
        pass
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is that of the rule
        except ValueError:
            continue
    return None


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Each row with the line that it begins on."""
    head = text.split("\n", maxsplit=1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begin = 1
    try:
        for row in reader:
            rows.append((begin, row))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(
            f"{path}, line {begin}: this is not valid CSV ({error}).",
            next_step="Save the roster as CSV from a spreadsheet, or look for an extra quotation mark.",
        ) from None
    return rows


def _entry(
    path: Path, number: int, columns: Sequence[str], row: Sequence[str], layout: Layout
) -> RosterEntry | None:
    if len(row) != len(columns):
        raise ConfigurationError(
            f"{path}, line {number}: there are {len(row)} cells, but {len(columns)} columns.",
            next_step="Put text that contains a comma in quotation marks.",
        )
    values = layout.read({name: _plain(text) for name, text in zip(columns, row, strict=True)})
    if values is None:
        return None
    return RosterEntry(
        number,
        values.get(SUBMISSION, ""),
        Person(**{name: values[name] for name in PERSON_COLUMNS if name in values}),
        submitted=values.get(SUBMITTED, ""),
        due=values.get(DUE, ""),
        gradescope=values.get(GRADESCOPE_ID, ""),
    )


def _plain(text: str) -> str:
    """A cell's text without the apostrophe that `grades.csv` puts before what could be a formula."""
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def _refuse_duplicates(path: Path, entries: Sequence[RosterEntry]) -> None:
    names = (SUBMISSION, *(name for name in PERSON_COLUMNS if name not in _SHARED_COLUMNS))
    for name in names:
        seen: dict[str, int] = {}
        for entry in entries:
            value = entry.submission if name == SUBMISSION else str(getattr(entry.person, name))
            # Upper and lower case do not matter in e-mail addresses and logins, but they do in folder names.
            key = value if name == SUBMISSION else value.casefold()
            if key and key in seen:
                raise ConfigurationError(
                    f'{path}, line {entry.line}, column {name}: "{single_line(value)}" stands in line '
                    f"{seen[key]} already.",
                    next_step="Every line is one person with one submission: correct or remove one of them.",
                )
            seen[key] = entry.line
