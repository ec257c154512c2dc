"""`user_columns`: each check alone."""

from __future__ import annotations

import pytest

from grader.report.model import Status
from tests.unit.observation_builders import (
    SHORTENED,
    STATES,
    VARCHAR_255,
    changed,
    perfect,
    with_head,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def test_passes_and_says_since_when() -> None:
    users = judged(perfect(), "user_columns")
    assert (users.status, users.points, users.hint) == (Status.PASSED, 10, None)
    assert [check.revision for check in users.checks] == ["bbb2", "bbb2"]
    assert found(users, "column_users_bio") == "users.bio is text, nullable"


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"type": VARCHAR_255}, "users.bio is character varying(255), nullable"),
        ({"nullable": False}, "users.bio is text, not null"),
    ],
)
def test_a_column_of_another_kind(properties: dict[str, str], text: str) -> None:
    result = judged(with_head(perfect(), changed(SHORTENED, "users.bio", **properties)), "user_columns")
    assert failed_checks(result) == ["column_users_bio"]
    assert found(result, "column_users_bio") == text
    assert result.points == 5
    assert text in hint(result)


def test_a_column_that_is_not_there() -> None:
    result = judged(with_head(perfect(), without(SHORTENED, "users.avatar_url")), "user_columns")
    assert failed_checks(result) == ["column_users_avatar_url"]
    assert found(result, "column_users_avatar_url") == "there is no column users.avatar_url"
    assert "alembic revision --autogenerate" in hint(result)


def test_a_column_that_never_was_there_has_no_revision() -> None:
    never = perfect(tuple(without(state, "users.bio") for state in STATES))
    assert judged(never, "user_columns").checks[0].revision is None


def test_a_column_that_was_spoilt_later_names_the_revision() -> None:
    late = perfect((*STATES[:4], changed(SHORTENED, "users.bio", type=VARCHAR_255)))
    result = judged(late, "user_columns")
    assert result.checks[0].revision == "ddd4"
    assert "(since revision ddd4)" in hint(result)
