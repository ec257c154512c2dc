"""The same advice is said once."""

from __future__ import annotations

from dataclasses import replace

from grader.report.model import GradeReport, Status
from grader.report.render.advice import said_once
from tests.unit.report.render.samples import sample


def with_hints(**hints: str) -> GradeReport:
    report = sample()
    return replace(
        report,
        next_step="First.",
        criteria=tuple(
            replace(item, hint=hints[item.id], status=Status.FAILED) if item.id in hints else item
            for item in report.criteria
        ),
    )


def test_a_paragraph_a_reference_and_the_next_step() -> None:
    report = with_hints(user_columns="First.", history="Same.", downgrade="Same.", models_match="Other.")
    said = said_once(report, "Below.")
    assert said["user_columns"] == "Below."
    assert said["history"] == "Same."
    assert said["downgrade"] == "The same as for `history`."
    assert said["models_match"] == "Other."
    assert "upgrade_head" not in said


def test_only_what_is_shown_is_referred_to() -> None:
    report = with_hints(history="Same.", downgrade="Same.")
    assert said_once(report, "Below.", among={"downgrade"}) == {"downgrade": "Same."}


def test_what_is_not_due_yet_is_not_referred_to() -> None:
    report = with_hints(history="Same.", downgrade="Same.")
    later = tuple(replace(item, not_yet=item.id == "history") for item in report.criteria)
    assert said_once(replace(report, criteria=later), "Below.")["downgrade"] == "Same."
