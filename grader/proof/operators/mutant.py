"""What an operator is, and what it makes: answers that differ from the reference solution in one thing.

Must not know any operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from grader.proof.operators.project import Project
from grader.proof.operators.source import Edit, Source

Files = Mapping[str, bytes | None]
"""The files that differ from the reference's: path to content; None where it has no such file any more."""


class Role(StrEnum):
    """What a rubric has to do with a mutant."""

    WHEAT = "wheat"
    """A right answer of another shape: it must get full points."""
    CHAFF = "chaff"
    """An answer with one mistake: it must lose some."""


@dataclass(frozen=True)
class Change:
    """One thing that an operator does to the reference."""

    sentence: str
    """What exactly was changed: the table, the column, the revision."""
    files: Files


@dataclass(frozen=True)
class Mutant:
    """An answer made from the reference."""

    id: str
    """The operator's name and a number, such as `unique_left_out-2`."""
    operator: str
    """The operator's name."""
    role: Role
    sentence: str
    """What exactly was changed."""
    files: Files


def change(sentence: str, *parts: tuple[Source, Iterable[Edit]]) -> Change:
    """A change of some Python files, by edits."""
    edits: dict[str, tuple[Source, list[Edit]]] = {}
    for source, some in parts:
        edits.setdefault(source.path, (source, []))[1].extend(some)
    return Change(sentence, {path: source.edited(*every) for path, (source, every) in edits.items()})


Work = Callable[[Project], Iterator[Change]]


@dataclass(frozen=True)
class Operator:
    """A way to change a reference solution."""

    name: str
    role: Role
    summary: str
    """What the student did, in a sentence."""
    work: Work
    """Makes the changes; none where the operator does not apply."""

    @property
    def description(self) -> str:
        """What it changes, and when it does not apply."""
        return self.work.__doc__ or ""

    def mutants(self, project: Project) -> Iterator[Mutant]:
        """The answers that it makes of a reference, in a fixed order. What changes nothing is left out."""
        number = 0
        for change in self.work(project):
            files = {path: data for path, data in change.files.items() if project.files.get(path) != data}
            if files:
                number += 1
                yield Mutant(f"{self.name}-{number}", self.name, self.role, change.sentence, files)


def wheat(summary: str) -> Callable[[Work], Operator]:
    """Make a function an operator of right answers, by the name of the function."""
    return lambda work: Operator(work.__name__, Role.WHEAT, summary, work)


def chaff(summary: str) -> Callable[[Work], Operator]:
    """Make a function an operator of answers with one mistake."""
    return lambda work: Operator(work.__name__, Role.CHAFF, summary, work)
