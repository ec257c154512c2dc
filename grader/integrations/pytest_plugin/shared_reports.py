"""The reports of a pytest run: the process that needs one first makes it, and the others read it.

The processes meet in a folder that holds a lock and a report for each submission. Must not know pytest.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.files.atomic import write_atomically
from grader.report.formats.json import grade_json, read_grade_json
from grader.report.model import GradeReport
from grader.submission.sources import Source


class SharedReports:
    """The reports of one run."""

    def __init__(self, folder: Path, grade: Callable[[Source], GradeReport]) -> None:
        """Use a folder.

        Args:
            folder: where the processes of the run meet.
            grade: makes a report; called once for each submission, in one of the processes.
        """
        self._folder = folder
        self._grade = grade
        self._known: dict[str, GradeReport] = {}

    def of(self, source: Source) -> GradeReport:
        """A submission's report; waits for it while another process makes it.

        Raises:
            GraderError: `grade` has raised it; the next call tries again.
        """
        if source.id not in self._known:
            with self._lock(source):
                path = self._path(source)
                if not path.exists():
                    write_atomically(path, grade_json(self._grade(source)))
                self._known[source.id] = read_grade_json(path)
        return self._known[source.id]

    def if_made(self, source: Source) -> GradeReport | None:
        """A submission's report; None if no process has made it yet."""
        path = self._path(source)
        return read_grade_json(path) if path.exists() else None

    def _path(self, source: Source) -> Path:
        return self._folder / source.id / "grade.json"

    @contextmanager
    def _lock(self, source: Source) -> Iterator[None]:
        """Hold the submission's lock; the system releases it when the process dies."""
        folder = self._folder / source.id
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
