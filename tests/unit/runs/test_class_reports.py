"""The files of a class stay true when a part of it is graded, and when somebody leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.report.details import ReportDetails
from grader.report.files import of_batch
from grader.report.formats import FORMATS
from grader.report.formats.interface import Batch
from grader.runs.class_reports import class_reports
from grader.runs.graded import Graded
from grader.runs.report_writer import write_class_files
from tests.unit.observation_builders import assignment, perfect
from tests.unit.saved_folders import a_class, graded, named, save

RUBRIC = assignment()


def files_after(folder: Path, results: Sequence[Graded], *, whole: bool) -> dict[str, bytes]:
    """The files of the class after a run that graded these."""
    said: list[str] = []
    batch = Batch([(item.report, item.details) for item in results], handed_out=RUBRIC.handed_out)
    known = class_reports(folder, [item.report.submission.id for item in results], RUBRIC, whole=whole)
    completed = known.completed(batch, RUBRIC, said.append)
    assert not said
    return of_batch(completed, known.formats(["json"]))


def summary(files: dict[str, bytes]) -> tuple[list[str], list[str]]:
    document = json.loads(files["summary.json"])
    return [item["id"] for item in document["submissions"]], document["gone"]


def test_one_student_is_graded_into_a_class(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    grace = next(item for item in a_class() if item.report.submission.id == "grace")
    after = files_after(folder, [grace], whole=False)
    assert set(after) == set(before)
    assert after == before
    better = graded(named(perfect(), "grace"), RUBRIC)
    after = files_after(folder, [better], whole=False)
    assert summary(after) == (["ada", "grace", "edsger", "linus"], [])
    assert json.loads(after["summary.json"])["counts"]["full_score"] == 2
    assert {name for name in after if after[name] != before[name]} == set(before)


def test_somebody_new_comes_last(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path)
    assert summary(files_after(folder, [graded(named(perfect(), "new"), RUBRIC)], whole=False)) == (
        ["ada", "grace", "edsger", "linus", "new"],
        [],
    )


def test_somebody_who_left_is_gone_until_they_come_back(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path)
    others = [item for item in a_class() if item.report.submission.id != "edsger"]
    files = files_after(folder, others, whole=True)
    assert summary(files) == (["ada", "grace", "linus"], ["edsger"])
    assert b"edsger" not in files["index.html"] + files["grades.csv"]
    (folder / "summary.json").write_bytes(files["summary.json"])
    ada = others[:1]
    assert summary(files_after(folder, ada, whole=False)) == (["ada", "grace", "linus"], ["edsger"])
    assert summary(files_after(folder, a_class(), whole=True))[1] == []


def test_a_first_run_and_reports_of_another_assignment(tmp_path: Path) -> None:
    ada = [graded(named(perfect(), "ada"), RUBRIC)]
    assert set(files_after(tmp_path, ada, whole=False)) == {"summary.json"}
    other = [
        replace(item, report=replace(item.report, assignment=replace(item.report.assignment, id="shop")))
        for item in a_class()
    ]
    folder = save(other, tmp_path)
    assert summary(files_after(folder, ada, whole=False)) == (["ada"], [])
    assert summary(files_after(folder, ada, whole=True)) == (["ada"], [])


def test_a_report_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path)
    path = folder / "grace" / "grade.json"
    path.write_bytes(path.read_bytes()[:2000])
    said: list[str] = []
    (ada, *_) = a_class()
    known = class_reports(folder, ["ada"], RUBRIC, whole=False)
    batch = known.completed(Batch([(ada.report, ReportDetails())]), RUBRIC, said.append)
    assert [report.submission.id for report in batch.reports] == ["ada", "edsger", "linus"]
    (line,) = said
    assert line.startswith("The report of grace is not among the class's files: ")
    assert [report.submission.id for report in batch.whole_reports] == ["ada", "edsger", "linus"]
    write_class_files(batch, folder, FORMATS)
