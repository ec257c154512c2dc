"""`overrides.toml`: the word of people on points, which counts instead of what the grader found.

Read strictly: an override that names nobody, or two, is refused with its line. Must not know how a report
changes by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from grader.assignment.model import Assignment
from grader.assignment.tables import Number, Table, Text
from grader.assignment.toml_file import Key, TomlFile, suggestion
from grader.errors import ConfigurationError
from grader.report.model import Person
from grader.report.render import phrases
from grader.text.folder_names import find_folder

OVERRIDES = "overrides.toml"
"""The copy that lies beside the reports, so that later runs apply it as well."""
_TABLES = "override"
_LISTED_AT_MOST = 10
_NAMED_BY = (
    *("name", "email", "username", "github_username", "id_number"),
    *("moodle_id", "canvas_id", "sis_user_id", "sis_login_id"),
)
"""The columns of a roster that name a person."""


class OverrideTable(Table, frozen=True, kw_only=True):
    """One word of a person."""

    submission: Text | UnsetType = UNSET
    """The submission's folder or archive."""
    person: Text | UnsetType = UNSET
    """Instead of `submission`: the name, the address or a number of a person in the roster."""
    criterion: Text | UnsetType = UNSET
    """The id of a criterion; without it, the points are the whole score."""
    points: Number
    """The points that count."""
    comment: Text
    """Why. Students may read it."""
    by: Text
    """Who says so."""
    date: Annotated[date, Meta(title="a date without quotes, like 2026-05-04")]
    """The day on which they said so."""


class OverridesTable(Table, frozen=True):
    """The whole file."""

    schema_version: Literal["1"] = "1"
    """The version of this file's layout."""
    override: Annotated[tuple[OverrideTable, ...], Meta(title="one or more tables under [[override]]")] = ()


@dataclass(frozen=True)
class Word:
    """The word of a person on one criterion of a submission, or on its score."""

    criterion: str | None
    """None for the whole score."""
    points: float
    comment: str
    by: str
    date: str


@dataclass(frozen=True)
class Overrides:
    """A file that was read, by the rubric that it is about."""

    file: TomlFile
    tables: Sequence[OverrideTable]

    def words(
        self,
        submissions: Iterable[str],
        people: Mapping[str, Person],
        absent: Sequence[Person],
        *,
        whole_class: bool,
    ) -> dict[str, tuple[Word, ...]]:
        """Submission id to what people say of it.

        Args:
            submissions: the ids that there are.
            people: submission id to person, as the roster says.
            absent: people who handed in nothing.
            whole_class: whether all of the class is there. Otherwise, others than these may be named.

        Raises:
            ConfigurationError: an override names nobody, several, or the same as another one; the message
                names the line.
        """
        known = sorted(submissions)
        found: dict[str, dict[str | None, Word]] = {}
        first_lines: dict[tuple[str, str | None], int] = {}
        for index, table in enumerate(self.tables):
            name = self._submission(index, table, known, people, absent, whole_class=whole_class)
            if name is None:
                continue
            criterion = None if isinstance(table.criterion, UnsetType) else table.criterion
            line = self.file.line_of((_TABLES, index))
            if (name, criterion) in first_lines:
                raise self._problem(
                    index,
                    "points",
                    f"is the second word on the {f'criterion {criterion!r}' if criterion else 'score'} of "
                    f"{name}; the first stands in line {first_lines[name, criterion]}. Remove one of them.",
                )
            first_lines[name, criterion] = line
            found.setdefault(name, {})[criterion] = Word(
                criterion, table.points, table.comment, table.by, table.date.isoformat()
            )
        return {name: tuple(words.values()) for name, words in found.items()}

    def _submission(
        self,
        index: int,
        table: OverrideTable,
        known: Sequence[str],
        people: Mapping[str, Person],
        absent: Sequence[Person],
        *,
        whole_class: bool,
    ) -> str | None:
        """The id that an override is about; None if it is about somebody who is not graded now."""
        if not isinstance(table.submission, UnsetType):
            name = find_folder(table.submission, known)
            if name is None and whole_class:
                raise self._problem(
                    index,
                    "submission",
                    f'is "{table.submission}", and there is no such submission. '
                    f"{_likely(table.submission, known)}",
                )
            return name
        person = str(table.person)
        fitting = [name for name, item in people.items() if _is(item, person)]
        if len(fitting) > 1:
            raise self._problem(
                index, "person", f'is "{person}", which fits several: {", ".join(fitting)}. Use `submission`.'
            )
        if fitting and fitting[0] in known:
            return fitting[0]
        if whole_class and any(_is(item, person) for item in absent):
            raise self._problem(
                index, "person", f'is "{person}", who has handed in nothing: there is no report to change.'
            )
        if not whole_class and fitting:
            return None
        if not people:
            raise self._problem(
                index,
                "person",
                "needs a roster that says whose submission is whose: pass --roster, or use "
                "`submission` with the name of a folder.",
            )
        if whole_class:
            names = {value for item in (*people.values(), *absent) for value in _names(item)}
            raise self._problem(
                index, "person", f'is "{person}", who is not in the roster. {_likely(person, names)}'
            )
        return None

    def _problem(self, index: int, key: str, message: str) -> ConfigurationError:
        return self.file.problem((_TABLES, index, key), message)


def read_overrides(path: Path, assignment: Assignment) -> Overrides:
    """Read a file of overrides, and check it by the rubric.

    Raises:
        ConfigurationError: it cannot be read, a key is missing or unknown, or a criterion or its points do
            not fit the rubric; the message names the line.
    """
    file = TomlFile.read(path)
    tables = file.decoded(OverridesTable).override
    for index, table in enumerate(tables):
        place: Key = (_TABLES, index)
        if isinstance(table.submission, UnsetType) == isinstance(table.person, UnsetType):
            raise file.problem(place, "needs either `submission` or `person`: whose points are these?")
        _check_points(file, place, table, assignment)
    return Overrides(file, tables)


def _check_points(file: TomlFile, place: Key, table: OverrideTable, assignment: Assignment) -> None:
    if isinstance(table.criterion, UnsetType):
        most, what = assignment.max_score, "the whole"
    else:
        criterion = assignment.criterion(table.criterion)
        if criterion is None:
            known = [item.id for item in assignment.criteria]
            raise file.problem(
                (*place, "criterion"),
                f'is "{table.criterion}", which is no criterion. {suggestion(table.criterion, known)}',
            )
        most, what = criterion.points, f"`{criterion.id}`"
    if table.points > most:
        raise file.problem(
            (*place, "points"),
            f"is {phrases.number(table.points)}, but {what} has {phrases.number(most)} points at most.",
        )


def _likely(text: str, names: Collection[str]) -> str:
    """What was probably meant; all names if they are few."""
    hint = suggestion(text, names)
    return hint if hint.startswith("Did") or len(names) <= _LISTED_AT_MOST else ""


def _is(person: Person, text: str) -> bool:
    return text.casefold() in {value.casefold() for value in _names(person)}


def _names(person: Person) -> Iterator[str]:
    yield from filter(None, (str(getattr(person, field)) for field in _NAMED_BY))
