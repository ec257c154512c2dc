"""Where `flask db` runs and with which app, in every arrangement of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.flask_project import find_flask_project, uses_flask_migrate

NO_MIGRATE = "from flask import Flask\n\napp = Flask(__name__)\n"
APP = f"from flask_migrate import Migrate\n{NO_MIGRATE}Migrate(app, None)\n"
FACTORY = (
    "from flask import Flask\nfrom .extensions import migrate\n\n\n"
    "def create_app({}):\n    app = Flask(__name__)\n    migrate.init_app(app, None)\n    return app\n"
)
EXTENSIONS = "from flask_migrate import Migrate\n\nmigrate = Migrate()\n"
PACKAGE = {"blog/__init__.py": FACTORY.format(""), "blog/extensions.py": EXTENSIONS}
NEEDY = {**PACKAGE, "blog/__init__.py": FACTORY.format("config")}
SHOP = {path.replace("blog", "shop"): text for path, text in PACKAGE.items()}
SOURCES = {f"src/{path}": text for path, text in PACKAGE.items()}
PROJECT = '[build-system]\nrequires = ["setuptools"]\n'
SCRIPT = "from blog import create_app\n\napp = create_app('dev')\n"


def found(root: Path, files: dict[str, str], scripts: str = "migrations") -> tuple[str, str | None, bool]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / scripts).mkdir(parents=True, exist_ok=True)
    project = find_flask_project(root, root / scripts)
    return project.folder.relative_to(root).as_posix(), project.application, project.directory_option


@pytest.mark.parametrize(
    ("files", "scripts", "expected"),
    [
        # The command's own rules.
        ({"app.py": APP}, "migrations", (".", None, False)),
        ({"wsgi.py": APP, "app.py": NO_MIGRATE}, "migrations", (".", None, False)),
        ({"app.py": APP}, "db/migrations", (".", None, True)),
        ({"app/__init__.py": APP}, "migrations", (".", None, False)),
        ({"web/app.py": APP, "app.py": NO_MIGRATE}, "web/migrations", ("web", None, False)),
        ({**PACKAGE, "wsgi.py": SCRIPT}, "migrations", (".", None, False)),
        ({"app.py": APP.replace("None)", "None, 'db/m')")}, "db/m", (".", None, False)),
        ({"app.py": APP.replace("None)", "None, directory='db/m')")}, "db/m", (".", None, False)),
        ({"app.py": NO_MIGRATE}, "migrations", (".", None, False)),
        # A .flaskenv.
        ({**PACKAGE, ".flaskenv": "FLASK_APP=blog", "app.py": APP}, "migrations", (".", None, False)),
        ({"web/x.py": APP, ".flaskenv": "FLASK_APP=x"}, "web/migrations", ("web", None, False)),
        ({"web/x.py": APP, ".flaskenv": "FLASK_APP=web/x.py"}, "web/migrations", (".", None, True)),
        ({"web/x.py": APP, "web/.flaskenv": "FLASK_APP=x:app"}, "migrations", ("web", None, True)),
        (
            {"app.py": NO_MIGRATE, "web/app.py": APP, ".flaskenv": "FLASK_APP=app"},
            "web/migrations",
            ("web", None, False),
        ),
        ({**PACKAGE, ".flaskenv": "FLASK_APP=blogg"}, "migrations", (".", None, False)),
        ({**PACKAGE, ".flaskenv": "FLASK_DEBUG=1"}, "migrations", (".", "blog", False)),
        # A text that names it.
        ({**PACKAGE, **SHOP, "README.md": "$ export FLASK_APP=shop"}, "migrations", (".", "shop", False)),
        (
            {**PACKAGE, **SHOP, ".github/workflows/ci.yml": "FLASK_APP: shop"},
            "migrations",
            (".", "shop", False),
        ),
        ({**PACKAGE, **SHOP, "Dockerfile": "ENV FLASK_APP shop"}, "migrations", (".", "shop", False)),
        ({**PACKAGE, **SHOP, "compose.yml": "  FLASK_APP: shop"}, "migrations", (".", "shop", False)),
        (
            {**NEEDY, "Makefile": "\tflask --app \"blog:create_app('dev')\" db upgrade"},
            "migrations",
            (".", "blog:create_app('dev')", False),
        ),
        # The one app.
        (PACKAGE, "migrations", (".", "blog", False)),
        ({**PACKAGE, "run.py": SCRIPT}, "migrations", (".", "blog", False)),
        ({**NEEDY, "run.py": SCRIPT}, "migrations", (".", "run", False)),
        ({**PACKAGE, "app.py": "print('a window')"}, "migrations", (".", "blog", False)),
        ({"server.py": APP.replace("app", "site")}, "migrations", (".", "server", False)),
        (SOURCES, "migrations", (".", "src/blog", False)),
        ({**SOURCES, "pyproject.toml": PROJECT}, "migrations", (".", "blog", False)),
        ({**PACKAGE, **SHOP}, "blog/migrations", (".", "blog", True)),
        ({"a/main.py": APP, "b/main.py": APP}, "b/migrations", ("b", "main", False)),
        (
            {**PACKAGE, **{f"old/{path}": text for path, text in PACKAGE.items()}},
            "migrations",
            (".", "blog", False),
        ),
        (
            {
                "web/__init__.py": FACTORY.format(""),
                "web/extensions.py": f"{EXTENSIONS}import page",
                "page.py": NO_MIGRATE,
            },
            "migrations",
            (".", "web", False),
        ),
        (
            {
                "one.py": APP.replace("None)", "None, directory='a')"),
                "two.py": APP.replace("None)", "None, 'b')"),
            },
            "b",
            (".", "two", False),
        ),
        # No app, or more than one.
        ({**PACKAGE, **SHOP}, "migrations", (".", None, False)),
        (NEEDY, "migrations", (".", None, False)),
        ({}, "migrations", (".", None, False)),
    ],
)
def test_folder_and_app(
    tmp_path: Path, files: dict[str, str], scripts: str, expected: tuple[str, str | None, bool]
) -> None:
    assert found(tmp_path, files, scripts) == expected


def test_apps_that_could_be_meant_are_named(tmp_path: Path) -> None:
    found(tmp_path, {**PACKAGE, **SHOP})
    project = find_flask_project(tmp_path, tmp_path / "migrations")
    assert project.unknown == ("blog/__init__.py", "shop/__init__.py")


def test_modules_that_import_each_other_and_files_that_are_no_python(tmp_path: Path) -> None:
    files = {"app.py": "from b import app\n", "b.py": "from app import app\n", "c.py": "def ("}
    assert found(tmp_path, files) == (".", None, False)
    assert not uses_flask_migrate(tmp_path)


def test_flask_migrate_is_found_wherever_it_is(tmp_path: Path) -> None:
    found(tmp_path, SOURCES)
    assert uses_flask_migrate(tmp_path)
