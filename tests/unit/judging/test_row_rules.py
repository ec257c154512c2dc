"""What tables did with the rows of an assignment, and whose rule that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.row_rules import RowRule
from grader.judging import evidence, row_rules
from grader.judging.row_rules import JudgedRule
from grader.judging.rubric import Check, Unjudged
from grader.observations.model import Observations
from grader.observations.probes import TriedRow, TriedRows
from tests.unit.observation_builders import SHORTENED, STATES, constraint, perfect, taken_apart, with_head

RULE = RowRule("users", ({"username": "'ada'"},), ({"username": "''"}, {"username": "NULL"}))
TAKEN = TriedRow({"username": "'ada'"}, taken=True)
REFUSED = (
    TriedRow({"username": "''"}, taken=False, said="no"),
    TriedRow({"username": "NULL"}, taken=False, said="null"),
)
RIGHT = TriedRows("users", (TAKEN,), REFUSED)
LENGTH = constraint("users", "ck_length", "check", "username", expression="(length(username) > 0)")


def judged(tried: TriedRows, observations: Observations | None = None) -> JudgedRule:
    seen = replace(observations or perfect(), tried_rows=(tried,))
    schema = evidence.judged_schema(seen)
    assert schema is not None
    result = row_rules.judged(RULE, RULE, seen, schema)
    assert isinstance(result, JudgedRule)
    return result


def test_all_as_it_has_to_be() -> None:
    result = judged(RIGHT)
    assert (result.check.passed, result.check.found, result.hint) == (True, "as expected", "")
    assert result.check.id == "rows_users_username"
    assert result.check.expected == "takes username = 'ada'; refuses username = '', username NULL"


@pytest.mark.parametrize(
    ("tried", "found", "advice"),
    [
        (
            replace(RIGHT, refused=(replace(REFUSED[0], taken=True), REFUSED[1])),
            "username = '' is taken",
            "op.create_check_constraint",
        ),
        (
            replace(RIGHT, accepted=(TriedRow(TAKEN.values, taken=False, said="too short"),)),
            "username = 'ada' is refused (too short)",
            "correct the rule",
        ),
        (
            replace(RIGHT, refused=(replace(REFUSED[0], by_a_rule=False), REFUSED[1])),
            "username = '' is refused by no rule about it (no)",
            "op.create_check_constraint",
        ),
        (
            TriedRows(
                "users",
                (TriedRow(TAKEN.values),),
                tuple(TriedRow(r.values) for r in REFUSED),
                "there is no table users",
                own_doing=True,
            ),
            "there is no table users",
            "alembic revision --autogenerate",
        ),
    ],
)
def test_something_is_wrong(tried: TriedRows, found: str, advice: str) -> None:
    result = judged(tried)
    assert (result.check.passed, result.check.found) == (False, found)
    assert advice in result.hint


def test_rows_that_could_not_be_tried_are_no_failure_of_the_student() -> None:
    untried = replace(RIGHT, problem='null value in column "email"')
    seen = replace(perfect(), tried_rows=(untried,))
    schema = evidence.judged_schema(seen)
    assert schema is not None
    result = row_rules.judged(RULE, RULE, seen, schema)
    assert isinstance(result, Unjudged)
    assert "email" in result.reason
    other = replace(RULE, refused=({"username": "'x'"},))  # the rubric has changed since
    assert isinstance(row_rules.judged(other, other, seen, schema), Unjudged)


def test_a_rule_from_outside_of_the_revisions_earns_nothing() -> None:
    more = (*SHORTENED, LENGTH)
    seen = taken_apart(with_head(perfect(), more, replayed=SHORTENED), bodies=SHORTENED)
    result = judged(RIGHT, seen)
    assert not result.check.passed
    assert "outside of the revisions" in result.check.found


def test_the_revision_that_made_the_rule_is_named() -> None:
    states = (*STATES[:2], *((*state, LENGTH) for state in STATES[2:]))
    assert judged(RIGHT, perfect(states)).check.revision == "bbb2"


def test_checks_of_one_id_are_numbered() -> None:
    check = Check("rows_users_username", "a", passed=True, expected="", found="")
    assert [item.id for item in row_rules.with_own_ids((check, check, check))] == [
        "rows_users_username",
        "rows_users_username_2",
        "rows_users_username_3",
    ]
