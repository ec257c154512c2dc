"""Passwords in files and files in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.observations.model import Finding, Layout
from grader.submission.file_findings import file_findings

URL = "postgresql://ada:hunter2@db.example.com:5432/app"
LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))


def findings(tmp_path: Path, files: dict[str, str], layout: Layout | None = None) -> tuple[Finding, ...]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    result = file_findings(tmp_path, layout)
    assert "hunter2" not in repr(result)
    assert str(tmp_path) not in repr(result)
    return result


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("alembic.ini", f"[alembic]\nsqlalchemy.url = {URL}\n", 2),
        ("pyproject.toml", f'[tool.x]\nurl = "{URL}"\n', 2),
        ("app.py", f"import os\n\nURL = '{URL}'\n", 3),
        ("alembic/env.py", f"url = os.getenv('DIRECT_URL',\n    '{URL}')\n", 2),
        ("app.py", "url = f'postgresql+psycopg2://ada:hunter2@{host}/app'\n", 1),
        ("app.py", "url = ('postgresql://ada:'\n       'hunter2@db/app')\n", 1),
        (
            "app.py",
            "url = URL.create('postgresql', username='ada',\n                 password='hunter2')\n",
            2,
        ),
        ("app.py", "c = psycopg2.connect(host='db', password='hunter2')\n", 1),
    ],
)
def test_a_hard_coded_password(tmp_path: Path, name: str, text: str, line: int) -> None:
    (finding,) = findings(tmp_path, {name: text})
    assert (finding.kind, finding.path, finding.line) == ("hard_coded_url", name, line)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alembic.ini", f"[alembic]\n# sqlalchemy.url = {URL}\n; {URL}\n"),
        ("alembic.ini", "[alembic]\nsqlalchemy.url = driver://user:pass@localhost/dbname\n"),
        ("app.py", f"# {URL}\n"),
        ("app.py", f'"""Connects to {URL}."""\n'),
        ("app.py", f'def f():\n    """{URL}"""\n    "{URL}"\n'),
        ("app.py", "url = os.environ['DIRECT_URL']\n"),
        ("app.py", "url = f'postgresql://{user}:{password}@{host}/app'\n"),
        ("app.py", "url = 'postgresql://%s:%s@%s/app' % parts\n"),
        ("app.py", "url = 'postgresql://user:password@localhost/app'\n"),
        ("app.py", "url = 'postgresql://postgres:[YOUR-PASSWORD]@db/postgres'\n"),
        ("app.py", "url = 'sqlite:///app.db'\n"),
        ("app.py", "user = User.create(username='ada', password='hunter2')\n"),
        ("app.py", f"def (: '{URL}'\n"),
        ("README.md", URL),
    ],
)
def test_no_hard_coded_password(tmp_path: Path, name: str, text: str) -> None:
    assert findings(tmp_path, {name: text}) == ()


def test_the_number_of_findings_is_limited(tmp_path: Path) -> None:
    assert len(findings(tmp_path, {f"f{n}.py": f"u = '{URL}'\n" * 5 for n in range(30)})) == 20


@pytest.mark.parametrize(
    "name", ["sqlalchemy.py", "dotenv.py", "flask/__init__.py", "logging.py", "alembic.py"]
)
def test_shadowing(tmp_path: Path, name: str) -> None:
    (finding,) = findings(tmp_path, {name: ""}, LAYOUT)
    assert (finding.kind, finding.path) == ("shadowing_file", name.removesuffix("/__init__.py"))


@pytest.mark.parametrize(
    "name", ["sqlalchemy/notes.txt", "deep/sqlalchemy.py", "models.py", "app/__init__.py"]
)
def test_no_shadowing(tmp_path: Path, name: str) -> None:
    assert findings(tmp_path, {name: ""}, LAYOUT) == ()


def test_a_script_folder_called_alembic_is_fine(tmp_path: Path) -> None:
    files = {"alembic/__init__.py": "", "alembic/env.py": "", "alembic/versions/__init__.py": ""}
    assert findings(tmp_path, files, LAYOUT) == ()
    assert findings(tmp_path, files) == ()


def test_shadowing_is_looked_for_beside_the_app(tmp_path: Path) -> None:
    layout = Layout("alembic", "ex4", "ex4/alembic.ini", "ex4/alembic", ())
    (finding,) = findings(tmp_path, {"ex4/dotenv.py": "", "flask.py": ""}, layout)
    assert finding.path == "ex4/dotenv.py"


@pytest.mark.parametrize("name", ["sitecustomize.py", "deep/usercustomize.py", "evil.pth"])
def test_suspicious_files(tmp_path: Path, name: str) -> None:
    (finding,) = findings(tmp_path, {name: "import os\n"})
    assert (finding.kind, finding.path) == ("suspicious_file", name)


def test_ordinary_test_files_are_not_suspicious(tmp_path: Path) -> None:
    assert findings(tmp_path, {"conftest.py": "", "pytest.ini": "", "tests/test_app.py": ""}) == ()
