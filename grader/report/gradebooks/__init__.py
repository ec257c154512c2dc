"""Saved reports as files for gradebooks: a module for each, with the name that `grader export --to` takes.

A module declares as `GRADEBOOK` how its files are made. Must not know how a verdict came about.
"""

from __future__ import annotations

from importlib import import_module

from grader.report.gradebooks.interface import Gradebook

GRADEBOOKS = ("canvas", "moodle", "gradescope", "csv")
"""All gradebooks. A new one is a module in this package, and its name here."""


def load(name: str) -> Gradebook:
    """Load a gradebook by its name on the command line."""
    declared: Gradebook = import_module(f"{__name__}.{name}").GRADEBOOK
    return declared
