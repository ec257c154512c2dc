"""What the options of `grader grade` mean for a run."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from grader.cli import grade_setup
from grader.cli.grade_run import run_spec_of
from grader.cli.grade_setup import (
    MOST_ON_A_CLUSTER,
    PreparedRun,
    jobs_of,
    refuse_folders_of_class_files,
    refuse_reports_in_work,
)
from grader.cli.main import parser
from grader.errors import UsageError
from grader.integrations.github.actions import folder_in_repository
from grader.runs.assignments import load
from grader.runs.batch import RunSpec
from grader.runtime.machine import jobs_here
from grader.submission.sources import Source


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the key out of the home of the user who runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def arguments(*more: str) -> argparse.Namespace:
    return parser().parse_args(["grade", "ada", *more])


def spec_of(*more: str, formats: tuple[str, ...] = ("json",), count: int = 2) -> RunSpec:
    """The run that the options ask for, with this many submissions."""
    sources = [Source(str(number), Path(str(number))) for number in range(count)]
    prepared = PreparedRun(sources, load(), Path(), None, None, jobs=5)
    return run_spec_of(arguments(*more), formats, prepared)


def test_jobs_as_the_machine_allows_and_as_the_cluster_allows() -> None:
    assert jobs_of(arguments()) == jobs_here()
    assert jobs_of(arguments("--cluster", "tcp://x:1")) == MOST_ON_A_CLUSTER
    for more in ((), ("--cluster", "tcp://x:1")):
        assert jobs_of(arguments("--jobs", "3", *more)) == 3
    assert spec_of().jobs == 5


@pytest.mark.parametrize(("room", "jobs"), [(2, 2), (5, 5), (9, 5), (None, 5)])
def test_jobs_are_no_more_than_memory_has_room_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: int | None, jobs: int
) -> None:
    monkeypatch.setattr(grade_setup, "jobs_in_memory", lambda: room)
    assert jobs_of(arguments("--jobs", "5")) == jobs
    assert ("--jobs 5 becomes 2" in capsys.readouterr().err) is (jobs == 2)
    assert jobs_of(arguments("--jobs", "5", "--cluster", "tcp://x:1")) == 5


@pytest.mark.parametrize(("count", "whole"), [(1, True), (2, False)])
def test_one_report_is_shown_whole(count: int, whole: bool) -> None:
    assert spec_of(count=count).whole is whole


def test_timings_and_folders_are_kept_if_they_are_shown() -> None:
    plain = spec_of()
    assert (plain.timings, plain.locate, plain.fresh) == (False, None, False)
    more = spec_of("--verbose", "--fresh", formats=("json", "github"))
    assert (more.timings, more.locate, more.fresh) == (True, folder_in_repository, True)


def test_runs_of_the_same_user_have_the_same_seal() -> None:
    first, second = (spec_of().seal for _ in range(2))
    assert first == second
    assert first.key is not None


@pytest.mark.parametrize("out", ["ada", "."])
def test_reports_among_the_students_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="among the submission's own files") as caught:
        refuse_reports_in_work([Source("ada", tmp_path / "ada")], Path(out))
    assert "--out" in caught.value.next_step


@pytest.mark.parametrize("out", ["reports", "ada/reports", "ada/ada"])
def test_reports_in_a_folder_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    monkeypatch.chdir(tmp_path)
    refuse_reports_in_work([Source("ada", tmp_path / "ada")], Path(out))


def test_a_folder_in_the_place_of_a_class_file_is_refused_before_grading(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    refuse_folders_of_class_files(tmp_path)
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(UsageError, match=r"grades\.csv is a folder"):
        refuse_folders_of_class_files(tmp_path)


def test_reports_are_not_written_into_a_folder_with_code_of_the_submission(tmp_path: Path) -> None:
    versions = tmp_path / "ada" / "alembic" / "versions"
    versions.mkdir(parents=True)
    source = Source("ada", tmp_path / "ada")
    refuse_reports_in_work([source], tmp_path / "ada" / "alembic")  # nothing is in it
    (versions / "1_first.py").touch()
    for out in (versions, versions.parent):
        with pytest.raises(UsageError, match="own files"):
            refuse_reports_in_work([source], out)
    refuse_reports_in_work([source], tmp_path / "ada" / "reports")
