"""Grades the examples on the pages of the criteria, so that the pages show the current reports.

Starts the embedded PostgreSQL. Runs submissions of the catalogue without isolation, because they are trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.generate.catalogue import RIGHT
from grader.assignment.model import Assignment
from grader.errors import HarnessFault
from grader.judging.kinds import KINDS
from grader.judging.rubric import Verdict, judge_all
from grader.observations.model import Observations
from grader.report.model import CriterionReport
from grader.runs.assignments import load
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import case_named
from tests.catalogue.verdict import differences

_AT_ONCE = 2


@dataclass(frozen=True)
class Example:
    """A submission of `tests/catalogue` that fails a criterion, and the one that the docs compare it with."""

    wrong: str
    corrected: str = RIGHT
    has_verdict: str = RIGHT
    """A right one in which the criterion is not skipped."""


EXAMPLES = {
    "upgrade_head": Example("wrong_several_heads"),
    "user_columns": Example("wrong_avatar_length"),
    "category_table": Example("wrong_category_id_not_null"),
    "current_revision": Example("wrong_current_silent"),
    "history": Example("wrong_empty_message"),
    "downgrade": Example("wrong_empty_downgrade"),
    "models_match": Example("wrong_avatar_length"),
    "username_length": Example("wrong_empty_downgrade"),
    "configuration": Example("wrong_pooled_connection"),
    "reapply": Example("wrong_enum_left_behind", "right_enum_with_way_back"),
    "reversible_chain": Example("wrong_enum_left_behind", "right_enum_with_way_back"),
    "data_survival": Example("wrong_category_id_not_null"),
    "offline": Example("wrong_offline_removed"),
    "atomic": Example("wrong_commit_as_sql"),
    "unedited": Example("wrong_edited_revision", has_verdict="right_history_of_commits"),
    "explained": Example("wrong_unexplained_sql", "right_explained_sql"),
}
"""An example for each criterion. Few different ones: the docs grade each."""


@dataclass(frozen=True)
class Trial:
    """One example, graded."""

    criteria: dict[str, CriterionReport]
    verdicts: dict[str, Verdict]
    """The verdicts by criterion, with the weights of the checks. Skipped criteria are not included."""


def exercise() -> Assignment:
    """The assignment of the pages."""
    return load()


@cache
def trials() -> dict[str, Trial]:
    """All examples and right submissions, graded once in each build.

    Raises:
        UnavailableError: there is no embedded PostgreSQL for this machine.
        HarnessFault: an example did not get the verdict that the catalogue expects.
    """
    names = sorted({name for example in EXAMPLES.values() for name in (example.wrong, example.has_verdict)})
    return dict(zip(names, _graded(names), strict=True))


def _graded(names: Iterable[str]) -> list[Trial]:
    with closing(EmbeddedBackend()) as postgres, TemporaryDirectory(prefix="grader-docs-") as folder:
        workspace = Path(folder) / "workspace"
        workspace.mkdir()
        tools = LocalRunner(exercise(), postgres, UnconfinedBackend(), workspace)
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            return list(workers.map(partial(_trial, tools=tools, folder=Path(folder)), names))


def _trial(name: str, *, tools: LocalRunner, folder: Path) -> Trial:
    case = case_named(name)
    graded = grade(case.write(folder / name), name, tools)
    wrong = differences(case, graded)
    if graded.observations is None or wrong:
        raise HarnessFault(f"{name} did not get the verdict that it should: {'; '.join(wrong)}.")
    criteria = {item.id: item for item in graded.report.criteria}
    return Trial(criteria, _verdicts(graded.observations, tools.assignment))


def _verdicts(observations: Observations, assignment: Assignment) -> dict[str, Verdict]:
    judged = judge_all(KINDS, observations, assignment)
    return {item.settings.id: item.judgement for item in judged if isinstance(item.judgement, Verdict)}
