"""Reports read back from their folder, and folders that are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grader.errors import ConfigurationError, NothingToGradeError, UsageError
from grader.report.saved import read_reports
from tests.unit.saved_folders import a_class, save


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return save(a_class(), tmp_path / "reports")


def refusal(reports: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_reports(reports)
    assert caught.value.exit_code == 2
    assert caught.value.next_step
    return caught.value


def test_every_report_is_read_in_the_order_of_names(reports: Path) -> None:
    (reports / ".hidden").mkdir()
    (reports / "notes").mkdir()
    assert [item.report.submission.id for item in read_reports(reports)] == [
        "ada",
        "edsger",
        "grace",
        "linus",
    ]
    assert read_reports(reports)[0].report == a_class()[0].report


def test_a_folder_half_written(reports: Path) -> None:
    (reports / "ada" / "grade.json").unlink()
    (reports / "grace" / "grade.json").unlink()
    error = refusal(reports)
    assert error.message.splitlines() == [
        f"{reports / 'ada'}: there is no grade.json.",
        f"{reports / 'grace'}: there is no grade.json.",
    ]
    assert "grade again" in error.next_step


def test_a_report_cut_off(reports: Path) -> None:
    path = reports / "ada" / "grade.json"
    path.write_bytes(path.read_bytes()[:500])
    assert f"{path}: not whole or not JSON" in refusal(reports).message


def test_a_report_of_another_layout(reports: Path) -> None:
    path = reports / "ada" / "grade.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": "2"}))
    assert refusal(reports).message == (
        f"{path}: written in layout version '2'; this grader reads version '1'."
    )


def test_a_report_in_the_wrong_folder(reports: Path) -> None:
    shutil.copytree(reports / "ada", reports / "copy")
    assert "this is the report of the submission 'ada', not of 'copy'" in refusal(reports).message


def test_a_folder_without_reports(tmp_path: Path) -> None:
    with pytest.raises(NothingToGradeError):
        read_reports(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_reports(tmp_path / "none")
