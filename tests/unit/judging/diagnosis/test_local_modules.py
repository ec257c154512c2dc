"""Where the modules of a submission lie, and the line that makes Python find them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judging.diagnosis.local_modules import Found, is_in_package, other_case, path_line, places_of
from grader.observations.files import SubmissionFacts

FACTS = SubmissionFacts(
    *("x", "x/", "0" * 64, None),
    python_files=(
        "app.py",
        "src/blog/__init__.py",
        "src/blog/Models.py",
        "src/blog/web/views.py",
        "old/app.py",
    ),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app", (Found(".", "app.py"), Found("old", "old/app.py"))),
        ("blog", (Found("src", "src/blog"),)),
        ("src.blog", (Found(".", "src/blog"),)),
        ("blog.web", (Found("src", "src/blog/web"),)),
        ("blog.web.views", (Found("src", "src/blog/web/views.py"),)),
        ("blog.models", ()),
        ("pp", ()),
    ],
)
def test_places(name: str, expected: tuple[Found, ...]) -> None:
    assert places_of(name, FACTS) == expected


def test_upper_and_lower_case() -> None:
    assert other_case("blog.models", FACTS) == "src/blog/Models.py"
    assert other_case("blog.tables", FACTS) is None


def test_a_file_in_a_package() -> None:
    assert is_in_package("src/blog/Models.py", FACTS)
    assert not is_in_package("app.py", FACTS)


@pytest.mark.parametrize("folder", [".", "src", "db/scripts", "db/scripts/deeper", "my folder/lib"])
@pytest.mark.parametrize("file", ["env.py", "db/scripts/env.py", "alembic/env.py"])
def test_the_line_leads_to_the_folder(tmp_path: Path, folder: str, file: str) -> None:
    line = path_line(folder, file)
    expression = line.removeprefix("sys.path.insert(0, ").removesuffix(")")
    value = eval(expression, {"Path": Path, "__file__": str(tmp_path / file)})  # noqa: S307 - a text of ours
    assert value == str((tmp_path / folder).resolve())
