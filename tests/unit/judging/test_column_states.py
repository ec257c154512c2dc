"""`column_change`: nullability, default and name as well as the type, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grader.assignment.aliases import Names
from grader.assignment.model import Assignment, Group
from grader.judging.kinds import KINDS
from grader.judging.reference import in_names
from grader.observations.model import Observations, RowLoss
from grader.observations.steps import StepAction
from grader.report.model import CriterionReport, Status
from tests.unit.observation_builders import (
    EMPTY,
    INITIAL,
    Objects,
    assignment,
    at,
    changed,
    column,
    criterion,
    perfect,
    snapshot,
    step,
    thing,
    with_stair,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint
from tests.unit.report_readers import judged as judged_by


def rubric(**settings: Any) -> Assignment:
    """An assignment with one criterion."""
    item = criterion("change", "column_change", Group.REQUIRED, 10.0, **settings)
    return replace(assignment(), criteria=(item,))


def judged(observations: Observations, **settings: Any) -> CriterionReport:
    return judged_by(observations, "change", rubric(**settings))


def chain(before: Objects, after: Objects) -> Observations:
    """A submission whose last revision makes one schema of the other, and can be undone."""
    return perfect((EMPTY, before, before, before, after))


def default(state: Objects, value: str | None) -> Objects:
    return changed(state, "users.username", default=value)


NAMED: Objects = (
    *without(INITIAL, "users.username"),
    column("users", "login", "character varying(80)", nullable=False),
)
RENAME = {"column": "users.login", "from": {"name": "username"}, "to": {"name": "login"}}
LOOSE = changed(INITIAL, "users.username", nullable=True)


@pytest.mark.parametrize(
    ("before", "after", "settings"),
    [
        (LOOSE, INITIAL, {"from": {"nullable": True}, "to": {"nullable": False}}),
        (
            INITIAL,
            default(INITIAL, "'ada'::text"),
            {"from": {"default": {"sql": "NULL"}}, "to": {"default": "ada"}},
        ),
        (
            default(INITIAL, "'x'::text"),
            INITIAL,
            {"from": {"default": "x"}, "to": {"default": {"sql": "NULL"}, "type": "character varying(80)"}},
        ),
    ],
    ids=["nullability", "default", "no_default"],
)
def test_nullability_and_default(before: Objects, after: Objects, settings: dict[str, Any]) -> None:
    right = judged(chain(before, after), column="users.username", **settings)
    assert failed_checks(right) == []
    assert [check.revision for check in right.checks][-1] == "ddd4"
    never = judged(chain(before, before), column="users.username", **settings)
    assert failed_checks(never)[-1] == "restored"
    from_the_start = judged(chain(after, after), column="users.username", **settings)
    assert failed_checks(from_the_start) == ["restored"]
    assert "from the start" in hint(from_the_start)


def test_a_default_that_postgresql_says_is_the_same() -> None:
    seen = chain(INITIAL, default(INITIAL, "('a' || 'b')"))
    settings = {"from": {"default": {"sql": "NULL"}}, "to": {"default": "ab"}}
    assert failed_checks(judged(seen, column="users.username", **settings)) == [
        "default_users_username",
        "restored",
    ]
    told = replace(seen, asked_defaults=(("character varying(80)", "'ab'", "('a' || 'b')"),))
    assert failed_checks(judged(told, column="users.username", **settings)) == []


def test_a_way_back_that_gives_the_type_and_not_the_nullability() -> None:
    before = changed(INITIAL, "users.username", nullable=True)
    after = changed(INITIAL, "users.username", type="text")
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=INITIAL)
    seen = with_stair(chain(before, after), 4, INITIAL, down=down)
    settings = {"column": "users.username", "from": {"type": "character varying(80)", "nullable": True}}
    result = judged(seen, **settings, to={"type": "text", "nullable": False})
    assert failed_checks(result) == ["restored"]
    assert found(result, "restored") == "users.username is character varying(80), not null"
    assert "back to character varying(80), nullable" in hint(result)


def test_a_way_back_that_is_not_asked_for() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=NAMED)
    seen = with_stair(chain(LOOSE, INITIAL), 4, NAMED, down=down)
    settings = {"column": "users.username", "from": {"nullable": True}, "to": {"nullable": False}}
    assert failed_checks(judged(seen, **settings)) == ["restored"]
    result = judged(seen, **settings, restored=False)
    assert [(check.id, check.status) for check in result.checks] == [
        ("column_users_username", Status.PASSED),
        ("changed", Status.PASSED),
    ]
    never = judged(chain(LOOSE, LOOSE), **settings, restored=False)
    assert failed_checks(never) == ["column_users_username", "changed"]
    assert "can be undone" not in hint(never)


def test_a_way_back_to_something_else() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=INITIAL)
    text = changed(INITIAL, "users.username", type="text", nullable=True)
    seen = with_stair(chain(LOOSE, text), 4, INITIAL, down=down)
    settings = {"column": "users.username", "from": {"type": "character varying(80)"}, "to": {"type": "text"}}
    assert failed_checks(judged(seen, **settings, restored={"nullable": False})) == []
    assert failed_checks(judged(seen, **settings, restored={"nullable": True})) == ["restored"]


def test_a_new_name() -> None:
    result = judged(chain(INITIAL, NAMED), **RENAME)
    assert failed_checks(result) == []
    assert [check.id for check in result.checks] == ["column_users_login", "restored"]
    old_name_first = judged(chain(INITIAL, NAMED), **{**RENAME, "column": "users.username"})
    assert old_name_first.checks == result.checks


def renamed_table(state: Objects) -> Objects:
    return in_names(snapshot(state), Names({"users": "people"})).objects


@pytest.mark.parametrize("at_once", [True, False])
def test_a_table_that_gets_another_name_later_or_at_once(*, at_once: bool) -> None:
    """The column is changed in `users`, and the table is `people` at head."""
    text = changed(INITIAL, "users.username", type="text")
    between = (INITIAL, INITIAL) if at_once else (INITIAL, text)
    seen = perfect((EMPTY, INITIAL, *between, renamed_table(text)))
    settings = {"from": {"type": "character varying(80)"}, "to": {"type": "text"}}
    result = judged(seen, column="people.username", **settings)
    assert failed_checks(result) == []
    assert result.checks[-1].revision == ("ddd4" if at_once else "ccc3")
    named = perfect(
        (EMPTY, INITIAL, *((INITIAL, INITIAL) if at_once else (INITIAL, NAMED)), renamed_table(NAMED))
    )
    result = judged(named, **{**RENAME, "column": "people.login"})
    assert failed_checks(result) == []


def test_no_new_name() -> None:
    result = judged(chain(INITIAL, INITIAL), **RENAME)
    assert failed_checks(result) == ["column_users_login", "restored"]
    assert found(result, "restored") == "no revision renames users.username"
    assert 'op.alter_column("users", "username", new_column_name="login")' in hint(result)


@pytest.mark.parametrize("seen_by", ["rows", "operations"])
def test_a_column_that_is_dropped_and_added_is_no_new_name(seen_by: str) -> None:
    seen = chain(INITIAL, NAMED)
    if seen_by == "rows":
        lost = RowLoss("users", "username", "ada", None)
        rows = [
            replace(item, losses=(lost,)) if (item.revision, item.direction) == ("ddd4", "up") else item
            for item in seen.rows
        ]
        seen = replace(seen, rows=tuple(rows))
    else:
        assert seen.graph is not None
        last = seen.graph.revisions[-1]
        assert last.upgrade is not None
        done = replace(last.upgrade, operations=("op.add_column", "op.drop_column"))
        revisions = (*seen.graph.revisions[:-1], replace(last, upgrade=done))
        seen = replace(seen, rows=(), graph=replace(seen.graph, revisions=revisions))
    result = judged(seen, **RENAME)
    assert failed_checks(result) == ["restored"]
    assert "the values are lost" in found(result, "restored")
    assert "new_column_name" in hint(result)


def test_a_way_back_that_drops_the_column() -> None:
    seen = chain(INITIAL, NAMED)
    assert seen.graph is not None
    last = seen.graph.revisions[-1]
    assert last.downgrade is not None
    undone = replace(last.downgrade, operations=("op.drop_column", "op.add_column"))
    revisions = (*seen.graph.revisions[:-1], replace(last, downgrade=undone))
    result = judged(replace(seen, graph=replace(seen.graph, revisions=revisions)), **RENAME)
    assert failed_checks(result) == ["restored"]
    assert (
        found(result, "restored") == "users.login is dropped and users.username is added, without the values"
    )


def test_a_column_that_was_added_beside_the_old_one_is_no_new_name() -> None:
    both = (*INITIAL, thing("column", "users.login", table="users", type="text", nullable=True))
    result = judged(chain(INITIAL, both), **RENAME)
    assert failed_checks(result) == ["restored"]


@pytest.mark.parametrize(
    ("settings", "way", "said"),
    [
        ({"column": "a.b", "from": {}, "to": {"nullable": True}}, ("from",), "says nothing"),
        ({"column": "a.b", "from": {"type": "text"}, "to": {}}, ("to",), "says nothing"),
        (
            {"column": "a.b", "from": {"type": "text"}, "to": {"type": "text"}},
            ("to",),
            "is the same as `from`",
        ),
        ({"column": "a.b", "from": {"name": "c"}, "to": {"name": "d"}}, ("column",), "none of the two names"),
        (
            {"column": "a.b", "from": {"type": "text"}, "to": {"type": "int"}, "restored": {}},
            ("restored",),
            "says nothing",
        ),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], way: tuple[str, ...], said: str) -> None:
    kind = KINDS["column_change"]
    read = msgspec.convert({"kind": "column_change", "points": 1, **settings}, kind.settings)
    (mistake,) = read.mistakes()
    assert mistake[0] == way
    assert said in mistake[1]


@pytest.mark.parametrize(
    ("settings", "title", "text"),
    [
        (
            RENAME,
            "Column users.username renamed to login",
            (
                "At head, `users.username` is called `login`, with all its values; a revision of its own "
                "renamed it, and undoing that revision gives it back."
            ),
        ),
        (
            {"column": "users.bio", "from": {"nullable": True}, "to": {"nullable": False}, "restored": False},
            "Column users.bio changed",
            "At head, `users.bio` is not null; a revision of its own changed it from nullable.",
        ),
    ],
)
def test_the_rubrics_own_words(settings: dict[str, Any], title: str, text: str) -> None:
    item = criterion("change", "column_change", **settings)
    assert (item.title, item.text) == (title, (text,))
