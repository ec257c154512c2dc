"""The gradebook CSV for Canvas."""

from __future__ import annotations

import pytest

from grader.report.gradebooks.canvas import gradebook_csv
from grader.report.model import Person
from tests.unit.report.render.csv_reading import read_csv, table
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, person_of, samples

COLUMN = "Exercise 4 (1234)"
PEOPLE = {
    "grace": Person("Hopper, Grace", canvas_id="17", sis_user_id="s17", sis_login_id="grace", section="A"),
    "ada": Person("Lovelace, Ada", canvas_id="18"),
}


def test_the_whole_file() -> None:
    assert gradebook_csv(samples(), PEOPLE, COLUMN) == (EXPECTED / "canvas.csv").read_bytes()


def test_the_second_row_has_the_maximum() -> None:
    first, second, *_ = read_csv(gradebook_csv(samples(), {}, COLUMN))
    assert first == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", COLUMN]
    assert (second[0], second[-1]) == ("Points Possible", "100")


def test_the_bonus_counts_and_a_report_without_a_score_is_left_out() -> None:
    rows = {row["Student"]: row[COLUMN] for row in table(gradebook_csv(samples(), PEOPLE, COLUMN))}
    assert rows == {
        "Points Possible": "100",
        "Hopper, Grace": "75",
        "Lovelace, Ada": "105",
        "template": "0",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_stays_in_its_cell(text: str) -> None:
    header, _, row = read_csv(gradebook_csv([everywhere(text)], {text: person_of(text)}, text))
    assert len(header) == len(row) == 6
    assert row[-1] == "75"
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in (*header, *row))
