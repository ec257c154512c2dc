"""Each submission's report, made once in a whole pytest run, by whichever of its processes needs it first.

Processes meet in a folder: a lock and a report for each submission. Must not know of pytest.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.files.atomic import write_atomically
from grader.report.model import GradeReport
from grader.report.render.json import grade_json, read_grade_json
from grader.submission.sources import Source


class Verdicts:
    """The reports of one run."""

    def __init__(self, folder: Path, grade: Callable[[Source], GradeReport]) -> None:
        """Share reports.

        Args:
            folder: where the processes of the run meet.
            grade: makes a report; called once for each submission, in one of the processes.
        """
        self._folder = folder
        self._grade = grade
        self._known: dict[str, GradeReport] = {}

    def of(self, source: Source) -> GradeReport:
        """A submission's report; waits for it where another process is making it.

        Raises:
            GraderError: whatever `grade` raises; the next one who asks tries again.
        """
        if source.id not in self._known:
            with self._lock(source):
                path = self._path(source)
                if not path.exists():
                    write_atomically(path, grade_json(self._grade(source)))
                self._known[source.id] = read_grade_json(path)
        return self._known[source.id]

    def made(self, source: Source) -> GradeReport | None:
        """The report where there is one already."""
        path = self._path(source)
        return read_grade_json(path) if path.exists() else None

    def _path(self, source: Source) -> Path:
        return self._folder / source.id / "grade.json"

    @contextmanager
    def _lock(self, source: Source) -> Iterator[None]:
        """Let go of by the system when a process dies, so that another one takes over."""
        folder = self._folder / source.id
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
