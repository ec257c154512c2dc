"""Each submission is graded once, whoever asks first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.integrations.pytest_plugin.verdicts import Verdicts
from grader.report.model import GradeReport
from grader.submission.sources import Source
from tests.unit.report.render.samples import sample

REPORT = sample()
ADA, GRACE = Source("ada", Path("ada")), Source("grace", Path("grace"))


class Grader:
    """Gives the same report for everything, and counts."""

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
    verdicts = Verdicts(tmp_path, grader.grade)
    assert verdicts.made(ADA) is None
    assert [verdicts.of(ADA), verdicts.of(GRACE), verdicts.of(ADA)] == [REPORT] * 3
    assert grader.graded == ["ada", "grace"]
    assert Verdicts(tmp_path, grader.grade).made(ADA) == REPORT


def test_others_wait_for_the_one_who_was_first(tmp_path: Path) -> None:
    grader = Grader()
    grader.may_end.clear()
    with ThreadPoolExecutor(4) as others:
        waiting = [others.submit(Verdicts(tmp_path, grader.grade).of, ADA) for _ in range(4)]
        grader.may_end.set()
        assert [one.result() for one in waiting] == [REPORT] * 4
    assert grader.graded == ["ada"]


def test_after_a_failure_the_next_one_tries_again(tmp_path: Path) -> None:
    def broken(_: Source) -> GradeReport:
        raise GraderError("no disk")

    with pytest.raises(GraderError, match="no disk"):
        Verdicts(tmp_path, broken).of(ADA)
    assert Verdicts(tmp_path, Grader().grade).of(ADA) == REPORT
