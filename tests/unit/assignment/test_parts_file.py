"""The parts of an exercise in its file, and what is said of names that are no part."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.assignment.model import Part
from grader.errors import ConfigurationError
from grader.runs.assignments import load
from tests.catalogue.case import REFERENCE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the exercise."""
    for name in ("app.py", "assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, tmp_path)
    return tmp_path / "assignment.toml"


def edited(file: Path, old: str, new: str) -> Path:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_the_exercise_has_six_parts_and_all_that_is_required_belongs_to_one(file: Path) -> None:
    exercise = load(file)
    assert len(exercise.parts) == 6
    assert exercise.parts[2] == Part("columns", "Two columns for users")
    required = {item.id: item.part for item in exercise.criteria if item.group == "required"}
    assert None not in required.values()
    assert required["user_columns"] == "columns"
    history = exercise.criterion("history")
    assert history is not None
    assert history.check_parts == {"listed": "initial", "line": "initial", "messages": "initial"}
    assert {item.part for item in exercise.checklist} == {part.id for part in exercise.parts}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'part = "categories"\nevolves',
            'part = "categorys"\nevolves',
            '`criteria.category_table.part` names "categorys", which is no part of the exercise.',
        ),
        (
            'own_models = "initial"',
            'own_models = "first_one"',
            '`criteria.models_match.check_parts.own_models` names "first_one", which is no part',
        ),
        (
            'back_and_forth = "Back',
            'back_and_forth = " "\nx = "Back',
            "`parts.back_and_forth` must be a text",
        ),
    ],
)
def test_a_name_that_is_no_part_is_refused(file: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(edited(file, old, new))
    assert message in raised.value.message


def test_an_item_names_a_part_that_there_is(file: Path) -> None:
    edited(file, 'text = "Apply it"\npart = "initial"', 'text = "Apply it"\npart = "inital"')
    with pytest.raises(
        ConfigurationError, match=r"`checklist.part` names \"inital\".*Did you mean `initial`"
    ):
        load(file)


def test_without_the_table_there_is_no_part_to_name(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    before, _, after = text.partition("[parts]\n")
    file.write_text(before + after.partition("\n\n")[2], encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"Name the parts in a table \[parts\]\."):
        load(file)
