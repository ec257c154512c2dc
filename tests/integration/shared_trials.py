"""Trials that the tests of a session share: the same files are tried once.

A report is a function of observations, so whoever comes later judges those of the first. The workers of
pytest-xdist share them through files.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.files.atomic import write_atomically
from grader.observations import model
from grader.runs.graded import Graded, judged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from grader.assignment.model import Assignment
    from tests.catalogue.case import Case, Files


@dataclass(frozen=True)
class SharedTrials:
    """Observations in a folder that the session's workers share."""

    folder: Path

    def graded(self, case: Case, assignment: Assignment, grade: Callable[[], Graded]) -> Graded:
        """The result for a submission of the catalogue, tried now or judged from what was observed earlier.

        Each has a trial of its own: a folder's name may be what it is there for.

        Args:
            case: the submission.
            assignment: what it is judged by, with the limits that it is tried with.
            grade: tries and judges it.
        """
        return self._graded(f"{case.name}.json", case.files(), assignment, grade)

    def graded_files(self, files: Files, assignment: Assignment, grade: Callable[[], Graded]) -> Graded:
        """The same for files of any name: two gradings of the same files with the same limits are one."""
        return self._graded(_content(files, assignment), files, assignment, grade)

    def _graded(self, name: str, files: Files, assignment: Assignment, grade: Callable[[], Graded]) -> Graded:
        path = self.folder / name
        if path.is_file():
            return judged(model.decode(path.read_bytes()), assignment)
        result = grade()
        if result.observations is not None:
            data = model.encode(result.observations)
            for known_as in {name, _content(files, assignment)}:
                write_atomically(self.folder / known_as, data)
        return result


def _content(files: Files, assignment: Assignment) -> str:
    """A name for files and the limits that they are tried with."""
    digest = hashlib.sha256(repr((assignment.limits, sorted(files.items()))).encode())
    return f"{digest.hexdigest()}.json"


def shared_trials(factory: pytest.TempPathFactory) -> SharedTrials:
    """Those of this session."""
    base = factory.getbasetemp()
    top = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = top / "trials"
    folder.mkdir(exist_ok=True)
    return SharedTrials(folder)
