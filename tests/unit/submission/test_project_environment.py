"""What a project reads its settings from: example files, and the places of `.env`."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.project_environment import ProjectEnvironment, is_example, read_environment


def environment(root: Path, files: dict[str, str], project: str = ".") -> ProjectEnvironment:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_environment(root, project)


@pytest.mark.parametrize(
    "name", [".env.example", ".env.sample", ".env.template", "sample.env", "env.example", ".env.dist"]
)
def test_names_of_example_files(name: str, tmp_path: Path) -> None:
    assert is_example(name)
    assert environment(tmp_path, {name: "A=1\n"}).variables == {"A": "1"}


@pytest.mark.parametrize("name", [".env", ".env.local", "environment.py", "env.py", "example.py"])
def test_names_of_other_files(name: str, tmp_path: Path) -> None:
    assert not is_example(name)
    assert environment(tmp_path, {name: "A=1\n"}).variables == {}


def test_values_are_read_as_dotenv_reads_them(tmp_path: Path) -> None:
    text = "# A=0\nexport A=1\nB = 'two words' # or so\nC=\nD=x # y\n\nnonsense\nA=2\n"
    found = environment(tmp_path, {".env.example": text})
    assert found.variables == {"A": "2", "B": "two words", "C": "", "D": "x"}


def test_the_example_beside_the_settings_comes_first(tmp_path: Path) -> None:
    files = {
        ".env.example": "A=top\nB=top\n",
        "app/.env.example": "A=app\n",
        "else/.env.example": "A=else\nC=else\n",
    }
    assert environment(tmp_path, files, "app").variables == {"A": "app", "B": "top", "C": "else"}


def test_every_folder_has_a_place_for_each_name(tmp_path: Path) -> None:
    files = {
        "app.py": 'load_dotenv(".env.local")\nload_dotenv(BASE / "config/dev.env")\nopen(".env.example")\n',
        "alembic/env.py": "",
    }
    assert sorted(environment(tmp_path, files).env_files) == sorted(
        [".env", ".env.local", "dev.env", "alembic/.env", "alembic/.env.local", "alembic/dev.env"]
    )


def test_there_are_bounds(tmp_path: Path) -> None:
    many = "".join(f"V{number}=1\n" for number in range(1000))
    code = "".join(f"open('a{number}.env')\n" for number in range(1000))
    found = environment(tmp_path, {".env.example": f"LONG={'x' * 5000}\n{many}", "app.py": code})
    assert len(found.variables) == 200
    assert "LONG" not in found.variables
    assert len(found.env_files) == 8
