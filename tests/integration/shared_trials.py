"""Trials of the catalogue's submissions, shared by all tests of a session: each submission is tried once.

A report is a function of observations, so whoever comes later judges those of the first. The workers of
pytest-xdist share them through files.
"""

from __future__ import annotations

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


@dataclass(frozen=True)
class SharedTrials:
    """Observations by the name of the submission, in a folder that the session's workers share."""

    folder: Path

    def graded(self, name: str, assignment: Assignment, grade: Callable[[], Graded]) -> Graded:
        """The result for a submission, tried now or judged from what an earlier test observed.

        Args:
            name: the submission's name in the catalogue.
            assignment: what it is judged by.
            grade: tries and judges it.
        """
        path = self.folder / f"{name}.json"
        if path.is_file():
            return judged(model.decode(path.read_bytes()), assignment)
        result = grade()
        if result.observations is not None:
            write_atomically(path, model.encode(result.observations))
        return result


def shared_trials(factory: pytest.TempPathFactory) -> SharedTrials:
    """Those of this session."""
    base = factory.getbasetemp()
    top = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = top / "trials"
    folder.mkdir(exist_ok=True)
    return SharedTrials(folder)
