"""What a diagnosis is, and what a rule that finds one is; knows no single rule.

A rule is declared, not registered: an id that is documented and counted over a class, a summary for the
docs, patterns that its error text matches, and a small function that puts cause and fix into words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from grader.judging.diagnosis.clue import Clue, Location, shortened

MATCH_LIMIT = 120
"""How much of a captured text (a name, mostly) a sentence takes in, in characters."""


@dataclass(frozen=True)
class Diagnosis:
    """Why something went wrong and what to do about it, in words for the student."""

    id: str
    """Stable, snake_case: a key of `DIAGNOSES`."""
    cause: str
    """One sentence or two."""
    fix: str
    """One sentence or two: the command to type or the code to write."""
    path: str | None = None
    """The student's file, as the submission names it."""
    line: int | None = None
    revision: str | None = None

    @property
    def text(self) -> str:
        """Cause and fix together, as a hint shows them."""
        return f"{self.cause} {self.fix}"


@dataclass(frozen=True)
class Advice:
    """What a rule has to say; the place is the student's innermost frame unless the rule knows better."""

    cause: str
    fix: str
    place: Location | None = None


Explain = Callable[[Clue, re.Match[str]], Advice | None]
"""Puts a match into words, or returns None when the rule does not apply after all."""


@dataclass(frozen=True)
class Rule:
    """One kind of error text."""

    id: str
    summary: str
    """One line for the docs."""
    patterns: tuple[str, ...]
    """Expressions searched in the error's own text: the exception and its details, without the SQL; `^` is
    the start of any line. Each takes linear time: a literal beginning, bounded classes, no nested repeats."""
    explain: Explain

    def apply(self, clue: Clue) -> Diagnosis | None:
        """The diagnosis, when one of the patterns is found and the rule stands by it."""
        for expression in self.patterns:
            match = _compiled(expression).search(clue.error)
            advice = self.explain(clue, match) if match is not None else None
            if advice is not None:
                return diagnosis(self.id, advice, clue.place)
        return None


def diagnosis(identifier: str, advice: Advice, place: Location | None = None) -> Diagnosis:
    """An advice under its id; its own place goes before the one given."""
    where = advice.place or place or Location()
    return Diagnosis(identifier, advice.cause, advice.fix, where.path, where.line, where.revision)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compiled when first asked for: most runs meet no error, and all of them together take a while."""
    return re.compile(expression, re.MULTILINE)


def said(cause: str, fix: str) -> Explain:
    """A rule's function for the plain case: two sentences with places to fill in.

    `{0}` is what the pattern's first group caught, `{1}` the second; `{here}` the place in brackets (with a
    space in front) or nothing; `{tool}` is `alembic` or `flask db`.
    """

    def explain(clue: Clue, match: re.Match[str]) -> Advice:
        caught = [shortened(group or "", MATCH_LIMIT) for group in match.groups()]
        return Advice(
            cause.format(*caught, here=clue.here, tool=clue.tool),
            fix.format(*caught, here=clue.here, tool=clue.tool),
        )

    return explain


def sentences(message: str) -> tuple[str, str]:
    """Part a message of the harness into what is wrong (its first sentence) and what to do (the rest)."""
    match = re.match(r"([^\n]{1,2000}?[.!?]) (?=[A-Z`])", message)
    return (match[1], message[match.end() :]) if match else (message, "")
