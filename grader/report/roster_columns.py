"""The columns of a roster, and those of the files that platforms let one download, told by their headings.

A platform's file says the same in other words: `Student` and `ID` of Canvas, `First name` and `Email address`
of Moodle, `SID` of Gradescope, `identifier` and `github_username` of GitHub Classroom. Must not know whose
submission is whose.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from grader.report.model import Person

SUBMISSION = "submission"
SUBMITTED = "submitted"
DUE = "due"
PERSON_COLUMNS = tuple(item.name for item in fields(Person))
OWN_COLUMNS = (SUBMISSION, *PERSON_COLUMNS, SUBMITTED, DUE)
"""What a roster may say of a person."""
GRADESCOPE_ID = "gradescope_submission"
"""The number in the name of a folder that Gradescope lets one download. It says nothing else of a person."""
_OWN_GRADES = frozenset({SUBMISSION, "status", "score", "max_score"})
"""What tells our own `grades.csv`, which also is a roster."""
_TYPING_MISTAKE = 0.75
"""How alike two headings are if one is probably the other, mistyped."""
_CANVAS_TEST = "student, test"
"""The name of the student that each course of Canvas has for trying things out."""
_PARTICIPANT = re.compile(r"^participant\s*", re.IGNORECASE)

Row = Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """How a file says what a roster says."""

    name: str
    """Whose file it is; empty for a roster of the instructor's own."""
    told_by: tuple[frozenset[str], ...]
    """Sets of headings; a file that has all of one of them is of this layout."""
    columns: Mapping[str, str]
    """Heading to what it is in a roster. All other headings are ignored."""
    finish: Callable[[Row, dict[str, str]], dict[str, str] | None] = field(default=lambda _, values: values)
    """Completes what a row says; None for a row that is no student."""

    def read(self, row: Row) -> dict[str, str] | None:
        """What a row says, by the columns of a roster; None if it is no student."""
        values = {column: row[heading] for heading, column in self.columns.items() if row.get(heading)}
        return self.finish(row, values)


def heading(text: str) -> str:
    """A heading as it is compared: in lower case, with `_` for spaces."""
    return "_".join(text.lower().split())


def layout_of(headings: Sequence[str]) -> Layout:
    """The layout of a file, by its headings; that of an own roster if none of a platform fits."""
    there = frozenset(headings)
    if SUBMISSION in there:
        return OWN
    return next((item for item in PLATFORMS if any(told <= there for told in item.told_by)), OWN)


def unknown_columns(headings: Sequence[str]) -> str:
    """A sentence about the columns of an own roster that mean nothing; empty if there are none."""
    if frozenset(headings) >= _OWN_GRADES:
        return ""
    unknown = [name for name in headings if name and name not in OWN_COLUMNS]
    if not unknown:
        return ""
    shown = []
    for name in unknown:
        close = difflib.get_close_matches(name, OWN_COLUMNS, n=1, cutoff=_TYPING_MISTAKE)
        shown.append(f"`{name}`" + (f" (did you mean `{close[0]}`?)" if close else ""))
    one = len(unknown) == 1
    return (
        f"the column{'' if one else 's'} {', '.join(shown)} {'is' if one else 'are'} not known, and not used."
    )


def _both_names(row: Row, values: dict[str, str], first: str, *last: str) -> dict[str, str]:
    parts = (row.get(first, ""), next((row[name] for name in last if row.get(name)), ""))
    name = " ".join(part for part in parts if part)
    return {**values, "name": values.get("name") or name}


def _canvas(row: Row, values: dict[str, str]) -> dict[str, str] | None:
    values = _both_names(row, values, "firstname", "lastname")
    name = values["name"].casefold()
    if name.startswith("points possible") or name == _CANVAS_TEST or not any(values.values()):
        return None
    return values


def _moodle(row: Row, values: dict[str, str]) -> dict[str, str]:
    if moodle_id := values.get("moodle_id"):
        values = {**values, "moodle_id": _PARTICIPANT.sub("", moodle_id)}
    if values.get(SUBMITTED) == "-":
        del values[SUBMITTED]
    return _both_names(row, values, "first_name", "last_name", "surname")


def _gradescope(row: Row, values: dict[str, str]) -> dict[str, str] | None:
    if row.get("role", "student").casefold() not in ("", "student"):
        return None
    return _both_names(row, values, "first_name", "last_name")


def _github(row: Row, values: dict[str, str]) -> dict[str, str]:
    identifier = row.get("identifier") or row.get("roster_identifier") or ""
    values = {**values, "name": values.get("name") or identifier}
    if SUBMISSION in values:
        values[SUBMISSION] = values[SUBMISSION].rpartition("/")[2]
    return {**values, "email": identifier} if "@" in identifier else values


OWN = Layout("", (), {name: name for name in OWN_COLUMNS})
PLATFORMS = (
    Layout(
        "Canvas",
        tuple(
            frozenset({*name, "id", more})
            for name in (("student",), ("lastname", "firstname"))
            for more in ("section", "sis_login_id")
        ),
        {
            "student": "name",
            "id": "canvas_id",
            "sis_user_id": "sis_user_id",
            "sis_login_id": "sis_login_id",
            "section": "section",
        },
        _canvas,
    ),
    Layout(
        "Moodle",
        (
            frozenset({"identifier", heading("Full name")}),
            frozenset({"first_name", "surname", "email_address"}),
            frozenset({"first_name", "last_name", "email_address"}),
        ),
        {
            "identifier": "moodle_id",
            heading("Full name"): "name",
            "email_address": "email",
            "username": "username",
            "id_number": "id_number",
            "last_modified_(submission)": SUBMITTED,
        },
        _moodle,
    ),
    Layout(
        "Gradescope",
        (frozenset({"first_name", "last_name", "sid", "email"}), frozenset({"name", "sid", "email"})),
        {
            "name": "name",
            "email": "email",
            "sid": "id_number",
            "section": "section",
            "sections": "section",
            "submission_id": GRADESCOPE_ID,
            "submission_time": SUBMITTED,
        },
        _gradescope,
    ),
    Layout(
        "GitHub Classroom",
        (
            frozenset({"identifier", "github_username"}),
            frozenset({"github_username", "student_repository_name"}),
        ),
        {
            "name": "name",
            "github_username": "github_username",
            "student_repository_name": SUBMISSION,
            "submission_timestamp": SUBMITTED,
        },
        _github,
    ),
)
"""What can be downloaded: Canvas's gradebook; Moodle's participants, grades and grading worksheet; the roster
and the grades of Gradescope and of GitHub Classroom."""
