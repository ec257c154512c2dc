"""The picture of the schema: every table, column and rule with a mark against the reference models."""

from __future__ import annotations

from grader.judging.pictures import details_of
from grader.observations.model import Observations
from grader.report.details import Mark, TablePicture
from tests.unit.observation_builders import (
    EMPTY,
    SHORTENED,
    Objects,
    assignment,
    changed,
    column,
    foreign_key,
    perfect,
    primary_key,
    table,
    thing,
    unique_index,
    with_head,
    without,
)


def pictures(observations: Observations) -> dict[str, TablePicture]:
    return {item.name: item for item in details_of(observations, assignment()).tables}


def at_head(objects: Objects) -> dict[str, TablePicture]:
    return pictures(with_head(perfect(), objects))


def marks(picture: TablePicture) -> dict[str, str]:
    return {item.name: item.mark.value for item in picture.columns if item.mark is not Mark.AS_ASKED}


def rule_marks(picture: TablePicture) -> dict[str, str]:
    return {item.text: item.mark.value for item in picture.rules if item.mark is not Mark.AS_ASKED}


def test_everything_as_asked() -> None:
    found = pictures(perfect())
    assert list(found) == ["categories", "posts", "users"]
    assert {item.mark for item in found.values()} == {Mark.AS_ASKED}
    assert [(item.name, item.type) for item in found["users"].columns] == [
        ("id", "integer, not null"),
        ("avatar_url", "character varying(255), nullable"),
        ("bio", "text, nullable"),
        ("username", "character varying(50), not null"),
    ]
    assert [item.text for item in found["categories"].rules] == ["primary key (id)", "unique (name)"]
    assert not any(marks(item) or rule_marks(item) for item in found.values())


def test_a_missing_column_stands_where_it_should_be() -> None:
    users = at_head(without(SHORTENED, "users.bio"))["users"]
    assert marks(users) == {"bio": "missing"}
    assert users.mark is Mark.DIFFERENT


def test_a_column_that_is_different_says_what_is_asked_for_and_since_when() -> None:
    spoilt = changed(SHORTENED, "users.avatar_url", type="text")
    (column_,) = [item for item in at_head(spoilt)["users"].columns if item.mark is Mark.DIFFERENT]
    assert (column_.name, column_.type) == ("avatar_url", "text, nullable")
    assert (column_.expected, column_.revision) == ("character varying(255), nullable", "bbb2")


def test_more_than_asked_for_is_marked_as_that() -> None:
    more = (
        *SHORTENED,
        column("users", "phone", "text"),
        table("tags"),
        column("tags", "id", "integer", nullable=False),
        primary_key("tags", "id"),
    )
    found = at_head(more)
    assert list(found)[-1] == "tags"
    assert marks(found["users"]) == {"phone": "extra"}
    assert (found["users"].mark, found["tags"].mark) == (Mark.AS_ASKED, Mark.EXTRA)
    assert (marks(found["tags"]), rule_marks(found["tags"])) == (
        {"id": "extra"},
        {"primary key (id)": "extra"},
    )


def test_a_missing_table_is_shown_with_all_that_it_should_have() -> None:
    categories = at_head(without(SHORTENED, "categories", "posts.fk_category_id"))["categories"]
    assert categories.mark is Mark.MISSING
    assert marks(categories) == dict.fromkeys(("id", "name"), "missing")
    assert rule_marks(categories) == dict.fromkeys(("primary key (id)", "unique (name)"), "missing")


def test_a_view_is_no_table() -> None:
    objects = (*without(SHORTENED, "categories"), thing("view", "categories", definition="SELECT 1"))
    assert at_head(objects)["categories"].mark is Mark.MISSING


def test_a_rule_that_is_missing_and_one_that_is_there_instead() -> None:
    other = foreign_key("posts", "category_id", "users")
    posts = at_head((*without(SHORTENED, "posts.fk_category_id"), other))["posts"]
    assert rule_marks(posts) == {
        "foreign key (category_id) to categories (id)": "missing",
        "foreign key (category_id) to users (id)": "extra",
    }


def test_a_rule_that_is_different_says_how() -> None:
    spoilt = changed(SHORTENED, "posts.fk_category_id", valid=False)
    (rule,) = [item for item in at_head(spoilt)["posts"].rules if item.mark is Mark.DIFFERENT]
    assert rule.expected == "valid yes"


def test_an_action_that_nobody_asks_for_is_as_asked() -> None:
    more = changed(SHORTENED, "posts.fk_category_id", on_delete="cascade")
    assert at_head(more)["posts"].mark is Mark.AS_ASKED


def test_a_unique_index_is_as_good_as_a_constraint() -> None:
    objects = (*without(SHORTENED, "categories.uq_name"), unique_index("categories", "name"))
    assert at_head(objects)["categories"].mark is Mark.AS_ASKED


def test_another_type_that_is_accepted_is_as_asked() -> None:
    assert (
        at_head(changed(SHORTENED, "users.username", type="character varying(80)"))["users"].mark
        is Mark.AS_ASKED
    )
    assert at_head(changed(SHORTENED, "users.username", type="text"))["users"].mark is Mark.DIFFERENT


def test_nothing_was_made_at_all() -> None:
    assert {item.mark for item in at_head(EMPTY).values()} == {Mark.MISSING}


def test_the_replay_is_shown_where_it_is_judged() -> None:
    details = details_of(with_head(perfect(), SHORTENED, replayed=EMPTY), assignment())
    assert details.replayed
    assert {item.mark for item in details.tables} == {Mark.MISSING}
    assert not details_of(perfect(), assignment()).replayed
