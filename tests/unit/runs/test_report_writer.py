"""The files of a submission on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.files.atomic import check_writable
from grader.judging.judge import judge
from grader.observations.model import decode
from grader.report.formats.json import read_grade_json
from grader.runs.graded import Graded, broken
from grader.runs.report_writer import write_submission_files
from tests.unit.observation_builders import assignment, perfect


def graded() -> Graded:
    seen = perfect()
    return Graded(judge(seen, assignment()), seen)


def failed() -> Graded:
    return broken(Path("ada"), "ada", assignment(), ValueError("a bug"))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_of_a_submission(tmp_path: Path) -> None:
    made = graded()
    write_submission_files(made, tmp_path / "ada", ["json", "md"])
    assert names_in(tmp_path / "ada") == ["grade.json", "observations.json", "report.md"]
    assert decode((tmp_path / "ada" / "observations.json").read_bytes()) == made.observations
    assert read_grade_json(tmp_path / "ada" / "grade.json") == made.report


def test_only_the_formats_that_are_wanted(tmp_path: Path) -> None:
    write_submission_files(graded(), tmp_path, ["md"])
    assert names_in(tmp_path) == ["observations.json", "report.md"]


def test_files_of_an_earlier_run_do_not_contradict_the_report(tmp_path: Path) -> None:
    write_submission_files(graded(), tmp_path, ["json"])
    write_submission_files(failed(), tmp_path, ["json"])
    assert names_in(tmp_path) == ["fault.txt", "grade.json"]
    write_submission_files(graded(), tmp_path, ["json"])
    assert names_in(tmp_path) == ["grade.json", "observations.json"]


def test_files_that_cannot_be_written_or_removed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GraderError, match="cannot be written"):
        write_submission_files(graded(), tmp_path / "file", ["json"])
    (tmp_path / "ada" / "fault.txt").mkdir(parents=True)
    with pytest.raises(GraderError, match=r"fault\.txt: cannot be removed"):
        write_submission_files(graded(), tmp_path / "ada", ["json"])


def test_the_reports_folder_is_checked_before_grading(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "reports")
    assert names_in(tmp_path / "new" / "reports") == []
    (tmp_path / "file").touch()
    with pytest.raises(GraderError, match=f"{tmp_path}/file is no folder") as caught:
        check_writable(tmp_path / "file")
    assert (caught.value.exit_code, "--out" in caught.value.next_step) == (2, True)
