"""The picture of the chain: what each revision changed, its ways, and what a downgrade left behind."""

from __future__ import annotations

from dataclasses import replace

from grader.judging.evidence import judged_schema
from grader.judging.pictures import details_of
from grader.judging.pictures.chain import MAX_CHANGES, chain_links, changes
from grader.observations.model import Observations
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import StepAction
from grader.report.details import ChainLink, Change
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    assignment,
    at,
    column,
    exits_at_once,
    perfect,
    snapshot,
    step,
    table,
    thing,
    untouched,
    with_head,
    with_stair,
    without,
)


def links(observations: Observations) -> tuple[ChainLink, ...]:
    return chain_links(observations, judged_schema(observations))


def statuses(link: ChainLink) -> tuple[Status, Status, Status]:
    return link.up.status, link.down.status, link.again.status


def test_a_chain_in_which_everything_is_right() -> None:
    found = links(perfect())
    assert [(link.revision, link.parents, link.is_head) for link in found] == [
        ("aaa1", (), False),
        ("bbb2", ("aaa1",), False),
        ("ccc3", ("bbb2",), False),
        ("ddd4", ("ccc3",), True),
    ]
    assert {statuses(link) for link in found} == {(Status.PASSED,) * 3}
    assert [link.left for link in found] == [()] * 4
    assert found[0].changes == (
        Change("+", "table posts (1 column)"),
        Change("+", "table users (2 columns)"),
    )
    assert found[1].changes == (
        Change("+", "column users.avatar_url (character varying(255), nullable)"),
        Change("+", "column users.bio (text, nullable)"),
    )
    assert found[2].changes == (
        Change("+", "table categories (2 columns)"),
        Change("+", "column posts.category_id (integer, nullable)"),
        Change("+", "constraint posts.fk_category_id"),
    )
    assert found[3].changes == (
        Change("~", "column users.username: type was character varying(80), is character varying(50)"),
    )


def test_what_a_downgrade_left_behind() -> None:
    left = (*INITIAL, thing("type", "mood", type="enum"))
    down = step(StepAction.DOWNGRADE, "-1", versions=at(1), state=left)
    link = links(with_stair(perfect(), 2, left, down=down))[1]
    assert link.left == (Change("+", "type mood"),)
    assert statuses(link) == (Status.PASSED, Status.FAILED, Status.PASSED)
    assert "another schema" in link.down.text


def test_a_downgrade_that_undoes_too_much() -> None:
    left = without(INITIAL, "posts")
    down = step(StepAction.DOWNGRADE, "-1", versions=at(1), state=left)
    assert links(with_stair(perfect(), 2, left, down=down))[1].left == (
        Change("-", "table posts (1 column)"),
    )


def test_a_downgrade_that_fails_leaves_everything_and_says_why() -> None:
    down = step(
        StepAction.DOWNGRADE, "-1", versions=at(2), state=PROFILE, exit_code=1, stderr="Oops: no name"
    )
    link = links(with_stair(perfect(), 2, down=down, again=None))[1]
    assert statuses(link) == (Status.PASSED, Status.FAILED, Status.SKIPPED)
    assert link.left == ()
    assert "no name" in link.down.text


def test_going_up_again_has_to_give_the_same_schema() -> None:
    again = step(StepAction.UPGRADE, "bbb2", versions=at(2), state=INITIAL)
    link = links(with_stair(perfect(), 2, again=again))[1]
    assert statuses(link) == (Status.PASSED, Status.PASSED, Status.FAILED)


def test_revisions_that_were_not_tried_are_there_all_the_same() -> None:
    observations = replace(perfect(), stairway=perfect().stairway[:1])
    found = links(observations)
    assert statuses(found[3]) == (Status.SKIPPED,) * 3
    assert found[3].changes == ()


def test_changes_come_from_the_replay_where_the_schema_does() -> None:
    found = links(with_head(perfect(), (*SHORTENED, table("extra")), replayed=CATEGORIES))
    assert [bool(link.changes) for link in found] == [True, True, True, False]


def test_without_a_graph_there_is_no_chain() -> None:
    assert links(untouched()) == ()


def test_what_only_repeats_another_line_is_left_out() -> None:
    before = snapshot(EMPTY)
    made = snapshot(
        (
            *EMPTY,
            table("users"),
            column("users", "id", "integer", nullable=False),
            thing("sequence", "users_id_seq"),
            thing("sequence", "tickets"),
        )
    )
    assert [item.text for item in changes(before, made)] == ["table users (1 column)", "sequence tickets"]


def test_owners_and_privileges_are_no_changes() -> None:
    one, other = (SchemaSnapshot((thing("table", "users", owner=name),)) for name in ("direct", "pooled"))
    assert changes(one, other) == ()


def test_many_changes_are_cut_and_counted() -> None:
    many = snapshot((*EMPTY, *(table(f"t{number:03}") for number in range(50))))
    found = changes(snapshot(EMPTY), many)
    assert len(found) == MAX_CHANGES + 1
    assert found[-1].text == "and 20 more"


def test_details_of_all_kinds_of_submissions() -> None:
    rubric = assignment()
    for observations in (perfect(), untouched(), exits_at_once(), perfect(STATES)):
        details = details_of(observations, rubric)
        assert details == details_of(observations, rubric)
    assert details_of(untouched(), rubric).tables == ()
    assert details_of(perfect(), rubric).revisions == ("aaa1", "bbb2", "ccc3", "ddd4")
    assert details_of(perfect(), rubric).causes == ()
    first = details_of(exits_at_once(), rubric).causes[0]
    assert (first.id, first.text) == ("claim_without_effect", f"{first.cause} {first.fix}")
    assert first.summary
