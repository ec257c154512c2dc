"""What a run of the benchmarks found, as values that can be written to a file and read again."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from benchmarks.measuring import Run


@dataclass(frozen=True)
class Figure:
    """All runs of one contender over one task."""

    contender: str
    revisions: int
    """Length of each submission's chain."""
    submissions: int
    """Size of the class."""
    jobs: int
    runs: tuple[Run, ...]
    """At least one."""

    @property
    def seconds(self) -> float:
        """Median wall time of a whole run."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def each(self) -> float:
        """Median seconds a submission."""
        return self.seconds / self.submissions

    @property
    def fastest(self) -> float:
        """Seconds a submission in the fastest run."""
        return min(run.seconds for run in self.runs) / self.submissions

    @property
    def slowest(self) -> float:
        """Seconds a submission in the slowest run."""
        return max(run.seconds for run in self.runs) / self.submissions

    @property
    def peak_bytes(self) -> int | None:
        """The most memory that the process held in any run."""
        known = [run.peak_bytes for run in self.runs if run.peak_bytes is not None]
        return max(known, default=None)


@dataclass(frozen=True)
class Detection:
    """What one tool made of the planted faults and of the right answers."""

    tool: str
    found: tuple[str, ...]
    """Names of the wrong submissions that it complains of."""
    flagged: tuple[str, ...]
    """Names of the right submissions that it complains of."""


@dataclass(frozen=True)
class Planted:
    """The submissions that the tools were tried on."""

    faults: dict[str, tuple[str, ...]]
    """Kind of fault to the names of the submissions that have it."""
    right: tuple[str, ...]
    all_there_are: bool
    """False when only some of the catalogue were tried."""


@dataclass(frozen=True)
class Results:
    """Everything that one run found."""

    machine: dict[str, str]
    """Where and when it was run, and with which releases."""
    figures: tuple[Figure, ...] = ()
    planted: Planted | None = None
    detections: tuple[Detection, ...] = ()
    regrading: tuple[float, ...] = ()
    """Seconds of each run of `grader regrade`."""
    regraded: int = 0
    """Over how many submissions."""
    left_out: tuple[str, ...] = field(default=())
    """What could not be measured, and why."""

    def figure(
        self, contender: str, *, revisions: int = 3, submissions: int = 1, jobs: int = 1
    ) -> Figure | None:
        """The figure of one contender for one task, if it was measured."""
        for item in self.figures:
            if (item.contender, item.revisions, item.submissions, item.jobs) == (
                contender,
                revisions,
                submissions,
                jobs,
            ):
                return item
        return None
