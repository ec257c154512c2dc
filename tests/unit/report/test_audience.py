"""What students may see of a report, and that nothing else is left in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.report.audience import details_for_student, for_student, hides
from grader.report.formats.md import report_markdown
from grader.report.model import ChecklistEntry, GradeReport, Status, Tick
from tests.unit.report.render.pages import pictured
from tests.unit.report.render.samples import KINDS, hiding, sample


def with_next_step(report: GradeReport) -> GradeReport:
    """The sample with the next step that judging gives it: the hint of the first criterion that failed."""
    failed = next(item for item in report.criteria if item.status is Status.FAILED)
    return replace(report, next_step=failed.hint)


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_hidden_it_is_the_same_report(kind: str) -> None:
    assert for_student(sample(kind)) == sample(kind)


def test_a_hidden_criterion_is_gone_and_the_score_is_not() -> None:
    shown = for_student(hiding(sample(), "downgrade"))
    assert "downgrade" not in [item.id for item in shown.criteria]
    assert shown.score == 75.0


def test_what_a_hidden_criterion_blocks_does_not_name_it() -> None:
    before = sample()
    assert any(item.blocked_by == "downgrade" for item in before.criteria)
    shown = for_student(hiding(before, "downgrade"))
    assert not any("downgrade" in (item.blocked_by or item.hint or "") for item in shown.criteria)
    assert "needs" not in report_markdown(shown)


def test_the_next_step_is_the_first_that_may_be_shown() -> None:
    report = with_next_step(sample())
    first, second = [item for item in report.criteria if item.status is Status.FAILED][:2]
    shown = for_student(hiding(report, first.id))
    assert (report.next_step, shown.next_step) == (first.hint, second.hint)


def test_without_hints_there_is_no_next_step_either() -> None:
    shown = for_student(hiding(sample(), hints=True))
    assert shown.next_step is None
    assert not any(item.hint for item in shown.criteria)
    assert "What to do" not in report_markdown(shown)


def test_without_points_no_number_of_them_is_in_the_text() -> None:
    text = report_markdown(for_student(hiding(sample(), points=True)))
    assert text.startswith("# grace: graded\n")
    assert "oints" not in text
    assert "75" not in text
    assert "bonus " not in text


def test_a_report_that_needs_a_new_run_still_says_so() -> None:
    shown = for_student(hiding(sample("error"), points=True))
    assert "needs a new run" in report_markdown(shown)


def test_nobody_is_told_that_everything_passed_when_something_hidden_did_not() -> None:
    report = with_next_step(sample())
    failed = [item.id for item in report.criteria if item.status is not Status.PASSED]
    assert "Everything" not in report_markdown(for_student(hiding(report, *failed)))


def test_an_item_of_the_checklist_does_not_tell_of_a_hidden_criterion() -> None:
    report = replace(
        sample(),
        checklist=(
            ChecklistEntry("Try it", Tick.OPEN, criteria=("downgrade",)),
            ChecklistEntry("See it", Tick.DONE, criteria=("history", "downgrade")),
            ChecklistEntry("Make it", Tick.DONE, criteria=("history",)),
        ),
    )
    shown = for_student(hiding(report, "downgrade")).checklist
    assert [item.tick for item in shown] == [Tick.LOOK, Tick.LOOK, Tick.DONE]
    assert "downgrade" not in str(shown)
    assert for_student(report).checklist == report.checklist


def test_whether_something_is_hidden() -> None:
    assert not hides(sample())
    assert hides(hiding(sample(), "downgrade"))
    assert hides(hiding(sample(), points=True))


def test_pictures_show_what_hidden_criteria_look_at() -> None:
    report, details = pictured()
    shown = details_for_student(hiding(report, "reversible_chain"), details)
    assert not shown.chain
    assert not shown.tables
    assert shown.errors == details.errors
    assert details_for_student(hiding(report, hints=True), details).chain == details.chain
