"""The command that writes the reference schema from models, and its messages when it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "reference_solution"
ASSIGNMENT = """\
schema_version = "2"
[reference]
models = "models.py"
metadata = "Base.metadata"
schema = "schema.sql"
"""
MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


def run(folder: Path, models: str | None, assignment: str = ASSIGNMENT) -> subprocess.CompletedProcess[str]:
    (folder / "assignment.toml").write_text(assignment, encoding="utf-8")
    if models is not None:
        (folder / "models.py").write_text(models, encoding="utf-8")
    command = [sys.executable, "-m", "grader.reference_ddl", str(folder / "assignment.toml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_plain_models_need_no_app(tmp_path: Path) -> None:
    done = run(tmp_path, MODELS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Wrote {tmp_path / 'schema.sql'}.\n"
    text = (tmp_path / "schema.sql").read_text(encoding="utf-8")
    assert text.startswith("-- The schema of the reference models in models.py.\n")
    assert "CREATE TABLE users (" in text


@pytest.mark.parametrize(
    ("models", "assignment", "message"),
    [
        (None, ASSIGNMENT, "There is no file"),
        ("import nothing_of_that_name\n", ASSIGNMENT, "cannot be imported: ModuleNotFoundError"),
        ("1 / 0\n", ASSIGNMENT, "cannot be imported: ZeroDivisionError"),
        ("Other = 1\n", ASSIGNMENT, "has no `Base.metadata`"),
        ("class Base:\n    metadata = None\n", ASSIGNMENT, "is not the metadata of any tables"),
        (MODELS.partition("class User")[0], ASSIGNMENT, "is not the metadata of any tables"),
        (MODELS, ASSIGNMENT.replace("metadata", "meta"), "line 4: `reference.meta` is not a known key"),
    ],
)
def test_a_problem_is_told_without_a_traceback_and_writes_nothing(
    tmp_path: Path, models: str | None, assignment: str, message: str
) -> None:
    done = run(tmp_path, models, assignment)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "schema.sql").exists()


def test_the_committed_reference_schema_is_current(tmp_path: Path) -> None:
    shutil.copy(REFERENCE / "app.py", tmp_path)
    done = run(tmp_path, None, (REFERENCE / "assignment.toml").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "reference_schema.sql").read_text(encoding="utf-8")
    assert made == (REFERENCE / "reference_schema.sql").read_text(encoding="utf-8")
