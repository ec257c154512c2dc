"""Which submissions have psycopg2 loaded ahead."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.older_driver import MODULES, modules_of_older_driver


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("app/models.py", "import psycopg2\n", True),
        ("alembic/versions/1.py", "from psycopg2.extras import Json\n", True),
        ("alembic.ini", "sqlalchemy.url = postgresql+psycopg2://\n", True),
        ("app.py", "import psycopg\n", False),
        ("pyproject.toml", 'dependencies = ["psycopg2-binary"]\n', False),
        ("requirements.txt", "psycopg2\n", False),
        ("README.md", "psycopg2", False),
        ("app.py", "", False),
    ],
)
def test_code_that_names_it(tmp_path: Path, name: str, text: str, named: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    assert modules_of_older_driver(tmp_path) == (MODULES if named else ())
