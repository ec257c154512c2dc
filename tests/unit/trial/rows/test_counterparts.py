"""Tables and columns of an earlier revision in the schema of head."""

from __future__ import annotations

from grader.trial.rows.counterparts import columns_at_head, table_at_head


def texts(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "text")


def test_a_column_keeps_its_name_or_has_a_new_one_at_its_place() -> None:
    found = columns_at_head(texts("id state email"), texts("id status email bio"))
    assert found == {"id": "id", "state": "status", "email": "email"}


def test_a_column_that_is_gone_has_no_counterpart() -> None:
    assert columns_at_head(texts("id legacy email"), texts("id email")) == {"id": "id", "email": "email"}
    assert columns_at_head(texts("id legacy"), texts("id")) == {"id": "id"}


def test_the_first_column_may_have_a_new_name() -> None:
    assert columns_at_head(texts("nr name"), texts("id name")) == {"nr": "id", "name": "name"}


def test_a_column_of_another_type_is_another_column() -> None:
    assert columns_at_head(texts("id role"), {"id": "text", "role_id": "integer"}) == {"id": "id"}


def test_a_table_keeps_its_name_or_has_a_new_one() -> None:
    head = {"members": texts("id name email bio"), "posts": texts("id title")}
    assert table_at_head("posts", texts("id title body"), head, ["posts", "users"]) == "posts"
    assert table_at_head("users", texts("id name email"), head, ["posts", "users"]) == "members"


def test_a_table_that_is_gone_has_no_counterpart() -> None:
    head = {"members": texts("id name email bio")}
    assert table_at_head("tags", texts("id label colour"), head, ["tags"]) is None
    assert table_at_head("users", texts("id name email"), head, ["members", "users"]) is None
    assert table_at_head("users", texts("id name email"), {}, ["users"]) is None
