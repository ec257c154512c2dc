"""Which files a report becomes, and which of them a folder holds."""

from __future__ import annotations

from pathlib import Path

from grader.report import files
from grader.report.details import ReportDetails
from grader.report.formats import FORMATS
from grader.report.formats.interface import Batch
from tests.unit.report.render.samples import sample


def test_grade_json_comes_last_however_the_formats_are_named() -> None:
    written = files.of_submission(sample(), ReportDetails(), ["json", "md", "html", "csv"])
    assert list(written) == ["report.html", "for-student.html", "report.md", "grade.json"]
    assert written["for-student.html"] is None


def test_a_file_that_must_not_be_there_has_no_content() -> None:
    assert files.of_submission(sample("error"), ReportDetails(), ["gradescope"]) == {"results.json": None}


def test_a_batch_has_a_summary_in_any_case() -> None:
    assert list(files.of_batch(Batch([(sample(), ReportDetails())]), [])) == ["summary.json"]


def test_a_folder_is_of_the_formats_that_it_holds_files_of(tmp_path: Path) -> None:
    for name in ("grade.json", "results.json", "index.html", "junit.xml", "notes.txt"):
        (tmp_path / name).touch()
    assert files.formats_of(tmp_path) == ["gradescope", "json"]
    assert files.names_in(tmp_path) == ["results.json", "grade.json"]
    assert files.batch_formats_of(tmp_path) == ["html", "junit"]


def test_every_format_is_known(tmp_path: Path) -> None:
    entries = [(sample(), ReportDetails())]
    for name in files.of_batch(Batch(entries), FORMATS):
        (tmp_path / name).touch()
    for name in files.of_submission(*entries[0], FORMATS):
        (tmp_path / name).touch()
    assert {*files.formats_of(tmp_path), *files.batch_formats_of(tmp_path)} == set(FORMATS)
