"""What people and lateness change of a report, and that what the grader found can always be had again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.late import LateRule
from grader.report.class_record import NOTHING_KNOWN, ClassRecord, as_found
from grader.report.model import Computed, GradeReport, Override, Person, Status
from grader.report.overrides import Word
from tests.unit.report.render.samples import KINDS, sample

DUE = datetime(2026, 5, 4, 22, 0, tzinfo=UTC)
RULE = LateRule(DUE, per_day=10.0, most=30.0, nothing_after_days=7.0)


def word(criterion: str | None, points: float) -> Word:
    return Word(criterion, points, "Shown in the lab.", "M. Keller", "2026-05-10")


def changed(
    report: GradeReport, *words: Word, late: timedelta | None = None, rule: LateRule = RULE
) -> GradeReport:
    """The report with these words, and handed in so long after it was due."""
    name = report.submission.id
    submitted = {} if late is None else {name: DUE + late}
    return ClassRecord(words={name: words}, late=rule, submitted=submitted).applied(report)


def failed(report: GradeReport) -> str:
    return next(item.id for item in report.criteria if item.status is Status.FAILED and item.max_points)


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_known_nothing_changes(kind: str) -> None:
    assert NOTHING_KNOWN.applied(sample(kind)) == sample(kind)
    assert changed(sample(kind)) == sample(kind)


def test_the_word_on_a_criterion_counts_and_what_was_found_stays() -> None:
    before = sample()
    name = failed(before)
    was = next(item for item in before.criteria if item.id == name)
    after = changed(before, word(name, was.max_points))
    now = next(item for item in after.criteria if item.id == name)
    assert (now.status, now.points) == (Status.FAILED, was.max_points)
    assert now.override == Override(
        was.max_points, was.points, "Shown in the lab.", "M. Keller", "2026-05-10"
    )
    assert before.score is not None
    assert after.score == pytest.approx(before.score + was.max_points - was.points)
    assert after.computed == Computed("graded", before.score, before.bonus, None, before.next_step)
    assert now.settled
    assert after.next_step != was.hint


def test_the_word_on_the_whole_is_the_score_and_is_final() -> None:
    after = changed(sample(), word(None, 50.0), word(failed(sample()), 1.0), late=timedelta(days=30))
    assert (after.score, after.bonus) == (50.0, sample().bonus)
    assert after.override is not None
    assert after.override.found == sample().score
    assert after.late is not None
    assert after.late.points == 0


def test_a_person_may_judge_what_the_grader_could_not() -> None:
    after = changed(sample("error"), word(None, 70.0))
    assert (after.status, after.score, after.bonus, after.error) == ("graded", 70.0, 0.0, None)
    assert after.computed is not None
    assert after.computed.error == sample("error").error
    assert after.override is not None
    assert after.override.found is None


def test_words_on_some_criteria_do_not_make_a_score_of_an_error() -> None:
    before = sample("error")
    names = [item.id for item in before.criteria if item.max_points]
    assert changed(before, word(names[0], 1.0)).score is None
    assert changed(before, *(word(name, 1.0) for name in names)).score is not None


@pytest.mark.parametrize(
    ("late", "days", "cost"),
    [
        (timedelta(hours=-1), 0, 0.0),
        (timedelta(0), 0, 0.0),
        (timedelta(seconds=1), 1, 10.0),
        (timedelta(days=1), 1, 10.0),
        (timedelta(days=1, seconds=1), 2, 20.0),
        (timedelta(days=6), 6, 30.0),
    ],
)
def test_each_day_that_has_begun_costs_up_to_the_most(late: timedelta, days: int, cost: float) -> None:
    after = changed(sample(), late=late)
    assert after.late is not None
    assert (after.late.days, after.late.points) == (days, cost)
    assert sample().score is not None
    assert after.score == sample().score - cost  # type: ignore[operator]


def test_after_the_last_day_nothing_counts() -> None:
    after = changed(sample("perfect"), late=timedelta(days=7, seconds=1))
    assert (after.score, after.bonus) == (0.0, 0.0)
    assert after.late is not None
    assert after.late.counts_no_more
    assert as_found(after) == sample("perfect")


def test_days_of_grace_and_percent() -> None:
    rule = LateRule(DUE, grace_days=2.0, per_day=5.0, in_percent=True)
    before = replace(sample(), score=40.0, max_score=50.0)
    assert changed(before, late=timedelta(days=2), rule=rule).score == 40.0
    assert changed(before, late=timedelta(days=3), rule=rule).score == 37.5
    assert changed(before, late=timedelta(days=300), rule=rule).score == 0.0


def test_a_person_may_have_another_due_date() -> None:
    report = sample()
    name = report.submission.id
    record = ClassRecord(
        late=RULE, submitted={name: DUE + timedelta(days=2)}, due={name: DUE + timedelta(days=2)}
    )
    assert record.applied(report).score == report.score


def test_whose_time_is_not_known_pays_nothing_and_is_named() -> None:
    record = ClassRecord(late=RULE, submitted={"ada": DUE})
    assert record.undated(["ada", "grace"]) == ("grace",)
    assert ClassRecord().undated(["ada"]) == ()
    assert record.applied(sample()).score == sample().score


def test_a_name_changes_no_points() -> None:
    record = ClassRecord(people={sample().submission.id: Person("Ada")})
    after = record.applied(sample())
    assert after.person == Person("Ada")
    assert after.computed is None
    assert as_found(after) == sample()


@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.integers(0, 6), st.integers(0, 10)),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(-10, 300),
)
def test_what_the_grader_found_can_be_had_again(
    kind: str, criteria: dict[int, int], whole: int | None, hours: int | None
) -> None:
    before = changed(sample(kind), word(None, 0.0), rule=RULE)  # also from a report that is changed already
    names = [item.id for item in before.criteria]
    words = [word(names[at], float(points)) for at, points in criteria.items() if at < len(names)]
    if whole is not None:
        words.append(word(None, float(whole)))
    after = changed(before, *words, late=None if hours is None else timedelta(hours=hours))
    assert as_found(after) == sample(kind)
    assert after.score is None or after.score >= 0
