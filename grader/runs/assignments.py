"""Reads an assignment file with all kinds of criteria that there are.

For whoever grades, and for whoever writes such a file; must not know a kind by name.
"""

from __future__ import annotations

from pathlib import Path

from grader.assignment import file
from grader.assignment.model import Assignment
from grader.judging.kinds import KINDS


def load(path: Path | None = None) -> Assignment:
    """Read and validate an assignment file; without a path, the one that is graded when none is named.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    return file.load(path or file.default_path(), KINDS)


def load_before(path: Path, since: str) -> Assignment:
    """The assignment as it is at the base of a change, so that a change cannot edit its own rubric.

    Raises:
        ConfigurationError: the assignment has an error.
        UsageError: the file does not exist at the base.
    """
    from grader.submission.changes import assignment_before  # noqa: PLC0415 - rarely needed

    return assignment_before(path, since, KINDS)


def schema() -> str:
    """The JSON Schema of assignment files, as text."""
    from grader.assignment.schema import text  # noqa: PLC0415 - rarely needed

    return text(KINDS)
