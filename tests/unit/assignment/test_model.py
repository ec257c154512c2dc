"""The assignment as a value."""

from __future__ import annotations

from grader.assignment.model import CRITERION_IDS, Assignment, CriterionSettings, Group


def test_a_criterion_is_found_by_its_id_or_is_left_out() -> None:
    history = CriterionSettings("history", Group.REQUIRED, 10.0)
    assignment = Assignment("id", "title", "digest", (history,), "")
    assert assignment.criterion("history") is history
    assert assignment.criterion("reapply") is None


def test_no_criterion_is_named_twice() -> None:
    assert len(set(CRITERION_IDS)) == len(CRITERION_IDS)
