"""What a diagnosis is, and how one is declared. Knows no single diagnosis.

A diagnosis is declared once, in its family: its id, its meaning, what shows it, and its cause
and fix in words. The docs, the ids and the tests read the declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from grader.judging.diagnosis.clue import MATCH_LIMIT, Clue, Location, shortened
from grader.observations.files import FindingKind
from grader.observations.revisions import ProblemKind
from grader.observations.steps import Limit

NAME = r'"([^"\n]{1,120})"'
"""A part of a pattern: what PostgreSQL quotes, mostly a name."""
REVISION_FUNCTIONS = "The functions in a revision file show it, before anything runs."
DATABASE = "The database shows it after a command, even if no command fails."
ENDING = "How a command ended shows it, whatever it printed."


@dataclass(frozen=True)
class Diagnosis:
    """Why something went wrong and what to do about it, in words for the student."""

    id: str
    """The id under which its `DiagnosisKind` is declared."""
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
    """Cause and fix in words. Without a `place`, the place is the student's innermost line of the error."""

    cause: str
    fix: str
    place: Location | None = None


Explain = Callable[[Clue, re.Match[str]], Advice | None]
"""Puts a match into words, or returns None when the diagnosis does not fit after all."""


@dataclass(frozen=True)
class DiagnosisKind:
    """The declaration of a diagnosis. Patterns, `files`, `limit` or `otherwise` say what shows it."""

    meaning: str
    """One line for the docs."""
    patterns: tuple[str, ...] = ()
    """Expressions that are searched in an error's own text: the exception and its details, without the SQL.
    `^` is the start of any line. Each takes linear time: a literal beginning, bounded classes, no nested
    repeats."""
    cause: str = ""
    fix: str = ""
    """The two sentences for a match, with places to fill in: `{0}` is what the pattern's first group caught,
    `{1}` the second, at most `MATCH_LIMIT` characters of each (`{0:80}`: 80, `{0!s}`: all); `{here}` the
    place in brackets (with a space in front) or nothing; `{tool}` is `alembic` or `flask db`; `{env_py}` and
    `{config}` are the paths of these files; `{direct_url}` is the variable of the direct connection."""
    explain: Explain | None = None
    """Puts a match into words instead, where the words depend on more than the match."""
    passed: str = ""
    """How the path of one of the traceback's frames has to end."""
    own_line: bool = False
    """True when the error has to come through a line of the student's own."""
    files: Mapping[FindingKind | ProblemKind, str] = field(default_factory=dict)
    """Kinds of findings and of graph problems that show it. The values are the fixes for messages that state
    none."""
    limit: Limit | None = None
    """The limit that ended the command; `fix` says what to do."""
    otherwise: str = ""
    """What else shows it, as a sentence for the docs."""

    def of_error(self, clue: Clue) -> Advice | None:
        """What to say of an error, when one of the patterns is found in it and `explain` agrees."""
        if self.own_line and clue.own_frame is None:
            return None
        if self.passed and not clue.through(self.passed):
            return None
        for expression in self.patterns:
            match = _compiled(expression).search(clue.error)
            if match is None:
                continue
            advice = self.explain(clue, match) if self.explain else filled(self.cause, self.fix, clue, match)
            if advice is not None:
                return advice
        return None


@dataclass(frozen=True)
class Family:
    """Diagnoses that belong together, as the index of the docs groups them."""

    title: str
    anchor: str
    """The last part of its address in the docs' index."""
    docstring: str | None
    """The module's docstring: its first line introduces the family."""
    kinds: Mapping[str, DiagnosisKind]
    """By their ids, in the order in which their patterns are tried. An id is stable and in snake_case:
    reports name it, and a class's results are counted by it."""


def diagnosis(identifier: str, advice: Advice, place: Location | None = None) -> Diagnosis:
    """A diagnosis with this id; the advice's own place goes before the one given."""
    where = advice.place or place or Location()
    return Diagnosis(identifier, advice.cause, advice.fix, where.path, where.line, where.revision)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compiled when first asked for: most runs meet no error, and compiling all of them takes a while."""
    return re.compile(expression, re.MULTILINE)


class _Caught(str):
    """What a group caught. The width in `{0:80}` is the number of characters to show at most."""

    __slots__ = ()

    def __format__(self, limit: str) -> str:
        return shortened(str(self), int(limit or MATCH_LIMIT))


def filled(cause: str, fix: str, clue: Clue, match: re.Match[str], place: Location | None = None) -> Advice:
    """The two sentences with their places filled in, as `DiagnosisKind.cause` lists them."""
    caught = [_Caught(group or "") for group in match.groups()]
    known = {"here": clue.here, "tool": clue.tool, "env_py": clue.env_py, "config": clue.config}
    known["direct_url"] = clue.direct_url
    return Advice(cause.format(*caught, **known), fix.format(*caught, **known), place)


def sentences(message: str) -> tuple[str, str]:
    """Split a message of the harness: what is wrong (its first sentence), and what to do (the rest)."""
    match = re.match(r"([^\n]{1,2000}?[.!?]) (?=[A-Z`])", message)
    return (match[1], message[match.end() :]) if match else (message, "")
