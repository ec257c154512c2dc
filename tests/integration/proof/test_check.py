"""The rubric of exercise 4, proven. Answers are graded once; copies of it are judged by what was seen.

Every run grades a sample, with all answers that show the weaknesses of the copies. `tox -e soak` grades all.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.assignment.model import Assignment, ProofKind
from grader.judging.judge import judge
from grader.proof import check
from grader.proof.answers import Answer, Outcome, Role
from grader.proof.findings import Finding, findings, unused
from grader.proof.operators import mutants
from grader.report.saved import OBSERVATIONS
from grader.runs.assignments import load
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_memory import ReducedResult
from grader.runs.graded import judged
from grader.runs.local import LocalRunner
from grader.runs.saved_observations import read_observations
from tests.catalogue.case import REFERENCE
from tests.unit.runners import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.proof.operators.mutant import Mutant
    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.sandbox.interface import SandboxBackend

NO_ANSWERS = check.OwnAnswers()
WITH_TEMPLATE = check.OwnAnswers(template=REFERENCE.with_name("student_template"))
SAMPLE = 25
SHOWING = (
    *("unique_forgotten", "foreign_key_forgotten", "all_in_one_revision", "other_type_restored"),
    "other_type_everywhere",
)
"""Operators whose answers show the weaknesses."""
TEXTS = ("name_of_key -1", "place_of_column -1")
FILE = REFERENCE / "assignment.toml"
RUBRIC = load(FILE)


@dataclass(frozen=True)
class Tried:
    """All answers, graded once."""

    answers: list[Answer]
    out: Path

    def outcomes(self, rubric: Assignment) -> list[Outcome]:
        """What a rubric makes of them. Nothing is run again."""
        names = [check.REFERENCE, *(item.id for item in self.answers)]
        seen = ((name, read_observations(self.out / name / OBSERVATIONS)) for name in names)
        results = [ReducedResult(judge(item, rubric), judged(item, rubric).details) for _, item in seen]
        return list(check.outcomes(self.answers, results, self.out, rubric))


@pytest.fixture(scope="module")
def tried(
    embedded_backend: EmbeddedBackend, warm_sandbox: SandboxBackend, tmp_path_factory: pytest.TempPathFactory
) -> Tried:
    """A sample of the answers, spread over all operators, what shows the weaknesses, and the template."""
    made = mutants(check.project_of(FILE, RUBRIC, REFERENCE))
    chosen = {item.id for item in check.sampled(made, SAMPLE)}
    some = [item for item in made if item.id in chosen or item.operator in SHOWING]
    folder = tmp_path_factory.mktemp("proof")
    return graded(folder, RUBRIC, (embedded_backend, warm_sandbox), some, own=WITH_TEMPLATE)


@pytest.fixture(scope="module")
def all_tried(
    embedded_backend: EmbeddedBackend, warm_sandbox: SandboxBackend, tmp_path_factory: pytest.TempPathFactory
) -> Tried:
    """All answers that operators make of the exercise's reference solution, and the template."""
    made = mutants(check.project_of(FILE, RUBRIC, REFERENCE))
    folder = tmp_path_factory.mktemp("whole_proof")
    return graded(folder, RUBRIC, (embedded_backend, warm_sandbox), made, own=WITH_TEMPLATE)


def graded(
    folder: Path,
    rubric: Assignment,
    backends: tuple[EmbeddedBackend, SandboxBackend],
    made: Iterable[Mutant],
    *,
    own: check.OwnAnswers = NO_ANSWERS,
) -> Tried:
    """Grade answers that operators made."""
    project = check.project_of(FILE, rubric, REFERENCE)
    (folder / "answers").mkdir()
    answers, sources = check.written(project, made, own, folder / "answers", rubric)
    workspace = folder / "workspace"
    workspace.mkdir()
    spec = RunSpec(out=folder / "proof", formats=("json",), jobs=2)
    grade_all(sources, LocalRunner(rubric, *backends, workspace), spec, Told())
    shutil.rmtree(folder / "answers")
    return Tried(answers, folder / "proof")


def not_counted(outcomes: list[Outcome]) -> dict[str, str]:
    return {item.answer.id: item.left_out for item in outcomes if item.left_out is not None}


def opened(found: tuple[Finding, ...]) -> list[str]:
    return [f"{item.kind.value} {item.name}: {item.text}" for item in found if item.accepted is None]


@pytest.mark.postgres
def test_the_rubric_of_the_exercise_passes_a_sample_of_its_own_proof(tried: Tried) -> None:
    outcomes = tried.outcomes(RUBRIC)
    assert opened(findings(outcomes, RUBRIC, sample=True)) == []
    assert not_counted(outcomes) == {}


@pytest.mark.soak
@pytest.mark.postgres
def test_the_rubric_of_the_exercise_passes_its_own_proof(all_tried: Tried) -> None:
    outcomes = all_tried.outcomes(RUBRIC)
    found = findings(outcomes, RUBRIC)
    assert opened(found) == []
    assert unused(found, RUBRIC) == ()
    assert not_counted(outcomes) == {}
    roles = [item.answer.role for item in outcomes]
    assert roles.count(Role.RIGHT) >= 14
    assert len({item.answer.operator for item in outcomes if item.answer.role is Role.WRONG}) >= 45


def weakened(tmp_path: Path, *changes: tuple[str, str]) -> Assignment:
    """A copy of the exercise's file in which something is replaced."""
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    shutil.copy(REFERENCE / "reference_schema.sql", tmp_path)
    return load(tmp_path / "assignment.toml")


@dataclass(frozen=True)
class Weakness:
    """A change of the file that makes a criterion ask for less."""

    old: str
    new: str
    criterion: str
    words: str
    """What the finding has to say."""


WEAKENED = [
    Weakness('"categories(name)", "categories(slug)"', '"categories(name)"', "category_table", "slug"),
    Weakness(
        'foreign_keys = ["posts(category_id) -> categories(id)"]\n', "", "category_table", "category_id"
    ),
    Weakness(
        "evolves = true\n\n[criteria.user_columns.columns]",
        "\n[criteria.user_columns.columns]",
        "user_columns",
        "made in one go",
    ),
    Weakness(
        'to = { type = "character varying(50)", nullable = false }',
        'to = { type = "character varying(50)", nullable = false }\nrestored = false',
        "username_length",
        "after the downgrade",
    ),
    Weakness(
        '"users.bio" = { type = "text"',
        '"users.bio" = { type = ["text", "character varying(255)"]',
        "user_columns",
        "bio",
    ),
]


@pytest.mark.postgres
@pytest.mark.parametrize("weakness", WEAKENED, ids=lambda item: f"{item.criterion}: {item.words}")
def test_each_weakness_of_a_copy_is_named(tried: Tried, tmp_path: Path, weakness: Weakness) -> None:
    rubric = weakened(tmp_path, (weakness.old, weakness.new))
    found = findings(tried.outcomes(rubric), rubric, sample=True)
    named = [item.text for item in found if item.kind is ProofKind.OVERLOOKED and item.accepted is None]
    wanted = f"`{weakness.criterion}` passes"
    assert any(wanted in text and weakness.words in text for text in named), named


TOO_MUCH = '''
[criteria.name_of_key]
kind = "data"
group = "bonus"
points = 1
before = "head"
sql = "SELECT 1"
in_reference = false

[[criteria.name_of_key.expect]]
query = "SELECT conname::text FROM pg_constraint WHERE conname = 'uq_categories_name'"
rows = [["uq_categories_name"]]

[criteria.place_of_column]
kind = "data"
group = "bonus"
points = 1
before = "head"
sql = "SELECT 1"
in_reference = false

[[criteria.place_of_column.expect]]
query = """
SELECT attnum::int FROM pg_attribute WHERE attrelid = 'categories'::regclass AND attname = 'description'
"""
rows = [[4]]

[[accept]]
'''


@pytest.mark.postgres
def test_a_rubric_that_asks_for_a_name_or_an_order_is_unfair(
    embedded_backend: EmbeddedBackend, warm_sandbox: SandboxBackend, tmp_path: Path
) -> None:
    rubric = weakened(tmp_path, ("\n[[accept]]\n", TOO_MUCH))
    chosen = ("own_names", "other_order_of_columns", "batch_mode")
    project = check.project_of(FILE, rubric, REFERENCE)
    made = [item for item in mutants(project) if item.operator in chosen]
    tried = graded(tmp_path, rubric, (embedded_backend, warm_sandbox), made)
    found = findings(tried.outcomes(rubric), rubric, sample=True)
    unfair = {(item.operator, text) for item in found for text in TEXTS if text in item.text}
    assert {item.kind for item in found} == {ProofKind.UNFAIR}
    assert unfair == {("own_names", "name_of_key -1"), ("other_order_of_columns", "place_of_column -1")}
