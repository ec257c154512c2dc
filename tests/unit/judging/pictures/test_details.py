"""All pictures together: a bug in one of them costs that one, and is said."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from grader.files.step_back import write_keeping
from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.report.details import OmittedPart, ReportDetails
from grader.report.formats.html import report_html
from grader.report.formats.interface import Batch
from grader.runs.regrade import changed_files, regrade
from tests.unit.observation_builders import assignment, exits_at_once, perfect
from tests.unit.report.render.pages import text_of
from tests.unit.saved_folders import files, graded, named, save

PARTS = {
    "chain_links": ("the picture of the revisions", "chain", perfect()),
    "table_pictures": ("the picture of the schema", "tables", perfect()),
    "error_pictures": ("the lines that errors came through", "errors", exits_at_once()),
    "all_diagnoses": ("the causes", "causes", exits_at_once()),
}


def fail(*_: object) -> NoReturn:
    raise KeyError("a <b>bug</b>")


@pytest.mark.parametrize("name", PARTS)
def test_a_bug_costs_the_one_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    part, attribute, observations = PARTS[name]
    whole = details_of(observations, assignment())
    monkeypatch.setattr(f"grader.judging.pictures.{name}", fail)
    without = {attribute: (), "omitted": (OmittedPart(part, "KeyError: 'a <b>bug</b>'"),)}
    expected: dict[str, Any] = {field.name: getattr(whole, field.name) for field in fields(whole)} | without
    assert details_of(observations, assignment()) == ReportDetails(**expected)


def test_a_bug_before_all_pictures_costs_no_more_than_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.judging.evidence.judged_schema", fail)
    details = details_of(perfect(), assignment())
    assert [item.part for item in details.omitted] == ["the schema at head", "the causes"]
    assert (len(details.chain), details.tables, len(details.revisions)) == (4, (), 4)


def test_the_verdict_stands_and_the_page_says_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.judging.pictures.table_pictures", fail)
    result = graded(named(perfect(), "ada"), assignment())
    assert (result.report.status, result.report.score, result.fault) == ("graded", 100, None)
    folder = save([result], tmp_path)
    text = " ".join(text_of((folder / "ada" / "report.html").read_text()).split())
    assert "Not on this page: the picture of the schema" in text
    assert "KeyError: 'a <b>bug</b>'" in text


def test_regrading_draws_anew_and_survives_the_bug_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save([graded(named(perfect(), "ada"), assignment())], tmp_path / "reports")
    before = files(folder)
    with monkeypatch.context() as patched:
        patched.setattr("grader.judging.pictures.table_pictures", fail)
        assert run(folder) == 100
    assert files(folder)["ada/report.html"] != before["ada/report.html"]
    assert run(folder) == 100
    assert files(folder) == before


def run(folder: Path) -> float | None:
    (result,) = results = regrade(folder, assignment())
    batch = Batch([(item.after, item.details) for item in results])
    write_keeping(folder, changed_files(results, folder, batch))
    return result.after.score


def test_nothing_is_said_where_nothing_is_left_out() -> None:
    assert ReportDetails().omitted == ()
    assert details_of(perfect(), assignment()).omitted == ()


def test_without_reference_models_nothing_is_marked() -> None:
    rubric = replace(assignment(), reference_sql=None)
    details = details_of(perfect(), rubric)
    page = report_html(judge(perfect(), rubric), details)
    assert not details.compared
    assert "users" in {table.name for table in details.tables}
    assert "compared with the reference models" not in page
    assert "as asked" not in page
    compared = report_html(judge(perfect(), assignment()), details_of(perfect(), assignment()))
    assert "compared with the reference models" in compared
