"""The formats that reports are written in: a module for each, with the name that `--format` takes.

A module declares as `FORMAT` which files it writes, and how. It is loaded when somebody asks for the format:
some need libraries that take long to load.
"""

from __future__ import annotations

from importlib import import_module

from grader.report.formats.interface import Format

DEFAULT_FORMATS = ("html", "json", "md")
"""The formats that are written when nobody asks for others."""
FORMATS = (*DEFAULT_FORMATS, "junit", "csv", "gradescope", "github")
"""All formats. A new one is a module in this package, and its name here."""


def load(name: str) -> Format:
    """Load a format by its name on the command line."""
    declared: Format = import_module(f"{__name__}.{name}").FORMAT
    return declared
