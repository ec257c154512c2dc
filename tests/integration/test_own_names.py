"""Names that students choose, an exercise without a reference, and a rubric that its reference would fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli.main import main
from grader.report.model import CriterionReport, GradeReport, Status
from grader.runs.assignments import load
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.shop import write_answer, write_assignment

pytestmark = pytest.mark.postgres

REFERENCE = """
CREATE TABLE subjects (id SERIAL PRIMARY KEY, title VARCHAR(80) NOT NULL UNIQUE);
CREATE TABLE grades (
    id SERIAL PRIMARY KEY,
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    grade INTEGER DEFAULT 4 NOT NULL CHECK (grade BETWEEN 1 AND 6)
);
CREATE INDEX ix_grades_grade ON grades (grade);
"""
ALIASES = """
[aliases]
subjects = ["disciplines", "courses"]
"subjects.title" = ["name"]
"grades.grade" = ["mark", "rating"]
"""
CRITERIA = """
[criteria.grades]
kind = "schema"
points = 40
evolves = true
tables = ["subjects"]
columns = { "grades.grade" = { type = "int", nullable = false }, "subjects.title" = { type = "varchar(80)" } }
unique = ["subjects(title)"]
foreign_keys = ["grades(subject_id) -> subjects(id)"]
indexes = ["grades(grade)"]
defaults = { "grades.grade" = 4 }

[[criteria.grades.checks]]
table = "grades"
accepted = [{ grade = 6 }]
refused = [{ grade = 7 }]

[criteria.models]
kind = "models"
points = 20
"""
MODELS = """
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Course(Base):
    __tablename__ = "courses"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Grade(Base):
    __tablename__ = "grades"
    __table_args__ = (CheckConstraint("mark >= 1 AND mark <= 6"), Index("ix_mark", "mark"))
    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    mark: Mapped[int] = mapped_column(server_default="4")
"""
PEOPLE = ("CREATE TABLE people (id serial PRIMARY KEY)", "DROP TABLE people")
SCHOOL = (
    (
        "DROP TABLE people; CREATE TABLE courses (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE);"
        "CREATE TABLE grades (id serial PRIMARY KEY, subject_id integer NOT NULL REFERENCES courses)"
    ),
    "DROP TABLE grades; DROP TABLE courses; CREATE TABLE people (id serial PRIMARY KEY)",
)
MARK = (
    (
        "ALTER TABLE grades ADD mark integer NOT NULL DEFAULT 4 CHECK (mark BETWEEN 1 AND 6);"
        "CREATE INDEX ix_mark ON grades (mark)"
    ),
    "ALTER TABLE grades DROP mark",
)


def graded(
    folder: Path, backend: EmbeddedBackend, chain: tuple[tuple[str, str], ...], *, reference: str = REFERENCE
) -> tuple[GradeReport, dict[str, CriterionReport]]:
    """The report on a submission, and its criteria by id."""
    file = write_assignment(folder, CRITERIA, points=60, reference=reference, top=ALIASES)
    (folder / "workspace").mkdir()
    runner = LocalRunner(load(file), backend, UnconfinedBackend(), folder / "workspace")
    result = grade(write_answer(folder / "ada", chain, {"models.py": MODELS}), "ada", runner)
    assert result.fault is None
    return result.report, {item.id: item for item in result.report.criteria}


def test_names_of_the_students_own_get_all_points(tmp_path: Path, embedded_backend: EmbeddedBackend) -> None:
    report, criteria = graded(tmp_path, embedded_backend, (PEOPLE, SCHOOL, MARK))
    wrong = [
        (check.id, check.found)
        for item in criteria.values()
        for check in item.checks
        if check.status is not Status.PASSED
    ]
    assert (wrong, report.score, report.flags) == ([], 70.0, ())
    titles = " ".join(check.title for check in criteria["grades"].checks)
    assert "courses.name" in titles
    assert "subjects" not in titles
    assert [check.id for check in criteria["grades"].checks][:2] == ["table_subjects", "column_grades_grade"]


def test_what_is_wrong_is_told_in_the_students_names(
    tmp_path: Path, embedded_backend: EmbeddedBackend
) -> None:
    """The reference's own name comes first, wherever it is in the list; a rule is missing as well."""
    late = (
        MARK[0].replace(" CHECK (mark BETWEEN 1 AND 6)", "").replace("integer NOT NULL", "smallint NOT NULL"),
        MARK[1],
    )
    _, criteria = graded(tmp_path, embedded_backend, (PEOPLE, SCHOOL, late))
    found = {check.id: check.found for check in criteria["grades"].checks if check.status is Status.FAILED}
    assert found == {
        "column_grades_grade": "grades.mark is smallint, not null",
        "rows_grades_grade": "mark = 7 is taken",
    }
    (asked,) = [check for check in criteria["models"].checks if check.id == "reference"]
    assert "column grades.mark: type is smallint, expected integer" in asked.found


def test_without_a_reference_the_own_models_are_all(
    tmp_path: Path, embedded_backend: EmbeddedBackend
) -> None:
    report, criteria = graded(tmp_path, embedded_backend, (PEOPLE, SCHOOL, MARK), reference="")
    assert [check.id for check in criteria["models"].checks] == ["own_models"]
    assert (criteria["models"].points, report.score) == (20.0, 70.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'tables = ["subjects"]',
            'tables = ["subject"]',
            "names the table subject, which the reference schema does not have. Did you mean `subjects`?",
        ),
        ("refused = [{ grade = 7 }]", "refused = [{ grade = 5 }]", "grade = 5 is taken"),
    ],
    ids=["table", "rows"],
)
def test_a_rubric_that_does_not_fit_its_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    criteria = CRITERIA.replace(old, new)
    file = write_assignment(tmp_path, criteria, points=60, reference=REFERENCE, top=ALIASES)
    answer, out = write_answer(tmp_path / "ada", (PEOPLE,)), tmp_path / "out"
    command = ["grade", str(answer), "--assignment", str(file), "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--postgres", "embedded", "--isolation", "none"])
    assert ended.value.code == 2
    line = next(n for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if new in text)
    said_at = " ".join(capsys.readouterr().err.split())
    assert said in said_at
    assert f"line {line if 'refused' not in new else line - 3}:" in said_at
    assert not list(out.glob("*/grade.json"))
