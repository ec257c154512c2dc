"""Hints about modules and apps that are not found: the line and the file that the student has to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.diagnosis import diagnose_step
from grader.observations.files import Finding, FindingKind, Layout
from grader.observations.steps import StepAction
from tests.unit.observation_builders import FACTS, perfect, step

FLASK = Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
FILES = ("app.py", "Tables.py", "alembic/env.py", "src/blog/__init__.py", "src/blog/views.py", "src/web.py")


def hint(
    error: str, place: str = "alembic/env.py", layout: Layout | None = FACTS.layout, *more: Finding
) -> str:
    facts = replace(FACTS, layout=layout, python_files=FILES, findings=more)
    output = (
        f'Traceback (most recent call last):\n  File "{place}", line 3, in <module>\n    import x\n{error}\n'
    )
    failed = step(StepAction.UPGRADE, "head", exit_code=1, stderr=output)
    found = diagnose_step(failed, replace(perfect(), submission=facts))
    assert found is not None
    return found.text


@pytest.mark.parametrize(
    ("error", "place", "words"),
    [
        ("No module named 'web'", "alembic/env.py", ('parents[1] / "src"', "set `prepend_sys_path = src`")),
        ("No module named 'app'", "alembic/env.py", ("resolve().parents[1]))", "set `prepend_sys_path = .`")),
        ("No module named 'views'", "src/blog/__init__.py", ("with a dot", "`from .views import …`")),
        ("No module named 'views'", "app.py", ("In alembic/env.py, above its first import of yours",)),
        ("No module named 'web'", "alembic/versions/a.py", ("Set `prepend_sys_path = src` in alembic.ini",)),
        ("No module named 'tables'", "alembic/env.py", ("but Tables.py", "Upper and lower case")),
        ("No module named 'app.views'", "alembic/env.py", ("no app/views.py", "Is src/blog/views.py meant?")),
        ("No module named 'models'", "alembic/env.py", ("Commit models.py",)),
        ("No module named 'app.x'; 'app' is not a package", "alembic/env.py", ("single file (app.py)",)),
    ],
)
def test_a_module_that_is_not_found(error: str, place: str, words: tuple[str, ...]) -> None:
    text = hint(f"ModuleNotFoundError: {error}", place)
    assert all(word in text for word in words), text


def test_with_flask_the_line_stands_where_the_import_fails() -> None:
    text = hint("ModuleNotFoundError: No module named 'web'", "app.py", FLASK)
    assert "In app.py, above that import, add `" in text
    assert 'parents[0] / "src"' in text
    assert "prepend_sys_path" not in text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Error: Could not import 'sever'.", ("Correct FLASK_APP in your .flaskenv", "FLASK_APP=src.blog")),
        ("Error: Failed to find attribute 'x' in 'blog'.", ("Correct FLASK_APP in your .flaskenv",)),
        (
            "Error: Could not locate a Flask application. Use",
            ("name it in a .flaskenv file: FLASK_APP=src.blog",),
        ),
        (
            "Error: Detected factory 'create_app' in module 'app', but could not call it without arguments.",
            ("FLASK_APP=\"app:create_app('…')\"",),
        ),
        (
            "Error: The factory \"create_app('x')\" in module 'app' could not be called with the",
            ("FLASK_APP=\"app:create_app('…')\"",),
        ),
    ],
)
def test_an_app_that_is_not_found(error: str, words: tuple[str, ...]) -> None:
    made = Finding(FindingKind.FLASK_APP_UNKNOWN, "The Flask app is made in src/blog/__init__.py.", FILES[3])
    facts = replace(FACTS, layout=FLASK, findings=(made,))
    failed = step(
        StepAction.UPGRADE, "head", exit_code=2, stderr=f"{error}\n\nError: No such command 'db'.\n"
    )
    found = diagnose_step(failed, replace(perfect(), submission=facts))
    assert found is not None
    assert found.id == "flask_app_not_found"
    assert all(word in found.text for word in words), found.text


def test_a_missing_package_is_told_from_those_that_the_assignment_names() -> None:
    output = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'pandas'\n"
    failed = step(StepAction.UPGRADE, "head", exit_code=1, stderr=output)
    usual = perfect()
    given = replace(
        usual.environment, packages=("fastapi==0.115.0", "alembic==1.13.3", "uvicorn[standard]==0.30")
    )

    ours, theirs = (
        diagnose_step(failed, replace(usual, environment=environment))
        for environment in (usual.environment, given)
    )

    assert ours is not None
    assert theirs is not None
    assert "no more than Flask, Flask-SQLAlchemy, Alembic and python-dotenv." in ours.fix
    assert "no more than Alembic, fastapi, uvicorn and what these need." in theirs.fix
