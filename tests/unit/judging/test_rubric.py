"""The rubric's arithmetic: points, statuses, prerequisites, and whose fault it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.assignment.tables import KindSettings
from grader.judging.rubric import (
    Case,
    Check,
    Judged,
    Judgement,
    Kind,
    Skip,
    Unjudged,
    Verdict,
    judge_all,
    kind,
    points_of,
    report_of,
    rounded,
    status_of,
)
from grader.report.model import CriterionReport, Status
from tests.unit.observation_builders import assignment, untouched

SETTINGS = KindSettings(points=20.0)


def check(*, passed: bool, weight: int = 1) -> Check:
    return Check("id", "title", passed=passed, expected="this", found="that", weight=weight)


def verdict(*outcomes: bool) -> Verdict:
    checks = tuple(check(passed=outcome) for outcome in outcomes)
    return Verdict(checks, hint="mend it")


@kind("upgrade", KindSettings, title="First")
def failing(_: Case[KindSettings]) -> Judgement:
    """The first line.

    Not the second.
    """
    return verdict(True, False)


@kind("upgrade", KindSettings, title="First")
def passing(_: Case[KindSettings]) -> Judgement:
    """Passes."""
    return verdict(True)


@kind("upgrade", KindSettings, title="First")
def broken(_: Case[KindSettings]) -> Judgement:
    """Has a bug."""
    raise ZeroDivisionError("division by zero")


@kind("upgrade", KindSettings, title="First")
def without_checks(_: Case[KindSettings]) -> Judgement:
    """Looks at nothing."""
    return Verdict(checks=())


@kind("downgrade", KindSettings, title="Second", requires=("upgrade",))
def dependent(_: Case[KindSettings]) -> Judgement:
    """Needs the first."""
    return verdict(True)


def listed(criterion_id: str, item: Kind[KindSettings], *requires: str) -> CriterionSettings:
    """A criterion of a kind, as an assignment lists it."""
    return CriterionSettings(
        criterion_id, item.name, "title", ("text",), Group.REQUIRED, 20.0, SETTINGS, requires
    )


def outcomes(*kinds: Kind[KindSettings]) -> dict[str, Judgement]:
    """What comes of an assignment with the kinds as `upgrade_head` and `downgrade`, by the id."""
    ids = ("upgrade_head", "downgrade")
    criteria = tuple(
        listed(name, item, *ids[:position])
        for position, (name, item) in enumerate(zip(ids, kinds, strict=False))
    )
    rubric = Assignment("id", "title", "digest", criteria)
    judged = judge_all({item.name: item for item in kinds}, untouched(), rubric)
    return {item.settings.id: item.judgement for item in judged}


def test_the_docstring_is_the_rubrics_text() -> None:
    first, *details = failing.text_of(SETTINGS)
    assert first == "The first line."
    assert details


def test_a_criterion_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):
        kind("mute", KindSettings, title="Mute")(lambda _: verdict(True))


def test_points_are_shared_out_by_weight() -> None:
    checks = (check(passed=True), check(passed=False, weight=2))
    assert points_of(Verdict(checks), 15.0) == 5


def test_thirds_are_rounded_in_the_report_only() -> None:
    third = points_of(verdict(True, False, False), 10.0)
    assert third == Fraction(10, 3)
    assert rounded(third) == 3.33
    assert rounded(third * 3) == 10.0


def test_points_are_taken_as_they_are_written() -> None:
    assert points_of(verdict(True), 0.1) == Fraction(1, 10)


@pytest.mark.parametrize(
    ("kind_says", "file_says", "points"),
    [(True, None, 0), (False, None, 10), (False, True, 0), (True, False, 10)],
)
def test_the_file_may_say_whether_it_is_all_or_nothing(
    kind_says: bool, file_says: bool | None, points: int
) -> None:
    settings = KindSettings(points=20.0)
    criterion = CriterionSettings(
        *("one", "test", "One", ("Text",), Group.REQUIRED, 20.0, settings), all_or_nothing=file_says
    )
    declared = kind("test", KindSettings, title="One", all_or_nothing=kind_says)(passes)
    judged = Judged(criterion, declared, verdict(True, False))
    assert judged.points == points
    assert report_of(judged).points == points


def passes(_: Case[KindSettings]) -> Judgement:
    """It passes."""
    return verdict(True)


def test_all_or_nothing_gives_nothing_for_some() -> None:
    assert points_of(verdict(True, False), 20.0, all_or_nothing=True) == 0
    assert points_of(verdict(True, True), 20.0, all_or_nothing=True) == 20


@pytest.mark.parametrize("judgement", [Skip("upgrade_head", "first that"), Unjudged("no idea")])
def test_what_was_not_judged_earns_nothing(judgement: Judgement) -> None:
    assert points_of(judgement, 20.0) == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), min_size=1), st.integers(0, 1000))
def test_points_lie_between_none_and_all_and_only_a_pass_earns_all(
    outcomes: list[tuple[bool, int]], points: int
) -> None:
    judged = Verdict(tuple(check(passed=passed, weight=weight) for passed, weight in outcomes))
    earned = points_of(judged, points / 10)
    assert 0 <= earned <= Fraction(points, 10)
    if points:
        assert (earned == Fraction(points, 10)) == (status_of(judged) is Status.PASSED)


def test_a_failed_prerequisite_skips_and_is_named() -> None:
    assert outcomes(failing, dependent)["downgrade"] == Skip(
        "upgrade_head", "This can be judged once `upgrade_head` passes."
    )


def test_a_passed_prerequisite_lets_through() -> None:
    assert status_of(outcomes(passing, dependent)["downgrade"]) is Status.PASSED


def test_a_fault_of_ours_in_the_prerequisite_is_no_failure_here() -> None:
    judged = outcomes(broken, dependent)
    assert status_of(judged["upgrade_head"]) is Status.ERROR
    assert status_of(judged["downgrade"]) is Status.ERROR


def test_a_bug_in_a_criterion_is_told_and_stays_its_own() -> None:
    assert outcomes(broken)["upgrade_head"] == Unjudged(
        "The grader failed while it judged this (ZeroDivisionError: division by zero)."
    )


def test_a_verdict_without_checks_is_no_pass() -> None:
    assert status_of(outcomes(without_checks)["upgrade_head"]) is Status.ERROR


def test_reports_of_all_four_statuses() -> None:
    settings = assignment().criteria[0]

    def report(judgement: Judgement) -> CriterionReport:
        return report_of(Judged(settings, passing, judgement))

    passed = report(verdict(True))
    assert (passed.status, passed.points, passed.hint) == (Status.PASSED, 20.0, None)
    failed = report(verdict(True, False))
    assert (failed.status, failed.points, failed.hint) == (Status.FAILED, 10.0, "mend it")
    assert [item.status for item in failed.checks] == [Status.PASSED, Status.FAILED]
    skipped = report(Skip("history", "first that"))
    assert (skipped.status, skipped.points, skipped.blocked_by) == (Status.SKIPPED, 0.0, "history")
    error = report(Unjudged("the server went away"))
    assert (error.status, error.points, error.hint) == (Status.ERROR, 0.0, None)
    assert error.evidence[0].text == "the server went away"
