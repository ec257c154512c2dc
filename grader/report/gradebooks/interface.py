"""What a gradebook declares of itself, and what it is given. Must not know which gradebooks there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.report.model import Person
from grader.report.roster import Roster
from grader.report.saved import SavedReport


@dataclass(frozen=True)
class Export:
    """Files to write, and what the user has to know about them."""

    files: dict[Path, bytes | None]
    """Path to content; None for a file that must not be there."""
    notes: tuple[str, ...] = ()
    """Who is not in the files, and why: a line each."""


@dataclass(frozen=True)
class ExportOptions:
    """What the command line says besides the reports and the gradebook."""

    roster: Roster | None = None
    worksheet: Path | None = None
    """Moodle's offline grading worksheet, to be filled in."""
    column: str | None = None
    """What Canvas calls the assignment: `Title (id)`."""
    output: Path | None = None

    @property
    def people(self) -> Mapping[str, Person]:
        """Submission id to the person who handed it in."""
        return {} if self.roster is None else self.roster.people


@dataclass(frozen=True)
class Gradebook:
    """A system that takes grades."""

    export: Callable[[Path, Sequence[SavedReport], ExportOptions], Export]
    """Makes the files from the folder of reports and the reports in it; writes nothing."""
    own_option: str | None = None
    """The option of `grader export` that no other gradebook takes: a field of `ExportOptions`."""
    one_maximum: bool = False
    """Its file has one column for the points, so all reports need the same maximum."""
