"""What the HTML pages show besides the report: pictures of the chain and the schema, errors, causes.

Kept apart from `grader.report.model`, so that the contract of `grade.json` does not grow with every picture.
`grader.judging.pictures` makes these values, the HTML format shows them; they must not know either.
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
    """Both have it, but not the same."""
    EXTRA = "extra"
    """Only the submission has it, which is allowed."""


@dataclass(frozen=True)
class Change:
    """One difference in the schema between before and after an upgrade or a downgrade."""

    sign: str
    """`+` added, `-` removed, `~` changed."""
    text: str
    """`column users.bio`, `column users.username: type character varying(80) became …`."""


@dataclass(frozen=True)
class StepPicture:
    """How one step at a revision ended: upgrade, downgrade or second upgrade."""

    status: Status
    """`passed`, `failed`, or `skipped` when it was not run."""
    text: str
    """The result in a few words."""


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
    """What its upgrade changed."""
    up: StepPicture
    down: StepPicture
    again: StepPicture
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
    """What the reference has, if the two differ."""
    revision: str | None = None
    """The revision at which the difference first appears, if that was observed."""


@dataclass(frozen=True)
class RulePicture:
    """A key, a constraint or an index, described by what it enforces."""

    text: str
    mark: Mark
    expected: str | None = None


@dataclass(frozen=True)
class TablePicture:
    """A table with its columns and rules."""

    name: str
    mark: Mark
    """Also `different` if any of its columns or rules is missing or different."""
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
    """The output as the criteria of the report show it."""
    headline: str
    """The exception's name and message."""
    frames: tuple[FramePicture, ...]
    """Only lines of the student's own code, innermost first."""


@dataclass(frozen=True)
class Cause:
    """A diagnosis: why something went wrong, and what to do."""

    id: str
    summary: str
    """One line on this kind of cause, the same for every submission."""
    cause: str
    fix: str
    derived: bool = False
    """Whether it follows from another cause of the same submission. Then it does not count for a class."""

    @property
    def text(self) -> str:
        """Cause and fix together, as a hint shows them."""
        return f"{self.cause} {self.fix}"


@dataclass(frozen=True)
class Shape:
    """What a submission's chain makes, where that is not exactly what the reference has."""

    digest: str
    """Equal for two chains that make the same schema at each step, whatever they call it."""
    own: str
    """How its schema at head differs from the reference's, in brief."""


@dataclass(frozen=True)
class OmittedPart:
    """A part of the page that is missing because the grader failed to make it; not the student's fault."""

    part: str
    """`the picture of the schema`."""
    reason: str
    """For the maintainers of the grader: the exception's name and message."""


@dataclass(frozen=True)
class ReportDetails:
    """All details of one submission; empty if nothing could be observed."""

    chain: tuple[ChainLink, ...] = ()
    """In the order in which `upgrade` takes them."""
    tables: tuple[TablePicture, ...] = ()
    """Empty when no upgrade was observed."""
    replayed: bool = False
    """The tables are those that the revisions alone make, because the student's own run made more."""
    compared: bool = True
    """Whether the tables are marked against reference models; False if the exercise has none."""
    errors: tuple[ErrorPicture, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Each id once; the cause to mend first comes first."""
    revisions: tuple[str, ...] = ()
    """The ids of all revision files."""
    shape: Shape | None = None
    """None if the schema at head is exactly that of the reference models, or was not seen."""
    omitted: tuple[OmittedPart, ...] = ()
    """What could not be made; no verdict depends on it."""
