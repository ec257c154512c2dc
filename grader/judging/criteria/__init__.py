"""The criteria, each in the module of its name.

A criterion is found by its id: `CRITERION_IDS` declares the ids, and nothing else lists them.
"""

from __future__ import annotations

from importlib import import_module

from grader.assignment.model import CRITERION_IDS
from grader.judging.rubric import Criterion


def _declared_in(module: str) -> Criterion:
    criterion: Criterion = getattr(import_module(f"{__name__}.{module}"), module)
    return criterion


CRITERIA: tuple[Criterion, ...] = tuple(_declared_in(name) for name in CRITERION_IDS)
"""In the order in which they are judged: each comes after those that it requires."""

__all__ = ["CRITERIA"]
