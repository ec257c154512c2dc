"""What holds of every operator, on the exercise's own reference."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.proof.operators import OPERATORS, Mutant, Project, Role, mutants, read_project, write
from tests.catalogue.case import REFERENCE

EXAMPLES = REFERENCE.with_name("examples")


@pytest.fixture(scope="module")
def made(reference: Project) -> tuple[Mutant, ...]:
    """All mutants of the reference."""
    return mutants(reference)


def test_each_operator_says_what_a_student_did_and_what_it_changes() -> None:
    assert len({operator.name for operator in OPERATORS}) == len(OPERATORS)
    for operator in OPERATORS:
        assert operator.summary.endswith("."), operator.name
        assert operator.description, operator.name


def test_ids_are_unique_and_the_same_every_time(reference: Project, made: tuple[Mutant, ...]) -> None:
    assert len({mutant.id for mutant in made}) == len(made)
    again = Project(reference.files, reference.layout, reference.graph)
    assert mutants(again) == made


def test_a_mutant_differs_from_the_reference_and_says_how(
    reference: Project, made: tuple[Mutant, ...]
) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for mutant in made:
        assert mutant.sentence.endswith(".")
        assert mutant.files
        assert all(reference.files.get(path) != data for path, data in mutant.files.items()), mutant.id
        content = tuple(sorted(mutant.files.items(), key=lambda item: item[0]))
        assert content not in seen, f"{mutant.id} is {seen[content]}"
        seen[content] = mutant.id


def test_files_of_mutants_are_python(made: tuple[Mutant, ...]) -> None:
    for mutant in made:
        for path, data in mutant.files.items():
            if path.endswith(".py") and data is not None and mutant.operator != "syntax_error":
                ast.parse(data)


def test_an_answer_is_written_whole(reference: Project, made: tuple[Mutant, ...], tmp_path: Path) -> None:
    write(reference, made[0], tmp_path / "answer")
    found = {
        path.relative_to(tmp_path / "answer").as_posix(): path.read_bytes()
        for path in (tmp_path / "answer").rglob("*")
        if path.is_file()
    }
    expected = {**reference.files, **made[0].files}
    assert found == {path: data for path, data in expected.items() if data is not None}


def test_a_folder_without_migrations_is_no_reference(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match="no migrations"):
        read_project(tmp_path)


@pytest.mark.parametrize("name", ["bookings", "library", "shop"])
def test_operators_work_on_the_examples(name: str) -> None:
    project = read_project(EXAMPLES / name / "reference")
    found = mutants(project)
    assert len({item.operator for item in found if item.role is Role.WHEAT}) >= 14
    assert len({item.operator for item in found if item.role is Role.CHAFF}) >= 45
    test_files_of_mutants_are_python(found)
