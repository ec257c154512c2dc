"""Which folders are never staged."""

from __future__ import annotations

import pytest

from grader.submission.clutter import folder_verdict


@pytest.mark.parametrize(
    ("name", "signs", "verdict"),
    [
        ("alembic", (), "keep"),
        ("migrations", (), "keep"),
        (".git", (), "clutter"),
        ("__pycache__", (), "clutter"),
        ("__MACOSX", (), "clutter"),
        ("node_modules", (), "environment"),
        ("site-packages", ("app.py",), "environment"),
        ("venv", (), "environment"),
        (".venv", (), "environment"),
        (".env", (), "environment"),
        ("env", (), "keep"),
        ("env", ("bin/activate",), "environment"),
        ("env", ("Scripts/activate",), "environment"),
        ("flaskthing", ("pyvenv.cfg",), "environment"),
        ("exercise4", ("pyvenv.cfg", "alembic.ini"), "keep"),
        ("venv", ("app.py", "migrations"), "keep"),
    ],
)
def test_folders(name: str, signs: tuple[str, ...], verdict: str) -> None:
    assert folder_verdict(name, signs.__contains__) == verdict
