"""From findings and problems of the revision graph to diagnoses, in the order in which to mend them.

They come with a message for a person. Here they get the id that is counted over a class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.judging.diagnosis.clue import Location
from grader.judging.diagnosis.families import KINDS, files
from grader.judging.diagnosis.interface import Advice, Diagnosis, diagnosis, sentences
from grader.observations.files import FindingKind
from grader.observations.model import Finding, Observations
from grader.observations.revisions import GraphProblem, ProblemKind

BLOCKING: tuple[FindingKind | ProblemKind, ...] = (
    FindingKind.NO_ALEMBIC,
    FindingKind.MISSING_ALEMBIC_INI,
    FindingKind.MISSING_SCRIPT_FOLDER,
    FindingKind.MISSING_VERSION_FOLDER,
    FindingKind.MERGE_CONFLICT,
    FindingKind.BROKEN_CONFIG,
    FindingKind.CONFIG_ENCODING,
    ProblemKind.SYNTAX_ERROR,
    ProblemKind.NO_REVISION_ID,
    ProblemKind.UNREADABLE_REVISION,
    ProblemKind.DUPLICATE_ID,
    ProblemKind.MISSING_PARENT,
    ProblemKind.CYCLE,
    ProblemKind.SEVERAL_HEADS,
    ProblemKind.NO_REVISIONS,
    ProblemKind.LONG_ID,
    ProblemKind.NO_UPGRADE,
)
"""The kinds that keep the chain from running at all, in the order in which to mend them.

Merge conflicts are found in both kinds of files, and both are equal here.
"""
ADVISORY: tuple[FindingKind | ProblemKind, ...] = (
    ProblemKind.SEVERAL_BASES,
    ProblemKind.NO_DOWNGRADE,
    ProblemKind.NO_MESSAGE,
    FindingKind.HARD_CODED_URL,
    FindingKind.COMMITTED_ENV,
    FindingKind.SHADOWING_FILE,
    FindingKind.SEVERAL_ALEMBIC_INI,
    FindingKind.SUSPICIOUS_FILE,
)
"""The kinds that the chain runs with.

Kinds that are no mistake of the student's (a nested root, a file left out) belong to neither.
"""


def blocking(observations: Observations) -> Iterator[Diagnosis]:
    """What keeps the chain from running at all."""
    return _reported(BLOCKING, observations)


def advisory(observations: Observations) -> Iterator[Diagnosis]:
    """What the chain runs with, and what is to be mended all the same."""
    yield from files.of_functions(observations)
    yield from _reported(ADVISORY, observations)


def _reported(kinds: Sequence[FindingKind | ProblemKind], observations: Observations) -> Iterator[Diagnosis]:
    graph = observations.graph
    items: list[Finding | GraphProblem] = [
        *observations.submission.findings,
        *(graph.problems if graph else ()),
    ]
    for name in kinds:
        for item in items:
            if item.kind == name:
                yield _diagnosed(item)


def _diagnosed(item: Finding | GraphProblem) -> Diagnosis:
    name, kind = next((name, kind) for name, kind in KINDS.items() if item.kind in kind.files)
    cause, fix = sentences(item.message)
    revision = item.revision if isinstance(item, GraphProblem) else None
    place = Location(item.path, item.line, revision)
    return diagnosis(name, Advice(cause, fix or kind.files[item.kind], place))
