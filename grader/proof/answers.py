"""The answers that a rubric is tried with, and what came of each.

Plain values. Must not know where the answers come from, or how they are graded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a rubric should make of an answer."""

    RIGHT = "right"
    """It has to get every point: a right answer of another shape."""
    WRONG = "wrong"
    """It has to lose points: it holds one mistake."""
    BEGINNING = "beginning"
    """It has to get no points: the files that students start from."""


@dataclass(frozen=True)
class Answer:
    """One answer."""

    id: str
    """Its name as a submission."""
    role: Role
    operator: str
    """The name of the operator that made it; for an answer of one's own, its id."""
    sentence: str
    """What is different from the reference solution."""
    diff: str = ""
    """The changed files, as a unified diff; empty for an answer of one's own."""
    made: bool = True
    """Whether an operator made it. What it is then worth as an answer is checked; the word of an author is
    taken."""


@dataclass(frozen=True)
class Outcome:
    """What came of one answer."""

    answer: Answer
    left_out: str | None = None
    """Why the answer shows nothing of the rubric; None if it counts."""
    fault: str | None = None
    """What the grader failed on; None if the answer was tried. One that was not shows nothing."""
    lost: Mapping[str, float] = field(default_factory=dict)
    """Points lost against the reference solution, by criterion; also 0 for advice that failed."""
    failed: tuple[str, ...] = ()
    """The criteria that failed, and not for the reference solution. Skipped ones are not among them."""
    flags: tuple[str, ...] = ()
    """Flags that the reference solution does not have."""
    overlooked: tuple[tuple[str, str], ...] = ()
    """Criteria that passed although something that they name is not as in the reference solution, with what
    that is."""
    score: float = 0.0
    """Its points, with the bonus."""

    @property
    def counts(self) -> bool:
        """Whether it shows something of the rubric."""
        return self.left_out is None and self.fault is None

    @property
    def points_lost(self) -> float:
        """All points that it lost."""
        return round(sum(self.lost.values()), 2)
