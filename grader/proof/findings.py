"""What the outcomes of right and wrong answers say about a rubric.

A pure function of outcomes. Must not know how they came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from grader.assignment.model import Accepted, Assignment, CriterionSettings, ProofKind
from grader.proof.answers import Answer, Outcome, Role

MEANINGS = {
    ProofKind.UNFAIR: "right answers that lose points",
    ProofKind.UNSEEN: "mistakes that cost nothing",
    ProofKind.OVERLOOKED: "mistakes in what a criterion names, which it does not see",
    ProofKind.DOUBLE: "single mistakes that cost more than one criterion's worth",
    ProofKind.DEAD: "criteria that no mistake fails",
}
"""Each kind of finding in words, in the order in which they are told."""


@dataclass(frozen=True)
class Finding:
    """Something about a rubric that its author should look at."""

    kind: ProofKind
    name: str
    """The id of the answer, or of the criterion that is dead."""
    operator: str
    """The operator that made the answer; the criterion's kind if that is dead."""
    text: str
    accepted: str | None = None
    """Why it is as it should be, as the assignment file says; None if it does not say so."""


def findings(
    outcomes: Sequence[Outcome], assignment: Assignment, *, sample: bool = False
) -> tuple[Finding, ...]:
    """All findings, by kind; those that the assignment accepts are marked.

    Of a sample of all answers, or where some could not be tried, nothing follows about criteria that none of
    them fails.
    """
    counted = [item for item in outcomes if item.counts]
    whole = not sample and not any(item.fault for item in outcomes)
    found = [
        *_unfair(counted),
        *_unseen(counted),
        *_overlooked(counted),
        *_double(counted, assignment),
        *(_dead(counted, assignment) if whole else ()),
    ]
    return tuple(replace(item, accepted=_reason(item, assignment.proof.accepted)) for item in found)


def unused(found: Iterable[Finding], assignment: Assignment) -> tuple[tuple[ProofKind, str], ...]:
    """What the assignment accepts although nothing of that kind and name was found."""
    names = {(item.kind, name) for item in found for name in (item.name, item.operator)}
    return tuple(
        (item.kind, name)
        for item in assignment.proof.accepted
        for name in item.names
        if (item.kind, name) not in names
    )


def _reason(found: Finding, accepted: Iterable[Accepted]) -> str | None:
    for item in accepted:
        if item.kind is found.kind and {found.name, found.operator} & set(item.names):
            return item.reason
    return None


def _unfair(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    for item in outcomes:
        if item.answer.role is not Role.RIGHT:
            continue
        if item.lost or item.failed:
            yield _of(ProofKind.UNFAIR, item.answer, f"{item.answer.sentence}: {_losses(item)}")
        elif item.flags:
            flags = ", ".join(item.flags)
            yield _of(ProofKind.UNFAIR, item.answer, f"{item.answer.sentence}: raises {flags}")


def _unseen(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    for item in outcomes:
        if item.answer.role is Role.WRONG and not item.failed and not item.points_lost:
            yield _of(ProofKind.UNSEEN, item.answer, item.answer.sentence)
        elif item.answer.role is Role.BEGINNING and item.score > 0:
            yield _of(ProofKind.UNSEEN, item.answer, f"{item.answer.sentence}: it gets {item.score:g} points")


def _overlooked(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    for item in outcomes:
        if item.answer.role is Role.WRONG and (item.failed or item.points_lost):
            for criterion, text in item.overlooked:
                told = (
                    f"{item.answer.sentence}: `{criterion}` passes ({text}); seen by {', '.join(item.failed)}"
                )
                yield _of(ProofKind.OVERLOOKED, item.answer, told)


def _double(outcomes: Iterable[Outcome], assignment: Assignment) -> Iterator[Finding]:
    worth = {item.id: item.points for item in assignment.criteria}
    for item in outcomes:
        costly = {name: item.lost[name] for name in item.failed if item.lost.get(name)}
        if item.answer.role is Role.WRONG and len(costly) > 1:
            most = max(worth[name] for name in costly)
            if sum(costly.values()) > most:
                told = f"{item.answer.sentence}: {_points(costly)}, of {most:g} at most for one criterion"
                yield _of(ProofKind.DOUBLE, item.answer, told)


def _dead(outcomes: Iterable[Outcome], assignment: Assignment) -> Iterator[Finding]:
    wrong = [item for item in outcomes if item.answer.role is Role.WRONG]
    failed = {name for item in wrong for name in item.failed}
    for item in assignment.criteria:
        if wrong and item.id not in failed:
            yield Finding(ProofKind.DEAD, item.id, item.kind, _told_dead(item))


def _told_dead(item: CriterionSettings) -> str:
    return f"{item.title} ({item.points:g} points): no answer with a mistake fails it"


def _of(kind: ProofKind, answer: Answer, text: str) -> Finding:
    return Finding(kind, answer.id, answer.operator, text)


def _losses(item: Outcome) -> str:
    lost = {name: points for name, points in item.lost.items() if points}
    advice = [name for name in item.failed if name not in lost]
    parts = [_points(lost)] if lost else []
    parts += [f"fails {', '.join(advice)}"] if advice else []
    return "; ".join(parts)


def _points(lost: dict[str, float]) -> str:
    return ", ".join(f"{name} -{points:g}" for name, points in lost.items())
