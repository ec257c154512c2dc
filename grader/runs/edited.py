"""Keeps a report that somebody changed by hand before the grader writes its own again."""

from __future__ import annotations

from pathlib import Path

from grader.files.atomic import write_atomically
from grader.report.formats.json import GRADE_JSON, is_as_written

EDITED = "grade.edited.json"


def keep_edited(folder: Path) -> bool:
    """Copy the report of a submission's folder if it was changed by hand; returns whether it was.

    Raises:
        GraderError: the copy cannot be written.
    """
    path = folder / GRADE_JSON
    if is_as_written(path):
        return False
    write_atomically(folder / EDITED, path.read_bytes())
    return True
