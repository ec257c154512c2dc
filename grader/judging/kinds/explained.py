"""Kind `explained`: whoever writes SQL or other code of their own into a revision says what it is for."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence
from grader.judging.rubric import Case, Check, Judgement, Place, Skip, Unjudged, Verdict, kind
from grader.observations.revisions import Revision

_MOST_NAMED = 3


class Settings(KindSettings, frozen=True, kw_only=True, tag="explained"):
    """No keys of its own."""


@kind("explained", Settings, title="Own code explained", once=True)
def explained(case: Case[Settings]) -> Judgement:
    """Each revision with SQL, a change of data or other code of one's own says what that is for.

    A docstring or a comment does: at least three words, in any language, anywhere in the file or as a
    comment in the SQL. A message of eight words or more does as well. What Alembic writes into each file,
    comments for tools and code that was taken out are no explanation.

    What `alembic revision --autogenerate` writes needs its message only, also where a constraint got its name
    by hand. SQL, rows, loops, conditions, calls of other code, a new name for a column, `postgresql_using`
    and operations outside of Alembic's marks are one's own.
    """
    graph = case.observations.graph
    if graph is None or not evidence.a_revision_ran(case.observations):
        return Skip(case.id_of("upgrade"), "This can be judged once a revision has run.")
    if any(revision.explanation is None for revision in graph.revisions):
        return Unjudged("The comments were not read when the submission was tried. Grade it again.")
    own = [item for item in graph.revisions if item.explanation and item.explanation.hand_written]
    checks = tuple(map(_check, own)) or (_nothing_own(),)
    wrong = next((item for item, check in zip(own, checks, strict=False) if not check.passed), None)
    return Verdict(checks, hint=_hint(wrong) if wrong else None)


def _nothing_own() -> Check:
    found = "nothing that autogenerate does not write"
    return Check("explained", "Code of one's own is explained", True, "a docstring or a comment", found)


def _check(revision: Revision) -> Check:
    explanation = revision.explanation
    text = explanation.text if explanation else ""
    line = explanation.hand_written[0].line if explanation and explanation.hand_written else revision.line
    return Check(
        f"revision_{revision.id}",
        "The revision says what its own code is for",
        passed=bool(text),
        expected="a docstring or a comment that says it",
        found=f"“{text}”" if text else f"{_own_code(revision)}, and no word on it",
        revision=revision.id,
        place=Place(revision.path, line),
    )


def _own_code(revision: Revision) -> str:
    """What is written by hand, with its lines."""
    own = revision.explanation.hand_written if revision.explanation else ()
    named = ", ".join(f"{item.what} in line {item.line}" for item in own[:_MOST_NAMED])
    return f"{named}, ..." if len(own) > _MOST_NAMED else named


def _hint(revision: Revision) -> str:
    return (
        f"{revision.path} has {_own_code(revision)}, which Alembic did not write, and does not say why. "
        "Write a comment above it that says what it is for, or a sentence below the message in the file's "
        "docstring. A comment changes nothing that runs, so it may still be added."
    )
