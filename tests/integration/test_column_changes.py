"""The kind `column_change` on a real server: names, nullability, defaults. Answers of a small shop."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.report.model import CriterionReport, Status
from grader.runs.assignments import load
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.shop import write_answer, write_assignment

pytestmark = pytest.mark.postgres

CRITERIA = """
[criteria.name]
kind = "column_change"
points = 10
column = "people.full_name"
from = { name = "name" }
to = { name = "full_name", type = "varchar(80)" }

[criteria.level]
kind = "column_change"
points = 10
column = "people.level"
from = { default = { sql = "NULL" }, nullable = true }
to = { default = 1, nullable = false }
"""
PEOPLE = (
    "CREATE TABLE people (id serial PRIMARY KEY, name varchar(80) NOT NULL, level integer)",
    "DROP TABLE people",
)
LEVEL = (
    (
        "UPDATE people SET level = 1 WHERE level IS NULL;"
        "ALTER TABLE people ALTER level SET NOT NULL, ALTER level SET DEFAULT 2 - 1"
    ),
    "ALTER TABLE people ALTER level DROP NOT NULL, ALTER level DROP DEFAULT",
)
RENAME = (
    "ALTER TABLE people RENAME name TO full_name",
    "ALTER TABLE people RENAME full_name TO name",
)
ANOTHER = (
    "ALTER TABLE people DROP name; ALTER TABLE people ADD full_name varchar(80) NOT NULL DEFAULT ''",
    "ALTER TABLE people DROP full_name; ALTER TABLE people ADD name varchar(80) NOT NULL DEFAULT ''",
)
BY_OPERATION = """\
from alembic import op

revision = "rev3"
down_revision = "rev2"


def upgrade():
    op.alter_column("people", "name", new_column_name="full_name")


def downgrade():
    op.alter_column("people", "full_name", new_column_name="name")
"""


def graded(folder: Path, backend: EmbeddedBackend, submission: Path) -> dict[str, CriterionReport]:
    """The criteria of the report on a submission, by id."""
    assignment = load(write_assignment(folder, CRITERIA, points=20))
    (folder / "workspace").mkdir()
    runner = LocalRunner(assignment, backend, UnconfinedBackend(), folder / "workspace")
    result = grade(submission, "ada", runner)
    assert result.fault is None
    return {item.id: item for item in result.report.criteria}


@pytest.mark.parametrize("by_operation", [True, False])
def test_changes_that_are_made_and_undone(
    tmp_path: Path, embedded_backend: EmbeddedBackend, *, by_operation: bool
) -> None:
    chain = (PEOPLE, LEVEL, RENAME)
    files = {"migrations/versions/rev3.py": BY_OPERATION} if by_operation else {}
    criteria = graded(tmp_path, embedded_backend, write_answer(tmp_path / "ada", chain, files))
    assert [item.status for item in criteria.values()] == [Status.PASSED] * 3
    assert [check.revision for check in criteria["name"].checks] == ["rev3", "rev3"]
    assert [check.id for check in criteria["level"].checks] == [
        "column_people_level",
        "default_people_level",
        "restored",
    ]


def test_another_column_is_no_new_name(tmp_path: Path, embedded_backend: EmbeddedBackend) -> None:
    criteria = graded(tmp_path, embedded_backend, write_answer(tmp_path / "ada", (PEOPLE, LEVEL, ANOTHER)))
    (restored,) = [check for check in criteria["name"].checks if check.status is Status.FAILED]
    assert restored.id == "restored"
    assert "drops people.name and adds people.full_name" in restored.found
    assert criteria["level"].status is Status.PASSED
