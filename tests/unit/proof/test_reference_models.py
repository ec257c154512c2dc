"""Where the models of a reference solution are, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.observations.files import Layout
from grader.proof.reference_models import find_models

REFERENCE = Path(__file__).parents[3] / "reference_solution"


def layout(root: str = ".", scripts: str = "alembic") -> Layout:
    return Layout("alembic", root, "alembic.ini", scripts, (f"{scripts}/versions",))


def test_the_models_of_the_exercise() -> None:
    assert find_models(REFERENCE, layout()) == ("app.py", "db.Model.metadata")


@pytest.mark.parametrize(
    ("env", "files", "expected"),
    [
        (
            "from shop.models import Base\ntarget_metadata = Base.metadata\n",
            {"shop/models.py": ""},
            ("shop/models.py", "Base.metadata"),
        ),
        (
            "from shop import models\ntarget_metadata = models.Base.metadata\n",
            {"shop/__init__.py": "", "shop/models.py": ""},
            ("shop/models.py", "Base.metadata"),
        ),
        (
            "import shop.models as m\ntarget_metadata = m.metadata\n",
            {"src/shop/models.py": ""},
            ("src/shop/models.py", "metadata"),
        ),
        (
            "from flask import current_app\ntarget_metadata = current_app.extensions['m'].db.metadata\n",
            {"shop/__init__.py": "db = SQLAlchemy()\n"},
            ("shop/__init__.py", "db.metadata"),
        ),
        (
            "target_metadata = get_metadata()\n",
            {"models.py": "class Base(DeclarativeBase):\n    pass\n"},
            ("models.py", "Base.metadata"),
        ),
        ("target_metadata = None\n", {"app.py": "print(1)\n"}, None),
        ("def broken(:\n", {}, None),
    ],
)
def test_models_are_found(
    tmp_path: Path, env: str, files: dict[str, str], expected: tuple[str, str] | None
) -> None:
    for path, text in {"alembic/env.py": env, **files}.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert find_models(tmp_path, layout()) == expected
