"""The rule for late work: days, costs, and the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.late import LateRule

DUE = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_the_most_is_in_the_unit_of_a_day() -> None:
    percent = LateRule(DUE, per_day=10.0, in_percent=True, most=25.0)
    assert (percent.penalty(1, 50.0), percent.penalty(9, 50.0)) == (5.0, 12.5)
    assert LateRule(DUE, per_day=10.0, most=25.0).penalty(9, 50.0) == 25.0


def test_without_an_end_it_always_counts() -> None:
    assert not LateRule(DUE, per_day=1.0).counts_no_more(DUE + timedelta(days=999))


@given(st.integers(-(10**6), 10**6), st.floats(0, 10))
def test_nothing_is_late_before_it_is_due_and_days_never_shrink(seconds: int, grace: float) -> None:
    rule = LateRule(DUE, grace_days=grace, per_day=1.0)
    moment = DUE + timedelta(seconds=seconds)
    days = rule.days_late(moment)
    assert days == 0 or moment > DUE
    assert rule.days_late(moment + timedelta(days=1)) in (days, days + 1)
