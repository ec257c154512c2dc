"""`grades.csv`, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.class_record import ClassRecord
from grader.report.formats.csv import cell, document, grades_csv
from grader.report.model import Person
from grader.report.overrides import Word
from grader.report.render import phrases
from tests.unit.report.render.csv_reading import read_csv, table
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, person_of, sample, samples

PEOPLE = {"grace": Person("Hopper, Grace", "grace@example.org"), "ada": Person('Ada "the first"')}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def test_the_whole_file() -> None:
    data = grades_csv(samples(), PEOPLE, [Person("Who Is Missing", "missing@example.org")])
    assert data == (EXPECTED / "grades.csv").read_bytes()


def test_a_report_without_a_score_has_empty_cells_and_no_zero() -> None:
    row = next(row for row in table(grades_csv(samples(), {})) if row["status"] == "error")
    assert (row["submission"], row["score"], row["bonus"], row["max_score"]) == ("linus", "", "", "100")
    assert {row[name] for name in row if name.endswith("_points")} == {""}


def test_excel_is_told_that_it_is_utf8() -> None:
    assert grades_csv([], {}, [Person("\u00c4da")]).startswith(b"\xef\xbb\xbfsubmission,")


def test_what_the_grader_found_stands_beside_what_counts() -> None:
    report = sample()
    words = (
        Word("history", 10.0, "Shown, in the lab.", "M. Keller", "2026-05-10"),
        Word(None, 90.0, "=1+1", "M. Keller", "2026-05-11"),
    )
    changed = ClassRecord(words={report.submission.id: words}).applied(report)
    (row,) = table(grades_csv([changed], {}))
    assert (row["score"], row["found_score"], row["days_late"]) == (
        "90",
        phrases.number(report.score or 0),
        "",
    )
    assert row["by_hand"].startswith(
        "90 points by hand instead of 75: =1+1 (M. Keller, 2026-05-11) | history: 10"
    )
    (plain,) = table(grades_csv([report], {}))
    assert (plain["score"], plain["found_score"], plain["by_hand"]) == ("75", "75", "")


def test_someone_who_handed_nothing_in_has_a_row() -> None:
    *_, last = table(grades_csv(samples(), PEOPLE, [Person("Who Is Missing")]))
    assert (last["submission"], last["name"], last["status"], last["score"]) == (
        *("", "Who Is Missing", "missing"),
        "",
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_in_its_cell(text: str) -> None:
    report = everywhere(text)
    rows = table(grades_csv([report], {report.submission.id: person_of(text)}))
    assert len(rows) == 1
    for value in rows[0].values():
        assert not value.startswith(FORMULA_STARTS)
        assert not set(value) & set("\x00\x1b\r\n\u202e")
        assert "::error" not in value
        assert not value.startswith("##[")
    assert rows[0]["status"] == "graded"
    assert rows[0]["one_points"] == "0"


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), min_size=1, max_size=4))
def test_another_reader_reads_what_was_written(rows: list[list[str]]) -> None:
    assert read_csv(document(rows)) == [[cell(text) for text in row] for row in rows]


@given(st.text(max_size=30))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not cell(text).startswith(FORMULA_STARTS)
