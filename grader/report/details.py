"""What the pages for people show beside the report: pictures of the chain and the schema, errors, causes.

Kept apart from `grader.report.model`, so that the contract of `grade.json` does not grow with every picture.
Made by `grader.judging.pictures`, read by `grader.report.render`; plain values that know nothing of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.report.model import Evidence, Status


class Mark(StrEnum):
    """How a part of the schema compares with the reference models."""

    AS_ASKED = "as asked"
    MISSING = "missing"
    """The reference has it, the submission does not."""
    DIFFERENT = "different"
    """Both have it, and not alike."""
    EXTRA = "extra"
    """Only the submission has it, which is allowed."""


@dataclass(frozen=True)
class Change:
    """One thing that is other than it was before a revision ran, or was undone."""

    sign: str
    """`+` added, `-` removed, `~` changed."""
    text: str
    """`column users.bio`, `column users.username: type character varying(80) became …`."""


@dataclass(frozen=True)
class Way:
    """One step of the stairway at a revision."""

    status: Status
    """`passed`, `failed`, or `skipped` when it was not run."""
    text: str
    """How it ended, in a few words."""


@dataclass(frozen=True)
class ChainLink:
    """A revision as the picture of the chain shows it."""

    revision: str
    message: str
    path: str
    parents: tuple[str, ...]
    """Empty at a base."""
    is_head: bool
    changes: tuple[Change, ...]
    """What it changed on the way up."""
    up: Way
    down: Way
    again: Way
    left: tuple[Change, ...] = ()
    """How the schema after its downgrade differs from the one before its upgrade."""


@dataclass(frozen=True)
class ColumnPicture:
    """A column of the submission's schema or of the reference's."""

    name: str
    type: str
    """With nullability: `text, nullable`."""
    mark: Mark
    expected: str | None = None
    """What the reference has, where it is different."""
    revision: str | None = None
    """Where the difference first appears, as far as that was watched."""


@dataclass(frozen=True)
class RulePicture:
    """A key, a constraint or an index, told by what it enforces."""

    text: str
    mark: Mark
    expected: str | None = None


@dataclass(frozen=True)
class TablePicture:
    """A table with its columns and rules."""

    name: str
    mark: Mark
    """Different as well where anything in it is missing or different."""
    columns: tuple[ColumnPicture, ...]
    rules: tuple[RulePicture, ...]


@dataclass(frozen=True)
class FramePicture:
    """A line of the student's own code that an error came through."""

    path: str
    line: int
    function: str | None
    source: str
    """The line of code; empty when the traceback does not show it."""


@dataclass(frozen=True)
class ErrorPicture:
    """The error in a command's output, with the student's own part of its traceback."""

    output: Evidence
    """The output as the report's criteria show it."""
    headline: str
    """The exception's name and message."""
    frames: tuple[FramePicture, ...]
    """Only the student's own, innermost first."""


@dataclass(frozen=True)
class Cause:
    """A diagnosis: why something went wrong, and what to do."""

    id: str
    summary: str
    """One line on this kind of cause, the same for every submission."""
    cause: str
    fix: str

    @property
    def text(self) -> str:
        """Both together, as a hint shows them."""
        return f"{self.cause} {self.fix}"


@dataclass(frozen=True)
class OmittedPart:
    """A part of the page that is not there because the grader broke while making it; no fault of the work."""

    part: str
    """`the picture of the schema`."""
    reason: str
    """For whoever maintains the grader: the exception's name and message."""


@dataclass(frozen=True)
class ReportDetails:
    """All of it for one submission; empty where nothing could be observed."""

    chain: tuple[ChainLink, ...] = ()
    """In the order in which `upgrade` takes them."""
    tables: tuple[TablePicture, ...] = ()
    """Empty when no upgrade was observed."""
    replayed: bool = False
    """The schema is what the revisions alone make, because the student's own run made more than that."""
    errors: tuple[ErrorPicture, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Each id once, the first thing to mend first."""
    revisions: tuple[str, ...] = ()
    """The ids of all revision files."""
    omitted: tuple[OmittedPart, ...] = ()
    """What is missing from all this; the verdict does not rest on any of it."""
