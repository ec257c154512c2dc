"""Who is in the class of a folder of reports, and what the reports were made by."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.report.members import MadeBy, Members, made_by, members_in, reported_in
from tests.unit.observation_builders import assignment
from tests.unit.saved_folders import a_class, save


def test_the_class_is_what_the_summary_says(tmp_path: Path) -> None:
    save(a_class(), tmp_path)
    assert members_in(tmp_path) == Members(("ada", "grace", "edsger", "linus"))
    (tmp_path / "summary.json").write_text('{"submissions": [{"id": "ada"}], "gone": ["grace", "ada"]}')
    assert members_in(tmp_path) == Members(("ada",), ("grace",))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"submissions": [1]}', '{"submissions": [{"id": 1}]}', '{"submissions": 3}']
)
def test_a_summary_that_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    assert members_in(tmp_path) == Members()


def test_what_reports_were_made_by(tmp_path: Path) -> None:
    save(a_class(), tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "grade.json").write_text("{")
    rubric = assignment()
    assert made_by(tmp_path, ["ada", "broken", "nobody"]) == {"ada": MadeBy(rubric.id, rubric.sha256)}
    assert reported_in(tmp_path) == ["ada", "broken", "edsger", "grace", "linus"]
    assert not reported_in(tmp_path / "nowhere")
