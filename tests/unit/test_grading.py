"""Phases of a submission's grading, and batches of submissions that take no server to judge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from grader import report_files
from grader.batch import Source, grade_all
from grader.errors import GraderError, HarnessFault
from grader.grading import Graded, Phases, Tools, grade
from grader.intake.submission import Submission
from grader.postgres.embedded import EmbeddedBackend
from grader.render.json import read_grade_json
from grader.render.markdown import report_markdown
from grader.report import GradeReport
from grader.sandbox.unconfined import UnconfinedBackend
from tests.unit.observation_builders import assignment
from tests.waiting import wait_until


class Told:
    """Remembers what it is told while a batch is graded."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.finished: list[str] = []

    def step(self, submission_id: str, what: str) -> None:
        """A submission has come to a part of its trial."""
        self.steps.append((submission_id, what))

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are written."""
        assert graded.report.submission.id == submission_id
        self.finished.append(submission_id)


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    """Tools that start nothing as long as no submission has a chain to run."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    yield Tools(assignment(), EmbeddedBackend(), UnconfinedBackend(), workspace)
    assert list(workspace.iterdir()) == []


def write_class(folder: Path, count: int) -> list[Source]:
    """Submissions without Alembic."""
    for number in range(count):
        (folder / f"s{number}").mkdir(parents=True)
        (folder / f"s{number}" / "app.py").write_text("print('hello')\n")
    return [Source(f"s{number}", folder / f"s{number}") for number in range(count)]


def grade_class(
    sources: list[Source], tools: Tools, out: Path, told: Told | None = None, jobs: int = 2
) -> list[Graded]:
    return grade_all(sources, tools, out=out, jobs=jobs, formats=["json", "md"], progress=told or Told())


# --- phases -----------------------------------------------------------------------------------------------


def test_phases_are_told_and_timed_one_after_the_other() -> None:
    told: list[str] = []
    phases = Phases(told.append)
    assert phases.seconds() == {}
    for name in ("staging", "starting", "staging"):
        phases.begin(name)
    assert told == ["staging", "starting", "staging"]
    assert list(phases.seconds()) == ["staging", "starting"]


def test_phases_go_on_after_a_look_at_them() -> None:
    phases = Phases(lambda _: None)
    phases.begin("staging")
    before = phases.seconds()["staging"]
    threading.Event().wait(0.01)
    assert phases.seconds()["staging"] >= before + 0.009


# --- one submission ---------------------------------------------------------------------------------------


def test_a_submission_without_a_chain_is_judged_by_its_files(tmp_path: Path, tools: Tools) -> None:
    (source,) = write_class(tmp_path, 1)
    graded = grade(source.path, source.id, tools)
    assert (graded.report.status, graded.report.score, graded.fault) == ("graded", 0.0, None)
    assert graded.report.next_step
    assert list(graded.timings.phases) == ["staging", "judging"]
    assert graded.timings.work == {}


def test_a_submission_that_is_gone_is_no_zero(tmp_path: Path, tools: Tools) -> None:
    graded = grade(tmp_path / "gone", "gone", tools)
    assert (graded.report.status, graded.report.score) == ("error", None)
    assert graded.report.error is not None
    assert "does not exist" in graded.report.error


def test_a_bug_of_ours_is_no_zero(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Submission:
        raise ZeroDivisionError("a bug")

    (source,) = write_class(tmp_path, 1)
    monkeypatch.setattr("grader.intake.submission.stage", fail)
    graded = grade(source.path, source.id, tools)
    assert (graded.report.status, graded.report.score, graded.observations) == ("error", None, None)
    assert graded.report.submission.source == "s0/"
    assert graded.fault is not None
    assert graded.fault.endswith("ZeroDivisionError: a bug\n")


# --- batches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_are_in_the_order_of_the_sources(tmp_path: Path, tools: Tools, jobs: int) -> None:
    sources = write_class(tmp_path, 7)
    told = Told()
    results = grade_class(sources, tools, tmp_path / "out", told, jobs)
    assert [item.report.submission.id for item in results] == [source.id for source in sources]
    assert sorted(told.finished) == [source.id for source in sources]
    assert set(told.steps) == {(source.id, what) for source in sources for what in ("staging", "judging")}
    for item in results:
        written = read_grade_json(tmp_path / "out" / item.report.submission.id / "grade.json")
        assert written == item.report


def test_a_report_that_cannot_be_rendered_costs_no_other_its_own(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(report: GradeReport) -> str:
        if report.submission.id == "s1" and report.status == "graded":
            raise ValueError("a bug of the renderer")
        return report_markdown(report)

    monkeypatch.setattr(report_files, "report_markdown", fail_once)
    results = grade_class(write_class(tmp_path, 3), tools, tmp_path / "out")
    assert [item.report.status for item in results] == ["graded", "error", "graded"]
    assert "a bug of the renderer" in (tmp_path / "out" / "s1" / "fault.txt").read_text()
    assert read_grade_json(tmp_path / "out" / "s1" / "grade.json").score is None


def test_a_folder_that_takes_no_reports_stops_the_run(tmp_path: Path, tools: Tools) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s1").touch()
    told = Told()
    with pytest.raises(GraderError, match="cannot be written"):
        grade_class(write_class(tmp_path, 5), tools, tmp_path / "out", told, jobs=1)
    assert told.finished == ["s0"]


def test_an_interrupt_keeps_what_is_finished_and_begins_nothing_else(tmp_path: Path, tools: Tools) -> None:
    class Interrupting(Told):
        def done(self, submission_id: str, graded: Graded) -> None:
            super().done(submission_id, graded)
            if submission_id == "s1":
                raise KeyboardInterrupt
            if submission_id != "s0":
                wait_until(lambda: tools._stopped, "the interrupt has come through")

    told = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        grade_class(write_class(tmp_path, 50), tools, tmp_path / "out", told, jobs=1)
    assert told.finished in (["s0", "s1"], ["s0", "s1", "s2"])
    for name in told.finished:
        assert read_grade_json(tmp_path / "out" / name / "grade.json").status == "graded"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(told.finished)


def test_tools_that_were_stopped_start_nothing(tmp_path: Path, tools: Tools) -> None:
    tools.stop()
    tools.stop()

    def enter() -> NoReturn:
        with tools.started(tmp_path):
            pytest.fail("nothing may start")

    with pytest.raises(HarnessFault, match="stopped"):
        enter()
