"""The roster: a CSV file that says whose submission is whose.

Read strictly, because a grade for the wrong person is worse than none: whatever has two possible meanings is
refused, with its line and column. Must not know which system the grades go to.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from grader.errors import ConfigurationError
from grader.files.text_file import read_text
from grader.report.model import Person
from grader.text.folder_names import find_folder
from grader.text.platform_names import read_name
from grader.text.untrusted import single_line

SUBMISSION = "submission"
PERSON_COLUMNS = tuple(field.name for field in fields(Person))
_SHARED_COLUMNS = ("name", "section")
"""Columns in which two people may have the same text; in all others it names one person."""
_NAMED_AT_MOST = 10
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class RosterEntry:
    """One line of a roster."""

    line: int
    submission: str
    """Empty for someone who handed nothing in."""
    person: Person


@dataclass(frozen=True)
class Roster:
    """A roster that was read and is consistent."""

    path: Path
    entries: tuple[RosterEntry, ...] = ()

    @property
    def people(self) -> dict[str, Person]:
        """Submission id to person."""
        return {entry.submission: entry.person for entry in self.entries if entry.submission}

    @property
    def absent(self) -> tuple[Person, ...]:
        """The people who handed nothing in."""
        return tuple(entry.person for entry in self.entries if not entry.submission)

    def matched(self, submissions: Iterable[str]) -> Roster:
        """The same roster by the ids of submissions, where it has the names that they were handed in by.

        Raises:
            ConfigurationError: two lines mean the same submission.
        """
        known = frozenset(submissions)
        entries = tuple(
            replace(entry, submission=_found(entry.submission, known) or entry.submission)
            for entry in self.entries
        )
        _refuse_duplicates(self.path, entries)
        return Roster(self.path, entries)

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

    def check(self, submissions: Iterable[str], where: str) -> None:
        """Check that every submission in the roster exists; the message names `where` it was looked for.

        Raises:
            ConfigurationError: one does not exist; the message names the lines.
        """
        known = set(submissions)
        unknown = [entry for entry in self.entries if entry.submission and entry.submission not in known]
        if not unknown:
            return
        problems = [
            f"{self.path}, line {entry.line}, column {SUBMISSION}: there is no submission "
            f'"{single_line(entry.submission)}" in {where}.'
            for entry in unknown[:_NAMED_AT_MOST]
        ]
        if len(unknown) > _NAMED_AT_MOST:
            problems.append(f"The same goes for {len(unknown) - _NAMED_AT_MOST} more lines.")
        raise ConfigurationError(
            "\n".join(problems),
            next_step="Correct the id, or leave the cell empty for someone who handed nothing in.",
        )


def _found(name: str, known: frozenset[str]) -> str | None:
    """The id of a submission, by the name of its file or folder."""
    hand_in = read_name(name)
    return find_folder(name, known) or (None if hand_in is None else find_folder(hand_in.id, known))


def read_roster(path: Path) -> Roster:
    """Read a roster: UTF-8, with commas, semicolons or tabs, a header, one person a line.

    The column `submission` is required. The columns of `PERSON_COLUMNS` are optional, in any order. Other
    columns are ignored.

    Raises:
        ConfigurationError: it cannot be read, or a value that names one person is there twice; the message
            names line and column.
    """
    text = read_text(path)
    header, *rows = _rows(path, text) or [(1, [])]
    columns = [heading.strip().lower().replace(" ", "_") for heading in header[1]]
    if SUBMISSION not in columns:
        there = ", ".join(f"`{single_line(name)}`" for name in columns if name) or "none"
        raise ConfigurationError(
            f"{path}, line 1: there is no column `{SUBMISSION}`. There are: {there}.",
            next_step="Give the roster a header with `submission` (the names of the submissions' folders or "
            f"archives) and any of: {', '.join(PERSON_COLUMNS)}.",
        )
    for name in (SUBMISSION, *PERSON_COLUMNS):
        if columns.count(name) > 1:
            raise ConfigurationError(f"{path}, line 1: the column `{name}` is there more than once.")
    entries = tuple(_entry(path, number, columns, row) for number, row in rows if any(map(str.strip, row)))
    _refuse_duplicates(path, entries)
    return Roster(path, entries)


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


def _entry(path: Path, number: int, columns: Sequence[str], row: Sequence[str]) -> RosterEntry:
    if len(row) != len(columns):
        raise ConfigurationError(
            f"{path}, line {number}: there are {len(row)} cells, but {len(columns)} columns.",
            next_step="Put text that contains a comma in quotation marks.",
        )
    values = {name: _plain(text) for name, text in zip(columns, row, strict=True)}
    person = Person(**{name: values[name] for name in PERSON_COLUMNS if name in values})
    return RosterEntry(number, values[SUBMISSION], person)


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
