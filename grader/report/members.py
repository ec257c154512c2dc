"""Who is in the class of a folder of reports, and by which assignment the reports were made.

Reads `summary.json`, and the beginning of each `grade.json`. Must not know how reports are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.report.formats.json import GRADE_JSON

SUMMARY = "summary.json"
_BEGINNING = 8192
_ASSIGNMENT = re.compile(
    rb'"assignment":\s*\{\s*"id":\s*"(?P<id>[^"\\]*)",\s*"title":\s*"(?:[^"\\]|\\.)*",\s*"sha256":\s*"(?P<sha256>\w*)"'
)


@dataclass(frozen=True)
class Members:
    """What `summary.json` says."""

    submissions: tuple[str, ...] = ()
    """Ids of the submissions in the class, in its order."""
    gone: tuple[str, ...] = ()
    """Ids of those that have a report and are not in the class any more."""


@dataclass(frozen=True)
class MadeBy:
    """The assignment that a report was made by."""

    id: str
    sha256: str


def members_in(folder: Path) -> Members:
    """The class of a folder of reports; nobody if it has no summary that can be read."""
    try:
        document = json.loads((folder / SUMMARY).read_bytes())
        submissions = [item["id"] for item in document["submissions"]]
        gone = list(document.get("gone", []))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Members()
    if not all(isinstance(name, str) for name in (*submissions, *gone)):
        return Members()
    return Members(tuple(submissions), tuple(name for name in gone if name not in submissions))


def made_by(folder: Path, submissions: Iterable[str]) -> dict[str, MadeBy]:
    """The assignment of each of these submissions' reports, where there is one that says it."""
    found = {}
    for name in submissions:
        try:
            with (folder / name / GRADE_JSON).open("rb") as file:
                begin = _ASSIGNMENT.search(file.read(_BEGINNING))
        except OSError:
            continue
        if begin is not None:
            found[name] = MadeBy(begin["id"].decode("utf-8", "replace"), begin["sha256"].decode())
    return found


def reported_in(folder: Path) -> list[str]:
    """The names of the folders with a report, in order; none if the folder cannot be read."""
    try:
        return sorted(
            child.name
            for child in folder.iterdir()
            if not child.name.startswith(".") and (child / GRADE_JSON).is_file()
        )
    except OSError:
        return []
