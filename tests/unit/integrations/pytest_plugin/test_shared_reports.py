"""Each submission of a pytest run is graded once, by the process that asks first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.integrations.pytest_plugin.shared_reports import SharedReports
from grader.report.model import GradeReport
from grader.submission.sources import Source
from tests.unit.report.render.samples import sample

REPORT = sample()
ADA, GRACE = Source("ada", Path("ada")), Source("grace", Path("grace"))


class Grader:
    """Gives the same report for every submission, and keeps a list of them."""

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.may_end = threading.Event()
        self.may_end.set()

    def grade(self, source: Source) -> GradeReport:
        """Grade one."""
        self.graded.append(source.id)
        assert self.may_end.wait(60)
        return REPORT


def test_a_report_is_made_once_and_comes_back_whole(tmp_path: Path) -> None:
    grader = Grader()
    reports = SharedReports(tmp_path, grader.grade)
    assert reports.if_made(ADA) is None
    assert [reports.of(ADA), reports.of(GRACE), reports.of(ADA)] == [REPORT] * 3
    assert grader.graded == ["ada", "grace"]
    assert SharedReports(tmp_path, grader.grade).if_made(ADA) == REPORT


def test_others_wait_for_the_first(tmp_path: Path) -> None:
    grader = Grader()
    grader.may_end.clear()
    with ThreadPoolExecutor(4) as others:
        waiting = [others.submit(SharedReports(tmp_path, grader.grade).of, ADA) for _ in range(4)]
        grader.may_end.set()
        assert [one.result() for one in waiting] == [REPORT] * 4
    assert grader.graded == ["ada"]


def test_after_a_failure_the_next_one_tries_again(tmp_path: Path) -> None:
    def broken(_: Source) -> GradeReport:
        raise GraderError("no disk")

    with pytest.raises(GraderError, match="no disk"):
        SharedReports(tmp_path, broken).of(ADA)
    assert SharedReports(tmp_path, Grader().grade).of(ADA) == REPORT
