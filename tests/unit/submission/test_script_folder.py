"""Where the script folder is, and where the command has to run for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.script_folder import find_script_folder


@pytest.mark.parametrize(
    ("here", "location", "prepended", "installed", "env", "expected"),
    [
        (".", "db", ["."], [], "", (".", "db")),
        ("db", "db", [], [], "", (".", "db")),
        ("db", "{root}/db", ["."], [], "import sys\nfrom app import x", ("db", "db")),
        ("db", "{root}/db", ["."], [], "from app import x", (".", "db")),
        ("db", "{root}/db", [], [], "from app import x", ("db", "db")),
        ("db", "{root}/db", ["."], [], "from models import x\nimport alembic", ("db", "db")),
        (".", "blog:db", [], ["src"], "", (".", "src/blog/db")),
        (".", "blog:db", ["src"], [], "", (".", "src/blog/db")),
        (".", "blog:db", ["."], [], "", None),
        (".", "elsewhere", [], [], "", None),
        (".", "../db", [], [], "", None),
    ],
)
def test_folders(
    tmp_path: Path,
    *,
    here: str,
    location: str,
    prepended: list[str],
    installed: list[str],
    env: str,
    expected: tuple[str, str] | None,
) -> None:
    for name, text in {"app.py": "", "db/env.py": env, "db/models.py": "", "src/blog/db/env.py": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = find_script_folder(
        tmp_path,
        tmp_path / here,
        location.format(root=tmp_path),
        prepended=prepended,
        installed=[tmp_path / name for name in installed],
    )
    assert (found and tuple(path.relative_to(tmp_path).as_posix() for path in found)) == expected
