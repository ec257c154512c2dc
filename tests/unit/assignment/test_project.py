"""The table `[project]`: what its values become, and the message about each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.project import (
    problem_with_requirement,
    problem_with_requirements,
    project_of,
    variables_of,
)
from grader.assignment.tables import FilesOnly
from grader.assignment.toml_file import TomlFile
from grader.errors import ConfigurationError

HEAD = 'schema_version = "2"\n\n'
PINS = "# what the class uses\nFlask==3.1.0  # not 2\n\nfastapi==0.115.0\n"


def written(folder: Path, table: str) -> Path:
    path = folder / "assignment.toml"
    path.write_text(HEAD + table, encoding="utf-8")
    return path


def read(folder: Path, table: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    file = TomlFile.read(written(folder, table))
    return project_of(file, file.decoded(FilesOnly).project)


def refusal(folder: Path, table: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, table)
    return caught.value.message.replace(f"{folder}/", "")


def test_all_keys_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(PINS)
    (tmp_path / "given.ini").write_bytes(b"[shop]\n")
    project = read(
        tmp_path,
        '[project]\nalembic_root = "./back end/"\nflask_app = "shop:create_app"\nworking_folder = "."\n'
        'requirements = "pins.txt"\nextensions = ["citext", "uuid-ossp"]\n'
        'direct_url = ["DB"]\npooled_url = ["DB", "OTHER"]\n'
        '[project.variables]\nSECRET_KEY = "for-grading"\nOTHER = "postgresql+asyncpg://"\n'
        '[project.files]\n"settings/shop.ini" = "given.ini"\n',
    )

    assert (project.alembic_root, project.flask_app, project.working_folder) == (
        *("back end", "shop:create_app", "."),
    )
    assert project.requirements == ("Flask==3.1.0", "fastapi==0.115.0")
    assert project.extensions == ("citext", "uuid-ossp")
    assert project.one_connection
    assert project.variables == {"SECRET_KEY": "for-grading", "OTHER": "postgresql+asyncpg://"}
    assert project.files == {"settings/shop.ini": b"[shop]\n"}


def test_requirements_that_powershell_wrote(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text("Flask==3.1.0\r\n", encoding="utf-16")

    assert read(tmp_path, '[project]\nrequirements = "pins.txt"\n').requirements == ("Flask==3.1.0",)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            'requirements = [\n  "flask==3.1.0",\n  "alembic>=1.13",\n]',
            "assignment.toml, line 4: `project.requirements` names alembic>=1.13, which is no exact version.",
        ),
        ('requirements = ["a==1", "A==2"]', "names A==2, which is named before as a==1. Keep one of them."),
        (
            'extensions = ["citext", "my ext"]',
            '`project.extensions` has "my ext", which is no name of an extension',
        ),
        ('direct_url = ["PGHOST"]', '`project.direct_url` has "PGHOST", which cannot be set'),
        ('pooled_url = ["A B"]', '`project.pooled_url` has "A B", which cannot be set'),
        ('variables = {FLASK_APP = "shop"}', "is set by `flask_app` in [project]"),
        ('variables = {PYTHONPATH = "src"}', "belongs to the system or the grader"),
        ('variables = {NAME = "a\\nb"}', "has a value with line ends"),
        ('variables = {DIRECT_URL = "x"}', "`project.variables.DIRECT_URL` gets the URL of a connection"),
        ('files = {".env" = "assignment.toml"}', "is a file of variables"),
        ('files = {"a/.env.local" = "assignment.toml"}', "is a file of variables"),
        ('files = {"a/../../b" = "assignment.toml"}', "must be a path inside the submission"),
        ('files = {"/etc/b" = "assignment.toml"}', "must be a path inside the submission"),
        ('files = {"C:/b" = "assignment.toml"}', "must be a path inside the submission"),
        ('files = {".git/hooks/x" = "assignment.toml"}', "must be a path inside the submission"),
        ('files = {"." = "assignment.toml"}', "must be a path inside the submission"),
        (
            'files = {"a" = "assignment.toml", "a/b" = "assignment.toml"}',
            'lies in "a", which is to be a file',
        ),
        ('files = {"a" = "no.ini"}', "no.ini, which cannot be read (No such file or directory)"),
    ],
)
def test_a_mistake_is_named_with_key_and_line(tmp_path: Path, table: str, words: str) -> None:
    message = refusal(tmp_path, f"[project]\n{table}\n")

    assert words in message
    assert message.startswith("assignment.toml, line ")


def test_a_mistake_in_a_file_of_requirements_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text("flask==3.1.0\nalembic\n")

    message = refusal(tmp_path, '[project]\nrequirements = "pins.txt"\n')

    assert message.startswith(
        "assignment.toml, line 4: `project.requirements` names alembic (pins.txt, line 2), which is no exact"
    )


def test_a_package_that_cannot_be_had_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(PINS)
    path = written(tmp_path, '[project]\nrequirements = "pins.txt"\n')

    found = problem_with_requirement(path, "fastapi==0.115.0", "cannot be had.")
    other = problem_with_requirement(path, "starlette<1", "cannot be had.")

    assert f"{path}, line 4: `project.requirements` names fastapi==0.115.0 (pins.txt, line 4), which" in str(
        found
    )
    assert "`project.requirements` leads to starlette<1, which cannot be had." in str(other)
    assert f"{path}, line 4: `project.requirements` names two." in str(
        problem_with_requirements(path, "names two.")
    )


def test_the_variables_that_reference_models_may_read(tmp_path: Path) -> None:
    table = (
        '[project]\ndirect_url = ["SHOP_DB"]\npooled_url = ["POOL"]\n'
        '[project.variables]\nKEY = "x"\nPOOL = "postgresql+asyncpg://"\n'
    )

    assert variables_of(written(tmp_path, table), "postgresql://a@b/c") == {
        "SHOP_DB": "postgresql://a@b/c",
        "POOL": "postgresql+asyncpg://a@b/c",
        "KEY": "x",
    }
