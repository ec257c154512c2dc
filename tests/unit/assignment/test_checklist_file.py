"""The checklist of an assignment file, and what is said of mistakes in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.assignment.checklist import ChecklistItem, CriterionPart, Fact, ModelPart
from grader.errors import ConfigurationError
from grader.runs.assignments import load
from tests.catalogue.case import REFERENCE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the exercise, without its checklist."""
    for name in ("app.py", "assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, tmp_path)
    path = tmp_path / "assignment.toml"
    before, _, after = path.read_text(encoding="utf-8").partition("[[checklist]]")
    path.write_text(before + after.partition("# -----")[1] + after.partition("# -----")[2], encoding="utf-8")
    return path


def with_item(file: Path, keys: str) -> Path:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f'\n[[checklist]]\ntext = "Do it"\n{keys}\n')
    return file


def test_an_exercise_may_have_none(file: Path) -> None:
    assert load(file).checklist == ()


@pytest.mark.parametrize(
    ("keys", "item"),
    [
        ("look = true", ChecklistItem("Do it")),
        ('facts = ["revision_made"]', ChecklistItem("Do it", facts=(Fact.REVISION_MADE,))),
        (
            'criteria = ["history", "downgrade.schema"]\noptional = true',
            ChecklistItem(
                "Do it",
                optional=True,
                criteria=(CriterionPart("history"), CriterionPart("downgrade", "schema")),
            ),
        ),
        (
            'models = ["users", "users.bio", "users.username  varchar(50)", "posts.seen timestamp"]',
            ChecklistItem(
                "Do it",
                models=(
                    ModelPart("users"),
                    ModelPart("users", "bio"),
                    ModelPart("users", "username", "varchar(50)"),
                    ModelPart("posts", "seen", "timestamp"),
                ),
            ),
        ),
    ],
)
def test_an_item_is_read(file: Path, keys: str, item: ChecklistItem) -> None:
    assert load(with_item(file, keys)).checklist == (item,)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("", "`checklist` does not say what shows that the item is done: give it `criteria`, `facts`"),
        ('facts = ["revision_made"]\nlook = true', "`checklist.look` is for items that nothing shows"),
        (
            'criteria = ["histroy"]',
            '`checklist.criteria` names "histroy", which is no criterion. Did you mean',
        ),
        ('criteria = ["his tory"]', "`checklist.criteria` has"),
        ('facts = ["installed"]', "`checklist.facts`"),
        ('models = ["users.bio.text"]', "`checklist.models` has"),
        ('crit = ["history"]', "`checklist.crit` is not a known key. Did you mean `criteria`?"),
        ("facts = []", "`checklist.facts` must be a list of one or more facts"),
        ('look = "yes"', "`checklist.look` must be true or false"),
    ],
)
def test_a_mistake_is_named_with_its_line(file: Path, keys: str, message: str) -> None:
    path = with_item(file, keys)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert message in caught.value.message
    lines = path.read_text(encoding="utf-8").splitlines()
    line = int(caught.value.message.partition(", line ")[2].partition(":")[0])
    assert line >= lines.index("[[checklist]]") + 1


def test_the_checklist_of_the_exercise_has_fifteen_items() -> None:
    items = load(REFERENCE / "assignment.toml").checklist
    assert (len(items), sum(item.optional for item in items)) == (15, 2)
    assert len({item.text for item in items}) == 15
