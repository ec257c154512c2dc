"""The results of a run of the benchmarks, as plain values for `results.json`."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from benchmarks.measuring import Run


@dataclass(frozen=True)
class Figure:
    """All runs of one tool with one task."""

    contender: str
    revisions: int
    """Revisions of each submission."""
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
        """Median seconds for one submission."""
        return self.seconds / self.submissions

    @property
    def fastest(self) -> float:
        """Seconds for one submission in the fastest run."""
        return min(run.seconds for run in self.runs) / self.submissions

    @property
    def slowest(self) -> float:
        """Seconds for one submission in the slowest run."""
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
    """The submissions that the tools were given."""

    faults: dict[str, tuple[str, ...]]
    """For each kind of mistake, the names of the submissions that have it."""
    right: tuple[str, ...]
    whole_catalogue: bool
    """False for a sample of the catalogue."""


@dataclass(frozen=True)
class Results:
    """All results of one run."""

    machine: dict[str, str]
    """The machine, the date and the releases."""
    figures: tuple[Figure, ...] = ()
    planted: Planted | None = None
    detections: tuple[Detection, ...] = ()
    regrading: tuple[float, ...] = ()
    """Seconds of each run of `grader regrade`."""
    regraded: int = 0
    """How many submissions each run of `grader regrade` had."""
    left_out: tuple[str, ...] = field(default=())
    """What could not be measured, and why."""

    def figure(
        self, contender: str, *, revisions: int = 3, submissions: int = 1, jobs: int = 1
    ) -> Figure | None:
        """The figure of one tool for one task; None if it was not measured."""
        for item in self.figures:
            if (item.contender, item.revisions, item.submissions, item.jobs) == (
                contender,
                revisions,
                submissions,
                jobs,
            ):
                return item
        return None
