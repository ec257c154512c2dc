"""What outcomes say about a rubric: each kind of finding, and what the assignment accepts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.model import Accepted, Proof, ProofKind
from grader.proof.answers import Answer, Outcome, Role
from grader.proof.findings import findings, unused
from tests.unit.observation_builders import assignment

RUBRIC = assignment()
EVERYTHING = tuple(item.id for item in RUBRIC.criteria)


def outcome(role: Role, lost: dict[str, float] | None = None, **others: object) -> Outcome:
    """An outcome of an answer; what costs points failed."""
    answer = Answer("thing-1", role, "thing", "A thing is different")
    given = lost or {}
    return replace(Outcome(answer, lost=given, failed=tuple(given)), **others)  # type: ignore[arg-type]


FAILS_ALL = outcome(Role.WRONG, failed=EVERYTHING)


def kinds(*outcomes: Outcome) -> list[ProofKind]:
    return [item.kind for item in findings((*outcomes, FAILS_ALL), RUBRIC)]


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (outcome(Role.RIGHT, {"history": 2.5}), ProofKind.UNFAIR),
        (outcome(Role.RIGHT, failed=("reapply",)), ProofKind.UNFAIR),
        (outcome(Role.RIGHT, flags=("limit_hit",)), ProofKind.UNFAIR),
        (outcome(Role.WRONG), ProofKind.UNSEEN),
        (outcome(Role.BEGINNING, score=10.0), ProofKind.UNSEEN),
        (
            outcome(Role.WRONG, {"models_match": 10.0}, overlooked=(("user_columns", "bio is text"),)),
            ProofKind.OVERLOOKED,
        ),
        (outcome(Role.WRONG, {"history": 10.0, "user_columns": 1.0}), ProofKind.DOUBLE),
    ],
)
def test_each_kind_is_found(found: Outcome, kind: ProofKind) -> None:
    assert kinds(found) == [kind]


@pytest.mark.parametrize(
    "found",
    [
        outcome(Role.RIGHT),
        outcome(Role.WRONG, {"history": 2.5}),
        outcome(Role.WRONG, failed=("reapply",)),
        outcome(Role.WRONG, {"history": 4.0, "user_columns": 5.0}),
        # What could not be judged, because the upgrade failed, is no second mistake.
        outcome(Role.WRONG, dict.fromkeys(EVERYTHING, 5.0), failed=("upgrade_head",)),
        outcome(Role.BEGINNING),
        outcome(Role.WRONG, left_out="nothing of it can be seen"),
        outcome(Role.WRONG, fault="the server was lost"),
        outcome(Role.RIGHT, {"history": 2.5}, fault="the server was lost"),
        outcome(Role.RIGHT, {"history": 2.5}, left_out="it does not run"),
        outcome(Role.WRONG, overlooked=(("user_columns", "bio is text"),), failed=("reapply",), left_out="x"),
    ],
)
def test_what_is_as_it_should_be(found: Outcome) -> None:
    assert kinds(found) == []


def test_a_criterion_that_no_mistake_fails_is_dead() -> None:
    wrong = outcome(Role.WRONG, failed=EVERYTHING[1:])
    (found,) = findings((wrong,), RUBRIC)
    assert (found.kind, found.name, found.operator) == (ProofKind.DEAD, "upgrade_head", "upgrade")


def test_without_wrong_answers_nothing_is_called_dead() -> None:
    assert findings((outcome(Role.RIGHT),), RUBRIC) == ()


@pytest.mark.parametrize("name", ["thing", "thing-1"])
def test_what_the_assignment_accepts_is_marked(name: str) -> None:
    accepting = replace(
        RUBRIC,
        proof=Proof(
            accepted=(
                Accepted(ProofKind.UNSEEN, (name, "other"), "people look at it"),
                Accepted(ProofKind.DOUBLE, ("thing",), "no"),
            )
        ),
    )
    found = findings((outcome(Role.WRONG), FAILS_ALL), accepting)
    assert [item.accepted for item in found] == ["people look at it"]
    assert unused(found, accepting) == ((ProofKind.UNSEEN, "other"), (ProofKind.DOUBLE, "thing"))


def test_nothing_is_called_dead_while_an_answer_was_not_tried() -> None:
    wrong = outcome(Role.WRONG, failed=EVERYTHING[1:])
    assert findings((wrong, outcome(Role.WRONG, fault="the server was lost")), RUBRIC) == ()
