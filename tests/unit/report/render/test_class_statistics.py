"""What the class page counts."""

from __future__ import annotations

from dataclasses import replace

from grader.report.details import Cause, ReportDetails, Shape
from grader.report.model import GradeReport, Status, SubmissionInfo
from grader.report.render import class_statistics
from grader.report.render.class_statistics import MAX_LISTED, CommonCause, SharedRevision
from tests.unit.report.render.pages import saved


def named(report: GradeReport, name: str) -> GradeReport:
    return replace(report, submission=SubmissionInfo(name, f"{name}/", ""))


def scored(score: float | None) -> GradeReport:
    return replace(saved("mixed"), score=score, status="error" if score is None else "graded")


def test_scores_go_into_steps_of_ten_percent() -> None:
    counts = class_statistics.distribution([scored(s) for s in (0, 9.99, 10, 89.9, 99.9, 100, 100, None)])
    assert [(label, count) for label, count in counts.items() if count] == [
        ("0-9", 2),
        ("10-19", 1),
        ("80-89", 1),
        ("90-99", 1),
        ("100", 2),
    ]
    assert len(counts) == 11


def test_a_rubric_without_points_is_full_score() -> None:
    assert class_statistics.percent_of(replace(saved("mixed"), score=0.0, max_score=0.0)) == 100
    assert class_statistics.percent_of(replace(saved("mixed"), score=12.0, max_score=10.0)) == 100


def test_pass_rates_leave_out_what_needs_a_new_run() -> None:
    rates = class_statistics.rates([saved("perfect"), saved("nothing"), saved("error"), saved("perfect")])
    assert (rates[0].title, rates[0].passed, rates[0].failed, rates[0].percent) == (
        "Upgrade to head",
        2,
        1,
        66,
    )
    assert next(item.percent for item in class_statistics.rates([saved("error")])) is None


def test_causes_are_counted_once_a_submission_and_only_where_something_failed() -> None:
    one, other = Cause("one", "One", "c", "f"), Cause("other", "Other", "c", "f")
    entries = [
        (saved("mixed"), ReportDetails(causes=(other, one))),
        (saved("mixed"), ReportDetails(causes=(one,))),
        (saved("perfect"), ReportDetails(causes=(other,))),
    ]
    assert class_statistics.common_causes(entries) == (
        CommonCause("one", "One", 2),
        CommonCause("other", "Other", 1),
    )


def test_a_cause_that_follows_from_another_one_is_not_counted() -> None:
    root, derived = Cause("root", "Root", "c", "f"), Cause("derived", "D", "c", "f", derived=True)
    entries = [(saved("mixed"), ReportDetails(causes=(root, derived)))]
    assert class_statistics.common_causes(entries) == (CommonCause("root", "Root", 1),)


def test_equally_common_causes_are_in_alphabetical_order_and_few() -> None:
    causes = tuple(Cause(f"cause_{number:02}", "x", "c", "f") for number in reversed(range(20)))
    found = class_statistics.common_causes([(saved("mixed"), ReportDetails(causes=causes))])
    assert [item.id for item in found] == [f"cause_{number:02}" for number in range(MAX_LISTED)]


def test_failed_checks_are_counted_under_their_criterion() -> None:
    reports = [saved("mixed"), named(saved("mixed"), "ada"), saved("perfect")]
    found = {item.id: item for item in class_statistics.common_checks(reports)}
    assert found["user_columns/avatar_url"].count == 2
    assert found["user_columns/avatar_url"].criterion == "New columns of users"


def test_a_check_of_one_revision_is_not_counted() -> None:
    report = saved("mixed")
    criterion = report.criteria[1]
    check = replace(criterion.checks[0], id="up_0123", revision="0123", status=Status.FAILED)
    only = replace(report, criteria=(replace(criterion, checks=(check,)),))
    assert class_statistics.common_checks([only]) == ()


def entries(**revisions: str) -> list[class_statistics.ClassEntry]:
    report = saved("mixed")
    return [
        (named(report, name), ReportDetails(revisions=tuple(ids.split()))) for name, ids in revisions.items()
    ]


def test_submissions_with_revision_ids_in_common() -> None:
    first, second = "0123456789ab", "abcdef012345"
    (group,) = class_statistics.shared_groups(
        entries(ada=f"given {first} {second}", grace=f"given {first} {second}", alan="given 999999999999"),
        ["given"],
    )
    assert group.submissions == ("ada", "grace")
    assert group.revisions == (SharedRevision(first, is_random=True), SharedRevision(second, is_random=True))


def test_groups_that_differ_are_told_apart_and_the_largest_comes_first() -> None:
    groups = class_statistics.shared_groups(entries(ada="x a b", grace="x a b", alan="x"), [])
    assert [(group.submissions, [item.id for item in group.revisions]) for group in groups] == [
        (("ada", "grace"), ["a", "b"]),
        (("ada", "grace", "alan"), ["x"]),
    ]


def test_an_id_that_nobody_drew_is_marked() -> None:
    (group,) = class_statistics.shared_groups(entries(ada="001", grace="001"), [])
    assert group.revisions == (SharedRevision("001", is_random=False),)


def test_an_id_twice_in_one_submission_is_not_shared() -> None:
    assert class_statistics.shared_groups(entries(ada="a a", grace="b"), []) == ()


# Submissions that make the same schemas


def alike(**shapes: str) -> list[tuple[str, ...]]:
    """The groups in a class; each value is a shape and the ids of the revisions."""
    made = []
    for name, text in shapes.items():
        digest, *revisions = text.split()
        shape = None if digest == "-" else Shape(digest, "users.extra is not in the reference")
        report = replace(saved("mixed"), submission=SubmissionInfo(name, name, ""))
        made.append((report, ReportDetails(revisions=tuple(revisions), shape=shape)))
    return [group.submissions for group in class_statistics.alike_groups(made)]


def test_submissions_of_one_shape_are_alike() -> None:
    assert alike(ada="s1 a", grace="s1 b", alan="s2 c", edith="- d", tim="- e") == [("ada", "grace")]


def test_those_that_share_a_revision_are_listed_by_that() -> None:
    assert alike(ada="s1 a b", grace="s1 a c") == []
    assert alike(ada="s1 a", grace="s1 a", alan="s1 c") == [("ada", "grace", "alan")]


def test_what_many_make_says_nothing() -> None:
    names = [f"student_{number}" for number in range(5)]
    assert alike(**{name: f"s1 {name}" for name in names[:4]}) == [tuple(names[:4])]
    assert alike(**{name: f"s1 {name}" for name in names}) == []
