"""The criteria, each in the module of its name.

A criterion is found by its id: `CRITERION_IDS` declares the ids, and nothing else lists them.
"""

from __future__ import annotations

from importlib import import_module

from grader.assignment.model import CRITERION_IDS
from grader.judging.rubric import Criterion

CRITERIA: tuple[Criterion, ...] = tuple(
    getattr(import_module(f"{__name__}.{name}"), name) for name in CRITERION_IDS
)
"""In the order in which they are judged: each comes after those that it requires."""

__all__ = ["CRITERIA"]
