"""Many submissions in one run: order, retries after faults, interrupts."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import ConfigurationError, DisturbedTrial, GraderError, HarnessFault, UnavailableError
from grader.integrations.github.actions import folder_in_repository
from grader.report.formats import md
from grader.report.formats.json import read_grade_json
from grader.report.formats.md import report_markdown
from grader.report.model import GradeReport
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_memory import ReducedResult
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.submission.sources import Source
from tests.unit.observation_builders import assignment
from tests.unit.runners import Scripted, Told, write_class
from tests.waiting import SECONDS, wait_until


def spec(out: Path, *, jobs: int = 2, retry_after: tuple[float, ...] = (0.01, 0.01)) -> RunSpec:
    return RunSpec(out, ("json", "md"), jobs, retry_after=retry_after)


def statuses(results: list[ReducedResult]) -> list[str]:
    return [item.report.status for item in results]


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_are_in_the_order_of_the_sources(tmp_path: Path, jobs: int) -> None:
    sources, told, runner = write_class(tmp_path, 7), Told(), Scripted(tmp_path / "work")
    results = grade_all(sources, runner, spec(tmp_path / "out", jobs=jobs), told)
    assert [item.report.submission.id for item in results] == [source.id for source in sources]
    assert sorted(told.finished) == sorted(runner.tried) == [source.id for source in sources]
    assert set(told.steps) == {
        (source.id, what) for source in sources for what in ("staging", "trying the chain", "judging")
    }
    for item in results:
        written = read_grade_json(tmp_path / "out" / item.report.submission.id / "grade.json")
        assert (written.score, written.submission) == (item.report.score, item.report.submission)


def test_an_assignment_that_does_not_fit_ends_the_run(tmp_path: Path) -> None:
    def refuse(_: str) -> None:
        raise ConfigurationError("assignment.toml, line 7: `criteria.orders.tables` names no table")

    sources, runner = write_class(tmp_path, 3), Scripted(tmp_path / "work", refuse)
    with pytest.raises(ConfigurationError, match="line 7"):
        grade_all(sources, runner, spec(tmp_path / "out"), Told())
    assert list(tmp_path.glob("out/*/grade.json")) == []


def test_a_class_that_takes_no_server(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "work").mkdir()
    tools = LocalRunner(assignment(), EmbeddedBackend(), UnconfinedBackend(), tmp_path / "work")
    (result,) = grade_all([Source("ada", tmp_path / "ada")], tools, spec(tmp_path / "out"), Told())
    assert (result.report.score, result.taken_over) == (0.0, False)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(("jobs", "places", "expected"), [(3, None, 3), (12, 2, 2), (2, 12, 2)])
def test_as_many_at_once_as_jobs_and_capacity_allow(
    tmp_path: Path, jobs: int, places: int | None, expected: int
) -> None:
    together, lock, running, most = threading.Barrier(expected, timeout=SECONDS), threading.Lock(), [0], [0]

    def count(_: str) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait()
        with lock:
            running[0] -= 1

    runner = Scripted(tmp_path / "work", count)
    runner.limit = places
    grade_all(write_class(tmp_path, 2 * expected), runner, spec(tmp_path / "out", jobs=jobs), Told())
    assert most == [expected]


def test_capacity_that_comes_later_is_used(tmp_path: Path) -> None:
    runner = Scripted(tmp_path / "work")
    runner.limit = 0
    threading.Timer(0.05, lambda: setattr(runner, "limit", 1)).start()
    assert len(grade_all(write_class(tmp_path, 1), runner, spec(tmp_path / "out"), Told())) == 1


# --- faults -----------------------------------------------------------------------------------------------


class Failing:
    """Raises the given number of times for a submission."""

    def __init__(self, error: Exception, **times: int) -> None:
        self._error = error
        self._left = times

    def __call__(self, submission_id: str) -> None:
        """The script of a `Scripted` runner."""
        if self._left.get(submission_id, 0):
            self._left[submission_id] -= 1
            raise self._error


@pytest.mark.parametrize("error", [HarnessFault("the server ended"), OSError("too many files")])
def test_a_fault_that_does_not_come_again_leaves_no_trace(tmp_path: Path, error: Exception) -> None:
    runner, told = Scripted(tmp_path / "work", Failing(error, s1=2)), Told()
    results = grade_all(write_class(tmp_path, 3), runner, spec(tmp_path / "out"), told)
    assert statuses(results) == ["graded"] * 3
    assert runner.tried.count("s1") == 3
    assert [(name, seconds) for name, _, seconds in told.retried] == [("s1", 0.01), ("s1", 0.01)]
    assert not (tmp_path / "out" / "s1" / "fault.txt").exists()


def test_a_fault_that_comes_again_is_an_error_after_three_attempts(tmp_path: Path) -> None:
    runner, told = Scripted(tmp_path / "work", Failing(HarnessFault("no server"), s1=99)), Told()
    results = grade_all(write_class(tmp_path, 3), runner, spec(tmp_path / "out"), told)
    assert statuses(results) == ["graded", "error", "graded"]
    assert runner.tried.count("s1") == 3
    assert told.finished.count("s1") == 1
    assert results[1].report.error == "no server"


def test_a_bug_is_not_tried_again(tmp_path: Path) -> None:
    runner, told = Scripted(tmp_path / "work", Failing(ZeroDivisionError("a bug"), s0=1)), Told()
    (result,) = grade_all(write_class(tmp_path, 1), runner, spec(tmp_path / "out"), told)
    assert (result.report.status, told.retried, runner.tried) == ("error", [], ["s0"])


def test_a_submission_that_waits_for_a_retry_does_not_delay_others(tmp_path: Path) -> None:
    runner = Scripted(tmp_path / "work", Failing(HarnessFault("the server ended"), s0=1))
    sources, told = write_class(tmp_path, 3), Told()
    grade_all(sources, runner, spec(tmp_path / "out", jobs=1, retry_after=(0.5,)), told)
    assert runner.tried[:2] == ["s0", "s1"]
    assert sorted(told.finished) == ["s0", "s1", "s2"]
    assert told.finished[0] == "s1"


def test_a_trial_that_was_disturbed_is_tried_again_after_all_others_and_alone(tmp_path: Path) -> None:
    lock, running, beside = threading.Lock(), [0], []
    failing = Failing(DisturbedTrial("memory ran out"), s0=2, s2=1)

    def run(submission_id: str) -> None:
        with lock:
            running[0] += 1
        try:
            failing(submission_id)
            if submission_id in ("s0", "s2"):
                beside.append(running[0])
        finally:
            with lock:
                running[0] -= 1

    runner, told = Scripted(tmp_path / "work", run), Told()
    results = grade_all(write_class(tmp_path, 6), runner, spec(tmp_path / "out", jobs=3), told)
    assert statuses(results) == ["graded"] * 6
    assert beside == [1, 1]
    assert {seconds for _, _, seconds in told.retried} == {None}
    assert set(told.finished[:4]) == {"s1", "s3", "s4", "s5"}
    settled = list(zip(runner.tried, runner.settled, strict=True))
    assert sorted(settled[:6]) == [(f"s{number}", False) for number in range(6)]
    assert sorted(settled[6:]) == [("s0", True), ("s0", True), ("s2", True)]


def test_the_only_attempt_settles_everything(tmp_path: Path) -> None:
    runner = Scripted(tmp_path / "work")
    grade_all(write_class(tmp_path, 1), runner, spec(tmp_path / "out", retry_after=()), Told())
    assert runner.settled == [True]


def test_a_run_ends_when_its_runner_cannot_go_on(tmp_path: Path) -> None:
    def lose(submission_id: str) -> None:
        if submission_id == "s1":
            runner.broken = UnavailableError("the cluster is gone")
            raise HarnessFault("lost")

    runner, told = Scripted(tmp_path / "work", lose), Told()
    with pytest.raises(UnavailableError, match="the cluster is gone"):
        grade_all(write_class(tmp_path, 5), runner, spec(tmp_path / "out", jobs=1), told)
    assert told.finished == ["s0"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["s0"]
    assert runner.stopped.is_set()


# --- files ------------------------------------------------------------------------------------------------


def test_a_report_that_cannot_be_rendered_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(report: GradeReport) -> str:
        if report.submission.id == "s1":  # in whatever state
            raise ValueError("a bug of the renderer")
        return report_markdown(report)

    monkeypatch.setattr(md, "report_markdown", fail_once)
    runner = Scripted(tmp_path / "work")
    results = grade_all(write_class(tmp_path, 3), runner, spec(tmp_path / "out"), Told())
    assert statuses(results) == ["graded", "error", "graded"]
    assert "a bug of the renderer" in (tmp_path / "out" / "s1" / "fault.txt").read_text()
    assert not (tmp_path / "out" / "s1" / "report.md").exists()
    assert read_grade_json(tmp_path / "out" / "s1" / "grade.json").score is None


def test_a_folder_that_cannot_be_written_to_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s1").touch()
    told = Told()
    with pytest.raises(GraderError, match="cannot be written"):
        grade_all(write_class(tmp_path, 5), Scripted(tmp_path / "work"), spec(tmp_path / "out", jobs=1), told)
    assert told.finished == ["s0"]


def test_an_interrupt_keeps_finished_reports_and_starts_nothing_else(tmp_path: Path) -> None:
    class Interrupting(Told):
        def done(self, submission_id: str, graded: Graded) -> None:
            super().done(submission_id, graded)
            if submission_id == "s1":
                raise KeyboardInterrupt
            if submission_id != "s0":
                wait_until(runner.stopped.is_set, "the interrupt has come through")

    told, runner = Interrupting(), Scripted(tmp_path / "work")
    with pytest.raises(KeyboardInterrupt):
        grade_all(write_class(tmp_path, 50), runner, spec(tmp_path / "out", jobs=1), told)
    assert told.finished in (["s0", "s1"], ["s0", "s1", "s2"])
    for name in told.finished:
        assert read_grade_json(tmp_path / "out" / name / "grade.json").status == "graded"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(told.finished)


def test_whole_reports_timings_and_folders_are_kept_on_demand(tmp_path: Path) -> None:
    plain = spec(tmp_path / "out", jobs=1)
    (lean,) = grade_all(write_class(tmp_path, 1), Scripted(tmp_path / "work"), plain, Told())
    assert lean.timings.phases == {}
    more = replace(plain, whole=True, timings=True, locate=folder_in_repository)
    (result,) = grade_all(write_class(tmp_path / "x", 1), Scripted(tmp_path / "work"), more, Told())
    assert result.timings.phases.keys() == {"staging", "trying the chain", "judging"}
    assert result.report == read_grade_json(tmp_path / "out" / "s0" / "grade.json")
