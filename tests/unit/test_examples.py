"""The exercises in `examples/`: what their texts tell students is what their assignment files say."""

from __future__ import annotations

import pytest

from grader.assignment.model import Assignment, Group
from grader.runs import assignments
from tests.examples import EXAMPLES, NAMES, assignment_of, reference, wrong_answers

POINTS = {Group.REQUIRED: "{}", Group.PRACTICE: "{}", Group.BONUS: "bonus {}"}


@pytest.fixture(params=NAMES)
def exercise(request: pytest.FixtureRequest) -> str:
    """The name of an exercise."""
    name: str = request.param
    return name


@pytest.fixture
def assignment(exercise: str) -> Assignment:
    """The exercise's assignment."""
    return assignments.load(assignment_of(exercise))


def text_of(exercise: str) -> str:
    return (EXAMPLES / exercise / "EXERCISE.md").read_text(encoding="utf-8")


def graded_table(assignment: Assignment) -> str:
    """The criteria that have points, as the text for students shows them."""
    lines = ["| What is looked at | Points | Right when |", "|---|---|---|"]
    for item in assignment.criteria:
        if item.points:
            points = POINTS[item.group].format(f"{item.points:g}")
            lines.append(f"| {item.title} | {points} | {' '.join(item.text)} |")
    return "\n".join(lines)


def names_table(assignment: Assignment) -> str:
    """The names that do as well, as the text for students shows them."""
    lines = ["| Name | Does as well |", "|---|---|"]
    for name, others in assignment.aliases.items():
        lines.append(f"| `{name}` | {', '.join(f'`{other}`' for other in others)} |")
    return "\n".join(lines)


def test_students_read_what_is_graded(exercise: str, assignment: Assignment) -> None:
    assert graded_table(assignment) in text_of(exercise), f"EXERCISE.md needs:\n{graded_table(assignment)}"


def test_students_read_which_names_are_known(exercise: str, assignment: Assignment) -> None:
    if assignment.aliases:
        assert names_table(assignment) in text_of(exercise), f"EXERCISE.md needs:\n{names_table(assignment)}"


def test_the_wrong_answers_differ_from_the_reference(exercise: str, assignment: Assignment) -> None:
    answers = wrong_answers(exercise)
    assert len(answers) == 5
    assert len({tuple(answer.files.items()) for answer in (*answers, reference(exercise))}) == 6
    for answer in answers:
        assert set(answer.loses) <= {item.id for item in assignment.criteria}
