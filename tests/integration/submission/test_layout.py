"""Where the migrations are in a folder that Alembic or Flask-Migrate has set up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grader.assignment.model import Project
from grader.observations.model import Layout
from grader.submission.layout import find_layout


def found(root: Path, alembic_root: str | None = None) -> tuple[Layout, list[str]]:
    layout, findings = find_layout(root, Project(alembic_root=alembic_root))
    assert layout is not None, findings
    return layout, [finding.kind for finding in findings]


def test_what_alembic_init_makes(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", "init", "alembic"], cwd=tmp_path, check=True, capture_output=True
    )
    layout, kinds = found(tmp_path)
    assert layout == Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
    assert kinds == []


def test_the_pyproject_template(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", "init", "-t", "pyproject", "alembic"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    layout, kinds = found(tmp_path)
    assert layout == Layout("alembic", ".", "pyproject.toml", "alembic", ("alembic/versions",))
    assert kinds == []


def test_flask_migrate(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\nfrom flask_migrate import Migrate\n")
    code = (
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "from flask_migrate import Migrate, init\n"
        "app = Flask('x')\napp.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'\n"
        "Migrate(app, SQLAlchemy(app))\nwith app.app_context():\n    init()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    layout, kinds = found(tmp_path)
    assert layout == Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
    assert kinds == []
    assert found(tmp_path, ".")[0] == layout
