"""The rubric as pytest sees it: a collector a submission, an item a criterion.

Turns a criterion's status into an outcome of pytest. Must not know how a report is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from grader.errors import GraderError
from grader.integrations.pytest_plugin import wording
from grader.integrations.pytest_plugin.selection import Selection, Target
from grader.report.model import CriterionReport, GradeReport, Status

ReportOf = Callable[[Target], GradeReport]
"""Gives a submission's report, with what the user may see of it. Raises `GraderError` if there is none."""
NOT_YET = "migration_grader_not_yet"
"""The attribute of pytest's report of a criterion that is not due yet: whether it is a required one."""
ON_SCREEN = "migration_grader_on_screen"
"""The attribute of pytest's report of a failure: its text for the terminal."""


class Submission(pytest.File):
    """A submission; its path stands for its node id and need not exist."""

    def __init__(
        self, *, selection: Selection, target: Target, report_of: ReportOf, width: int, **node: Any
    ) -> None:
        super().__init__(**node)
        self.width = width
        self._report: GradeReport | None = None
        self._selection = selection
        self._target = target
        self._report_of = report_of
        self._fault_shown = False

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each criterion that is asked for."""
        for criterion_id in self._target.criteria:
            yield CriterionItem.from_parent(self, name=criterion_id)

    @property
    def own(self) -> bool:
        """Whether it is the user's own work."""
        return self._selection.own

    def is_optional(self, criterion_id: str) -> bool:
        """Whether a missed criterion is not a failure."""
        return self._selection.is_optional(criterion_id)

    def verdict(self, criterion_id: str) -> CriterionReport:
        """The verdict on a criterion; without one the item's set-up fails, which pytest shows as an error."""
        report, trouble = None, ""
        try:
            report = self._report = self._report_of(self._target)
        except GraderError as error:
            trouble = wording.no_verdict(error.message, error.next_step)
        if report is None:  # outside of the `except`: else pytest shows what led to it as well
            self._fault(trouble)
        criterion = next(item for item in report.criteria if item.id == criterion_id)
        if report.error is not None:
            self._fault(wording.fault(report))
        if criterion.status is Status.ERROR:
            pytest.fail(wording.unjudged(criterion), pytrace=False)
        return criterion

    @property
    def report(self) -> GradeReport:
        """The report; only there once a verdict was asked for."""
        if self._report is None:
            raise LookupError(self.name)
        return self._report

    def _fault(self, text: str) -> NoReturn:
        """Fail with what went wrong: in full the first time, in one line for the other criteria."""
        if self._fault_shown:
            text = wording.first_line(text) + wording.SEE_ABOVE
        self._fault_shown = True
        pytest.fail(text, pytrace=False)


class CriterionItem(pytest.Item):
    """A criterion of a submission."""

    parent: Submission
    _criterion: CriterionReport

    def setup(self) -> None:
        """Grade the submission, unless that is done already; skip the criterion if it could not be judged."""
        self._criterion = self.parent.verdict(self.name)
        if self._criterion.status is Status.SKIPPED:
            pytest.skip(wording.skipped(self._criterion))
        if self._is_not_yet:
            pytest.skip(wording.not_yet(self._criterion, self.parent.report))

    def runtest(self) -> None:
        """Pass, or fail with what is wrong and what to do about it."""
        if self._criterion.status is Status.PASSED:
            return
        if self.parent.is_optional(self.name):
            # With --runxfail this does nothing, and the item fails like the others.
            pytest.xfail(wording.optional(self._criterion))
        pytest.fail(wording.failed(self._criterion, at_length=self._at_length), pytrace=False)

    def complete(self, report: pytest.TestReport) -> None:
        """Add to pytest's report what the terminal needs; it comes along from xdist's workers."""
        if report.when == "setup" and report.skipped and self._is_not_yet:
            setattr(report, NOT_YET, not self.parent.is_optional(self.name))
        if report.when == "call" and report.failed and self.parent.own:  # a class has no next step at the end
            others = {item.name for item in self.session.items if item.parent is self.parent}
            text = wording.failed_on_screen(
                *(self._criterion, self.parent.report, others),
                width=self.parent.width,
                at_length=self._at_length,
            )
            setattr(report, ON_SCREEN, text)

    @property
    def _at_length(self) -> bool:
        return self.config.get_verbosity() > 1

    @property
    def _is_not_yet(self) -> bool:
        """Whether the criterion is shown as not due yet; an instructor sees what failed in a class."""
        return self._criterion.not_yet and self.parent.own

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The path that pytest shows, and the title above a failure."""
        return self.path, None, self.name if self.parent.own else f"{self.name} of {self.parent.name}"
