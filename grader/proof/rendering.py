"""The proof of a rubric as text, as JSON, and as a page with the matrix of answers and criteria.

Must not know how answers are made or graded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.assignment.model import Assignment, ProofKind
from grader.proof.answers import Outcome, Role
from grader.proof.findings import MEANINGS, Finding
from grader.report.formats.json import json_document
from grader.report.model import Status
from grader.report.render.html_page import page

JSON_VERSION = "1"
_WORDS = {Role.RIGHT: "right", Role.WRONG: "one mistake", Role.BEGINNING: "beginning"}


@dataclass(frozen=True)
class Proof:
    """All that was found."""

    assignment: Assignment
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    unused: tuple[tuple[ProofKind, str], ...] = ()
    """What the assignment accepts although it was not found."""

    @property
    def is_whole(self) -> bool:
        """Whether all answers could be tried."""
        return all(item.fault is None for item in self.outcomes)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that the assignment does not accept."""
        return tuple(item for item in self.findings if item.accepted is None)


def text_of(proof: Proof) -> Iterator[str]:
    """The findings in lines, those that are open first, and what was left out."""
    counted = [item for item in proof.outcomes if item.counts]
    counts = {role: sum(item.answer.role is role for item in counted) for role in Role}
    yield f"{proof.assignment.title}: {len(counted)} answers"
    yield (
        f"{counts[Role.RIGHT]} right ones, {counts[Role.WRONG]} with one mistake, "
        f"{sum(item.left_out is not None for item in proof.outcomes)} left out"
    )
    for kind, meaning in MEANINGS.items():
        found = [item for item in proof.findings if item.kind is kind]
        opened = [item for item in found if item.accepted is None]
        accepted = f", {len(found) - len(opened)} accepted" if len(found) > len(opened) else ""
        yield ""
        yield f"{kind.value.capitalize()}, {meaning}: {len(opened) or 'none'}{accepted}"
        yield from (f"  {item.name}: {item.text}" for item in opened)
    if proof.unused:
        yield ""
        yield "Accepted in [proof], and not found; take it out:"
        yield from (f"  {kind.value}: {name}" for kind, name in proof.unused)
    faults = [item for item in proof.outcomes if item.fault is not None]
    if faults:
        yield ""
        yield "Not tried, because the grader failed. This says nothing about the rubric; run the check again:"
        yield from (f"  {item.answer.id}: {item.fault}" for item in faults)
    left_out = [item for item in proof.outcomes if item.left_out is not None]
    if left_out:
        yield ""
        yield "Left out, because they show nothing of the rubric:"
        yield from (f"  {item.answer.id}: {item.left_out}" for item in left_out)


def json_of(proof: Proof) -> bytes:
    """The whole proof as data."""
    return json_document(
        {
            "schema_version": JSON_VERSION,
            "assignment": {"id": proof.assignment.id, "sha256": proof.assignment.sha256},
            "criteria": [{"id": item.id, "points": item.points} for item in proof.assignment.criteria],
            "findings": [
                {
                    "kind": item.kind.value,
                    "name": item.name,
                    "operator": item.operator,
                    "text": item.text,
                    "accepted": item.accepted,
                }
                for item in proof.findings
            ],
            "answers": [
                {
                    "id": item.answer.id,
                    "role": item.answer.role.value,
                    "operator": item.answer.operator,
                    "sentence": item.answer.sentence,
                    "left_out": item.left_out,
                    "fault": item.fault,
                    "points_lost": item.points_lost,
                    "lost": dict(item.lost),
                    "failed": list(item.failed),
                    "flags": list(item.flags),
                }
                for item in proof.outcomes
            ],
        }
    )


def page_of(proof: Proof) -> str:
    """The page; it links to `<id>/report.html` beside it."""
    rows = [_row(item, proof.assignment) for item in proof.outcomes]
    kinds = [
        (kind, [item for item in proof.findings if item.kind is kind], meaning)
        for kind, meaning in MEANINGS.items()
    ]
    return page(
        "proof.html.j2",
        styles=("page.css", "proof.css"),
        script="proof.js",
        title=proof.assignment.title,
        numbers=[
            (kind.value.capitalize(), opened, bool(opened))
            for kind, found, _ in kinds
            for opened in [sum(item.accepted is None for item in found)]
        ],
        groups=[
            {
                "heading": f"{kind.value.capitalize()}: {meaning}",
                "open": any(item.accepted is None for item in found),
                "found": [_item(item) for item in sorted(found, key=lambda one: one.accepted is not None)],
            }
            for kind, found, meaning in kinds
        ],
        criteria=[item.id for item in proof.assignment.criteria],
        rows=rows,
    )


def _item(found: Finding) -> dict[str, str | None]:
    link = None if found.kind is ProofKind.DEAD else f"#{_anchor(found.name)}"
    return {"name": found.name, "text": found.text, "accepted": found.accepted, "link": link}


def _row(item: Outcome, assignment: Assignment) -> dict[str, object]:
    answer = item.answer
    return {
        "id": answer.id,
        "anchor": _anchor(answer.id),
        "link": f"{quote(answer.id)}/report.html",
        "role": answer.role.value,
        "word": _WORDS[answer.role],
        "tag": (Status.PASSED if answer.role is Role.RIGHT else Status.SKIPPED).value,
        "sentence": answer.sentence,
        "left_out": item.left_out,
        "fault": item.fault,
        "lost": f"{item.points_lost:g}",
        "diff": answer.diff,
        "cells": [_cell(item, criterion.id) for criterion in assignment.criteria],
    }


def _cell(item: Outcome, criterion: str) -> dict[str, str]:
    points = item.lost.get(criterion, 0.0)
    if criterion in item.failed:
        return {"text": f"-{points:g}" if points else "✗", "kind": "lost" if points else "advice"}
    if points:
        return {"text": f"-{points:g}", "kind": "blocked"}
    return {"text": "·", "kind": ""}


def _anchor(name: str) -> str:
    return f"answer-{quote(name)}"


def ordered(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes in the order in which they are shown: right answers, then mistakes."""
    return tuple(sorted(outcomes, key=lambda item: list(Role).index(item.answer.role)))
