"""The rubric's mechanics: how a criterion is declared, its checks, its prerequisites and its points.

A criterion is a pure function of observations. Its docstring's first line is the text of the rubric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.assignment import CriterionSettings
from grader.observations import Observations
from grader.report import Evidence


@dataclass(frozen=True)
class Check:
    """One thing a criterion looks at."""

    id: str
    title: str
    passed: bool
    expected: str
    found: str
    revision: str | None = None
    weight: int = 1
    """Its share of the criterion's points, against the other checks' weights."""


@dataclass(frozen=True)
class Verdict:
    """What a criterion function returns: it was judged."""

    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...] = ()
    hint: str | None = None
    all_or_nothing: bool = False
    """True when passing some of the checks is worth nothing."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Skip:
    """What a criterion function returns when it cannot judge because of another criterion's failure."""

    blocked_by: str
    reason: str


@dataclass(frozen=True)
class Unjudged:
    """What a criterion function returns when the harness could not find out: status `error`."""

    reason: str


Judgement = Verdict | Skip | Unjudged
Criterion = Callable[[Observations, CriterionSettings], Judgement]
