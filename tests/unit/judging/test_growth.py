"""Which columns and tables were added later, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.objects import ExpectedColumn, ExpectedSchema
from grader.judging import evidence, growth
from grader.judging.growth import Origin
from grader.observations.model import Observations
from grader.observations.revisions import ModelsCall
from grader.observations.steps import StepAction
from grader.report.model import CriterionReport, Status
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    assignment,
    changed,
    column,
    evolving,
    perfect,
    primary_key,
    step,
    table,
    with_head,
    with_snapshots,
    with_stair,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

BIO = ExpectedSchema(columns=(ExpectedColumn("users", "bio", ("text",), nullable=True),))
TABLE: ExpectedSchema = assignment().criteria[2].settings.expected()


def origins(observations: Observations, expected: ExpectedSchema = BIO) -> tuple[Origin, ...]:
    judged_schema = evidence.judged_schema(observations)
    assert judged_schema is not None
    return growth.origins(expected, observations, judged_schema)


def graded(observations: Observations, criterion_id: str) -> CriterionReport:
    """A criterion's report by the exercise's rubric, with schemas that have to grow."""
    return judged(observations, criterion_id, evolving(assignment()))


def renamed(objects: Objects, old: str, new: str) -> Objects:
    """The objects, with another name for a table and all that is named after it."""
    moved = []
    for item in objects:
        name = new + item.name[len(old) :] if item.name.split(".")[0] == old else item.name
        properties = {**item.properties}
        if properties.get("table") == old:
            properties["table"] = new
        moved.append(replace(item, name=name, properties=properties))
    return tuple(moved)


def test_later_columns_and_tables_have_grown() -> None:
    assert origins(perfect()) == (Origin("users", "bio", later=True),)
    tables = origins(perfect(), TABLE)
    assert [(item.name, item.later) for item in tables] == [("categories", True), ("posts.category_id", True)]
    users = graded(perfect(), "user_columns")
    assert (users.status, users.points, users.hint) == (Status.PASSED, 10, None)
    assert found(users, "evolves") == "added by a later revision"


ONE_GO = (EMPTY, SHORTENED, SHORTENED, SHORTENED, SHORTENED)


def test_all_in_one_loses_a_third() -> None:
    users, categories = (graded(perfect(ONE_GO), name) for name in ("user_columns", "category_table"))
    assert (failed_checks(users), users.points) == (["evolves"], 6.67)
    assert (failed_checks(categories), categories.points) == (["evolves"], 10)
    assert found(users, "evolves") == "Revision aaa1 makes users with bio and avatar_url"
    assert "aaa1" in hint(users)
    assert "alembic/versions/aaa1.py" in hint(users)
    assert "`alembic downgrade base`" in hint(users)
    assert '`alembic revision -m "add users.bio and users.avatar_url"`' in hint(users)
    assert 'write `down_revision = "aaa1"` into it' in hint(users)
    assert "its own id as down_revision into alembic/versions/bbb2.py" in hint(users)
    assert (
        found(categories, "evolves")
        == "Revision aaa1 makes the first tables and categories with them and posts with category_id"
    )


def test_an_empty_first_revision_is_not_the_first() -> None:
    (bio,) = origins(perfect((EMPTY, EMPTY, SHORTENED, SHORTENED, SHORTENED)))
    assert (bio.later, bio.revision) == (False, "bbb2")
    categories, _ = origins(perfect((EMPTY, EMPTY, SHORTENED, SHORTENED, SHORTENED)), TABLE)
    assert (categories.later, categories.revision) == (False, "bbb2")


def test_revisions_split_further_have_grown() -> None:
    first = without(INITIAL, "posts")
    assert all(item.later for item in origins(perfect((EMPTY, first, INITIAL, CATEGORIES, SHORTENED)), TABLE))


def test_a_column_that_comes_with_a_table_that_comes_later() -> None:
    states = (EMPTY, without(INITIAL, "users"), *STATES[2:])
    (bio,) = origins(perfect(states))
    assert (bio.later, bio.revision) == (False, "bbb2")


def test_above_the_head_a_new_revision_is_in_its_place() -> None:
    late = graded(
        perfect((EMPTY, without(INITIAL, "users"), *([without(INITIAL, "users")] * 2), SHORTENED)),
        "user_columns",
    )
    assert found(late, "evolves") == "Revision ddd4 makes users with bio and avatar_url"
    assert "down_revision" not in hint(late)


def test_a_column_may_be_altered_later() -> None:
    other = changed(PROFILE, "users.bio", type="character varying(500)")
    assert origins(perfect((EMPTY, INITIAL, other, CATEGORIES, SHORTENED)))[0].later


def test_a_renamed_table_keeps_its_past() -> None:
    people = (EMPTY, renamed(INITIAL, "users", "people"), renamed(PROFILE, "users", "people"), *STATES[3:])
    assert origins(perfect(people))[0].later
    at_once = (EMPTY, renamed(PROFILE, "users", "people"), renamed(PROFILE, "users", "people"), *STATES[3:])
    assert origins(perfect(at_once)) == (Origin("users", "bio", revision="aaa1"),)


def test_a_table_that_is_made_again_keeps_its_past() -> None:
    gone = without(INITIAL, "users")
    assert origins(perfect((EMPTY, INITIAL, gone, CATEGORIES, SHORTENED)))[0].later


def test_a_mistake_that_a_later_revision_took_back_counts_no_more() -> None:
    assert origins(perfect((EMPTY, PROFILE, INITIAL, CATEGORIES, SHORTENED)))[0].later


def test_another_table_that_goes_is_no_past() -> None:
    other = (*EMPTY, table("notes"), column("notes", "text", "text"), primary_key("notes", "text"))
    (bio,) = origins(perfect((EMPTY, other, PROFILE, CATEGORIES, SHORTENED)))
    assert (bio.later, bio.revision) == (False, "bbb2")


@pytest.mark.parametrize("relation", ["view", "materialized view"])
def test_what_is_missing_has_not_grown(relation: str) -> None:
    view = (*without(SHORTENED, "categories"), table("categories", relation))
    categories, _ = origins(with_head(perfect(), view), TABLE)
    assert (categories.there, categories.later) == (False, False)
    lacking = graded(with_head(perfect(), without(SHORTENED, "users.bio")), "user_columns")
    assert failed_checks(lacking) == ["column_users_bio", "evolves"]
    assert found(lacking, "evolves") == "users.bio is not there"
    assert "The models have users.bio, and no revision makes it" in hint(lacking)


def stopped(number: int) -> Observations:
    """The stairway stops at a revision (from 1); all at once the chain gets to head."""
    fails = step(StepAction.UPGRADE, "x", versions=None, state=STATES[number - 1], exit_code=1)
    observations = with_stair(perfect(), number, up=fails, down=None, again=None)
    return replace(observations, stairway=observations.stairway[:number])


def test_where_the_stairway_stops_what_was_seen_counts() -> None:
    assert origins(stopped(2))[0].later
    (bio,) = origins(stopped(1))
    assert (bio.later, bio.revision) == (False, None)


def test_where_nothing_was_seen_the_check_says_so() -> None:
    for observations in (stopped(1), replace(perfect(), stairway=())):
        result = graded(observations, "user_columns")
        assert failed_checks(result) == ["evolves"]
        assert "no revision was seen to add users.bio" in found(result, "evolves")
        assert "one at a time" in hint(result)


def test_the_way_to_the_parent_in_one_go_counts_too() -> None:
    below = step(StepAction.UPGRADE, "ccc3", state=INITIAL)
    observations = with_snapshots(replace(stopped(1), below_head=below), INITIAL)
    assert origins(observations)[0].later
    same = with_snapshots(replace(stopped(1), below_head=replace(below, snapshot=None)), INITIAL)
    assert origins(same)[0].revision is None


def test_a_single_revision_is_known_without_a_stairway() -> None:
    observations = replace(perfect(ONE_GO), stairway=())
    assert observations.graph is not None
    alone = replace(observations.graph, revisions=observations.graph.revisions[-1:])
    assert origins(replace(observations, graph=alone))[0].revision == "ddd4"


def test_tables_of_the_models_are_to_be_written_out() -> None:
    observations = perfect(ONE_GO)
    assert observations.graph is not None
    first, *others = observations.graph.revisions
    assert first.upgrade is not None
    called = replace(first, upgrade=replace(first.upgrade, models_call=ModelsCall(21, "db.create_all")))
    by_models = replace(observations, graph=replace(observations.graph, revisions=(called, *others)))
    result = graded(by_models, "user_columns")
    assert "`op.create_table(…)` for each table" in hint(result)
    assert "Leave users.bio and users.avatar_url out there" in hint(result)
