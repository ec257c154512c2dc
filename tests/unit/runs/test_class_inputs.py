"""The roster and the overrides of a run: what was named, or what an earlier run left beside the reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.report.class_record import NOTHING_KNOWN
from grader.report.model import Person
from grader.runs.class_inputs import ROSTER, read_class_inputs
from tests.unit.observation_builders import assignment


def test_where_nothing_is_there_nothing_is_known(tmp_path: Path) -> None:
    inputs = read_class_inputs(tmp_path, assignment())
    assert inputs.record(["ada"], whole_class=True) == NOTHING_KNOWN
    assert inputs.remarks(["ada"], NOTHING_KNOWN) == []
    inputs.keep()
    assert list(tmp_path.iterdir()) == []


def test_a_copy_with_the_ids_is_kept_and_used(tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("submission,name\nzoe\u0308,Zo\u00eb\n", encoding="utf-8")
    reports = tmp_path / "reports"
    inputs = read_class_inputs(reports, assignment(), roster=roster)
    inputs = replace(inputs, roster=inputs.roster.matched(["zo\u00eb"]))
    inputs.keep()
    again = read_class_inputs(reports, assignment())
    assert again.roster.people == {"zo\u00eb": Person("Zo\u00eb")}
    assert again.roster.path == reports / ROSTER


@pytest.mark.parametrize(("from_grades", "expected"), [(True, {"ada": Person("Ada")}), (False, {})])
def test_names_in_grades_csv(tmp_path: Path, from_grades: bool, expected: dict[str, Person]) -> None:
    (tmp_path / "grades.csv").write_text("submission,name,status,score,max_score\nada,Ada,graded,1,2\n")
    inputs = read_class_inputs(tmp_path, assignment(), from_grades=from_grades)
    assert inputs.roster.people == expected
    assert inputs.remarks(["ada"], NOTHING_KNOWN) == []


def test_of_many_submissions_of_nobody_ten_are_named(tmp_path: Path) -> None:
    (tmp_path / ROSTER).write_text("submission\nada\n")
    inputs = read_class_inputs(tmp_path, assignment())
    (remark,) = inputs.remarks([f"s{n:02}" for n in range(12)], NOTHING_KNOWN)
    assert remark.endswith("s09 and 2 more.")
