"""Whole reports: sums, statuses, the first next step; and that nobody earns points by saying so."""

from __future__ import annotations

import pkgutil
from dataclasses import replace

from grader.judging import kinds
from grader.judging.judge import error_report, judge
from grader.judging.kinds import KINDS, NAMES
from grader.judging.rubric import unlisted
from grader.observations.model import decode, encode
from grader.report.model import Status, SubmissionInfo
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    SHORTENED,
    STATES,
    assignment,
    changed,
    exits_at_once,
    perfect,
    untouched,
    with_head,
)

ALL_WEIGHTED = dict.fromkeys(("configuration", "reapply", "reversible_chain", "data_survival"), 10.0)


def test_the_kinds_are_the_modules_of_their_package() -> None:
    modules = {module.name for module in pkgutil.iter_modules(kinds.__path__)}
    assert modules == set(NAMES)
    assert {item.name for item in KINDS.values()} == modules


def test_kinds_need_only_kinds_that_need_no_keys_of_their_own() -> None:
    for item in KINDS.values():
        for needed in item.requires:
            assert unlisted(KINDS[needed]).requires == ()


def test_everything_right() -> None:
    report = judge(perfect(), assignment())
    assert (report.status, report.error, report.next_step) == ("graded", None, None)
    assert (report.score, report.max_score, report.bonus, report.max_bonus) == (100, 100, 5, 5)
    assert {item.status for item in report.criteria} == {Status.PASSED}
    assert all(item.hint is None for item in report.criteria)
    assert report.flags == ()
    assert (report.run.postgres, report.run.seconds) == ("17.5", 1.25)
    assert (report.submission.id, report.assignment.id) == ("ada", "exercise_4_migrations")


def test_the_optional_step_costs_nothing() -> None:
    report = judge(perfect((*STATES[:4], CATEGORIES)), assignment())
    assert (report.score, report.bonus, report.next_step) == (100, 0, None)


def test_the_untouched_template() -> None:
    report = judge(untouched(), assignment(**ALL_WEIGHTED))
    assert (report.status, report.score, report.bonus) == ("graded", 0, 0)
    statuses = [item.status for item in report.criteria]
    assert statuses == [Status.FAILED, *[Status.SKIPPED] * (len(report.criteria) - 1)]
    assert {item.blocked_by for item in report.criteria[1:]} == {"upgrade_head"}
    assert report.next_step is not None
    assert "alembic init alembic" in report.next_step


def test_exit_code_0_for_every_command_earns_nothing_whatever_the_weights() -> None:
    report = judge(exits_at_once(), assignment(**ALL_WEIGHTED))
    assert (report.status, report.score, report.bonus) == ("graded", 0, 0)
    assert report.max_score == 140


def test_practice_with_points_counts_to_the_score() -> None:
    report = judge(perfect(), assignment(reapply=7.5))
    assert (report.score, report.max_score) == (107.5, 107.5)


def test_the_sum_is_exact_where_the_parts_are_rounded() -> None:
    """Five checks of six are 0.0333... of 0.04 points: 0.03 each, and 0.1 in all, not 0.09."""
    spoilt = changed(SHORTENED, "categories.name", nullable=True)
    rubric = assignment(category_table=0.04)
    table = replace(rubric.criteria[2], requires=())
    report = judge(with_head(perfect(), spoilt), replace(rubric, criteria=(table, table, table)))
    assert [item.points for item in report.criteria] == [0.03, 0.03, 0.03]
    assert report.score == 0.1


def test_the_next_step_is_the_first_required_failure() -> None:
    spoilt = changed(SHORTENED, "users.bio", nullable=False)
    report = judge(with_head(perfect(), spoilt), assignment())
    assert report.next_step is not None
    assert "users.bio" in report.next_step


def test_every_failed_criterion_has_a_hint() -> None:
    for observations in (
        untouched(),
        exits_at_once(),
        with_head(perfect(), EMPTY),
        with_head(perfect(), CATEGORIES),
    ):
        for item in judge(observations, assignment()).criteria:
            assert (item.hint is None) == (item.status in {Status.PASSED, Status.ERROR})


def test_a_criterion_that_could_not_be_judged_takes_the_score_away() -> None:
    report = judge(replace(perfect(), models=None), assignment())
    assert (report.status, report.score, report.bonus) == ("error", None, None)
    assert report.error is not None
    assert "models_match" in report.error
    assert [item.id for item in report.criteria if item.status is Status.ERROR] == ["models_match"]


def test_without_points_such_a_criterion_takes_nothing_away() -> None:
    report = judge(replace(perfect(), rows=()), assignment())
    assert (report.status, report.score) == ("graded", 100)
    assert [item.id for item in report.criteria if item.status is Status.ERROR] == ["data_survival"]
    weighted = judge(replace(perfect(), rows=()), assignment(data_survival=1.0))
    assert weighted.status == "error"


def test_an_assignment_may_leave_criteria_out() -> None:
    rubric = assignment()
    few = replace(rubric, criteria=rubric.criteria[:3])
    report = judge(perfect(), few)
    assert [item.id for item in report.criteria] == ["upgrade_head", "user_columns", "category_table"]
    assert (report.score, report.max_score) == (45, 45)


def test_what_a_criterion_needs_is_judged_although_the_assignment_leaves_it_out() -> None:
    alone = replace(assignment(), criteria=(replace(assignment().criteria[1], requires=("upgrade",)),))
    assert judge(exits_at_once(), alone).criteria[0].blocked_by == "upgrade"
    assert judge(perfect(), alone).score == 10


def test_a_criterion_waits_for_what_the_file_says() -> None:
    rubric = assignment()
    late = replace(rubric.criteria[0], requires=("models_match",))
    first = replace(rubric, criteria=(late, replace(rubric.criteria[6], requires=())))
    report = judge(replace(perfect(), models=None), first)
    assert [item.status for item in report.criteria] == [Status.ERROR, Status.ERROR]
    assert judge(perfect(), first).score == 40


def test_the_same_observations_give_the_same_report() -> None:
    saved = decode(encode(perfect()))
    assert judge(saved, assignment()) == judge(perfect(), assignment())


def test_a_fault_of_ours_costs_no_points() -> None:
    submission = SubmissionInfo("ada", "ada/", "")
    report = error_report(assignment(), submission, "the database was lost")
    assert (report.status, report.score, report.bonus, report.error) == (
        "error",
        None,
        None,
        "the database was lost",
    )
    assert (report.max_score, report.max_bonus) == (100, 5)
    assert {item.status for item in report.criteria} == {Status.ERROR}
    assert report.next_step is None
