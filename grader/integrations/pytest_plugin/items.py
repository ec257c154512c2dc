"""The rubric as pytest sees it: a collector a submission, an item a criterion.

Turns a criterion's status into the outcome that pytest has for it. Must not know how a report comes about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from grader.errors import GraderError
from grader.integrations.pytest_plugin import wording
from grader.integrations.pytest_plugin.asking import Selection, Target
from grader.report.model import CriterionReport, GradeReport, Status

Judge = Callable[[Target], GradeReport]
"""Gives a submission's report, as whoever runs pytest may see it.

Raises `GraderError` where there is none."""


class Submission(pytest.File):
    """A submission; its path stands for its node id and need not exist."""

    def __init__(self, *, asked: Selection, target: Target, judge: Judge, **node: Any) -> None:
        super().__init__(**node)
        self._asked = asked
        self._target = target
        self._judge = judge
        self._fault_told = False

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each criterion that is asked for."""
        for criterion_id in self._target.criteria:
            yield CriterionItem.from_parent(self, name=criterion_id)

    @property
    def own(self) -> bool:
        """Whether it is the work of whoever runs pytest."""
        return self._asked.own

    def is_optional(self, criterion_id: str) -> bool:
        """Whether missing a criterion is no failure."""
        return self._asked.is_optional(criterion_id)

    def verdict(self, criterion_id: str) -> CriterionReport:
        """How a criterion ended; fails the item's set-up, which is an error, where there is no verdict."""
        try:
            report = self._judge(self._target)
        except GraderError as error:
            self._fault(wording.no_verdict(error.message, error.next_step))
        criterion = next(item for item in report.criteria if item.id == criterion_id)
        if report.error is not None:
            self._fault(wording.fault(report))
        if criterion.status is Status.ERROR:
            pytest.fail(wording.unjudged(criterion), pytrace=False)
        return criterion

    def _fault(self, text: str) -> NoReturn:
        """Say at length what broke, but once: it is the same for all criteria."""
        if self._fault_told:
            text = wording.first_line(text) + wording.SEE_ABOVE
        self._fault_told = True
        pytest.fail(text, pytrace=False)


class CriterionItem(pytest.Item):
    """A criterion of a submission."""

    parent: Submission
    _criterion: CriterionReport

    def setup(self) -> None:
        """Have the submission tried, if that has not been done, and leave out what could not be judged."""
        self._criterion = self.parent.verdict(self.name)
        if self._criterion.status is Status.SKIPPED:
            pytest.skip(wording.skipped(self._criterion))

    def runtest(self) -> None:
        """Pass, or fail with what is wrong and what to do about it."""
        if self._criterion.status is Status.PASSED:
            return
        if self.parent.is_optional(self.name):
            # With --runxfail this does nothing, and the item fails like the others.
            pytest.xfail(wording.optional(self._criterion))
        pytest.fail(wording.failed(self._criterion, at_length=self.config.get_verbosity() > 1), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where pytest says that it is, and the title above its failure."""
        return self.path, None, self.name if self.parent.own else f"{self.name} of {self.parent.name}"
