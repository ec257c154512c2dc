"""Where the migrations are, in every arrangement that students hand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.model import Project
from grader.observations.model import Layout
from grader.submission.layout import find_layout

INI = "[alembic]\nscript_location = %(here)s/alembic\n"
CONFLICT = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> main\n"
FLASK_ENV = "from flask import current_app\ndb = current_app.extensions['migrate'].db\n"
PUSHING_ENV = "from app import app\nfrom flask import current_app\napp.app_context().push()\ncurrent_app\n"


def write(top: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return top


def found(root: Path, alembic_root: str | None = None) -> tuple[Layout, list[str]]:
    layout, findings = find_layout(root, Project(alembic_root=alembic_root))
    assert layout is not None, findings
    return layout, [finding.kind for finding in findings]


def reason(root: Path, alembic_root: str | None = None) -> tuple[str, str]:
    layout, findings = find_layout(root, Project(alembic_root=alembic_root))
    assert layout is None
    assert str(root) not in repr(findings)
    return findings[0].kind, findings[0].message


def test_a_sub_folder_and_a_package_folder(tmp_path: Path) -> None:
    write(tmp_path, {"ex 4/alembic.ini": INI, "ex 4/alembic/env.py": "", "ex 4/alembic/__init__.py": ""})
    layout, kinds = found(tmp_path)
    assert (layout.root, layout.script_location) == ("ex 4", "ex 4/alembic")
    assert layout.version_locations == ("ex 4/alembic/versions",)
    assert kinds == ["nested_root"]
    assert found(tmp_path, "ex 4")[0] == layout
    assert found(tmp_path, "./ex 4/")[0] == layout


@pytest.mark.parametrize("location", ["db/scripts", "%(here)s/db/scripts", "./db/scripts/", "db:scripts"])
def test_script_folders_of_any_name(tmp_path: Path, location: str) -> None:
    write(tmp_path, {"alembic.ini": f"[alembic]\nscript_location = {location}\n", "db/scripts/env.py": ""})
    assert found(tmp_path)[0].script_location == "db/scripts"


def test_a_script_folder_relative_to_a_folder_above_the_ini(tmp_path: Path) -> None:
    ini = "[alembic]\nscript_location = backend/alembic\n"
    write(tmp_path, {"repo/backend/alembic.ini": ini, "repo/backend/alembic/env.py": ""})
    layout, _ = found(tmp_path)
    assert (layout.root, layout.config) == ("repo", "repo/backend/alembic.ini")
    assert layout.script_location == "repo/backend/alembic"


def test_version_folders(tmp_path: Path) -> None:
    ini = f"{INI}version_locations = %(here)s/one:two:/elsewhere\npath_separator = os\n"
    write(tmp_path, {"alembic.ini": ini, "alembic/env.py": "", "one/a.py": "", "one/deep/b.py": ""})
    layout, kinds = found(tmp_path)
    assert layout.version_locations == ("one", "two")
    assert kinds == ["missing_version_folder"]


def test_recursive_version_folders(tmp_path: Path) -> None:
    ini = f"{INI}recursive_version_locations = true\n"
    write(
        tmp_path,
        {
            "alembic.ini": ini,
            "alembic/env.py": "",
            "alembic/versions/2025/05/b.py": "",
            "alembic/versions/2024/a.py": "",
            "alembic/versions/__pycache__/x.py": "",
        },
    )
    folders = [f"alembic/versions{inner}" for inner in ("", "/2024", "/2025", "/2025/05")]
    assert list(found(tmp_path)[0].version_locations) == folders


def test_the_topmost_set_up_with_revisions_is_graded(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": INI,
            "alembic/env.py": "",
            "alembic/versions/__init__.py": "",
            "z/alembic.ini": INI,
            "z/alembic/env.py": "",
            "z/alembic/versions/a.py": "",
            "b/deeper/alembic.ini": INI,
            "b/deeper/alembic/env.py": "",
            "b/deeper/alembic/versions/a.py": "",
        },
    )
    layout, findings = find_layout(tmp_path)
    assert layout is not None
    assert layout.config == "z/alembic.ini"
    several = next(finding for finding in findings if finding.kind == "several_alembic_ini")
    assert "b/deeper/alembic.ini, alembic.ini" in several.message
    assert found(tmp_path, "b/deeper")[0].config == "b/deeper/alembic.ini"


def test_a_broken_set_up_beside_a_working_one_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "a/b/alembic.ini": INI, "a/b/alembic/env.py": ""})
    layout, kinds = found(tmp_path)
    assert layout.root == "a/b"
    assert kinds == ["nested_root"]


@pytest.mark.parametrize(
    ("env", "flavour", "config"),
    [(FLASK_ENV, "flask", "migrations/alembic.ini"), (PUSHING_ENV, "alembic", "alembic.ini")],
)
def test_two_inis_for_one_script_folder(tmp_path: Path, env: str, flavour: str, config: str) -> None:
    write(
        tmp_path,
        {
            "app.py": "",
            "alembic.ini": "[alembic]\nscript_location = migrations\n",
            "migrations/alembic.ini": "[alembic]\n",
            "migrations/env.py": env,
        },
    )
    layout, kinds = found(tmp_path)
    assert (layout.flavour, layout.config, layout.root) == (flavour, config, ".")
    assert kinds == []


def test_flask_migrations_below_the_app(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "web/app.py": "",
            "web/db/migrations/alembic.ini": "[alembic]\n",
            "web/db/migrations/env.py": FLASK_ENV,
        },
    )
    layout, _ = found(tmp_path)
    assert (layout.flavour, layout.root, layout.script_location) == ("flask", "web", "web/db/migrations")


@pytest.mark.parametrize(
    ("files", "alembic_root", "kind", "words"),
    [
        ({}, None, "no_alembic", "holds no files"),
        ({"app.py": ""}, None, "no_alembic", "alembic init alembic"),
        ({"app.py": ""}, "ex4", "no_alembic", "in the folder ex4"),
        ({"alembic.ini": INI, "alembic/env.py": ""}, "ex4", "no_alembic", "but one at alembic.ini"),
        ({"alembic.ini": INI, "alembic/env.py": ""}, "../..", "no_alembic", "in the folder ../.."),
        ({"db/env.py": "", "db/versions/a.py": ""}, None, "missing_alembic_ini", "script folder db"),
        ({"alembic.ini": INI}, None, "missing_script_folder", "not in the submission"),
        ({"alembic.ini": INI, "alembic/script.py.mako": ""}, None, "missing_script_folder", "no env.py"),
        ({"alembic.ini": "[alembic]\n"}, None, "missing_script_folder", "no `script_location`"),
        ({"alembic.ini": ""}, None, "missing_script_folder", "no `script_location`"),
        (
            {"alembic.ini": "[alembic]\nscript_location = /home/ada/alembic\n"},
            None,
            "missing_script_folder",
            "no such folder",
        ),
        (
            {"alembic.ini": "[alembic]\nscript_location = ../alembic\n"},
            None,
            "missing_script_folder",
            "no such folder",
        ),
        (
            {"alembic.ini": "[alembic]\nscript_location = %(here)s\\alembic\n", "alembic/x": ""},
            None,
            "missing_script_folder",
            "%(here)s\\alembic`",
        ),
        ({"m/alembic.ini": "[alembic]\n", "m/env.py": "x"}, None, "missing_script_folder", "%(here)s/m"),
        (
            {"alembic.ini": "[alembic]\n", "env.py": FLASK_ENV},
            None,
            "missing_script_folder",
            "whole exercise",
        ),
        ({"alembic.ini": "[alembic\n"}, None, "broken_config", "line 1"),
        ({"alembic.ini": INI + CONFLICT}, None, "merge_conflict", "alembic.ini, line 3, cannot be read"),
    ],
)
def test_a_set_up_that_does_not_work_has_a_reason(
    tmp_path: Path, files: dict[str, str], alembic_root: str | None, kind: str, words: str
) -> None:
    found_kind, message = reason(write(tmp_path, files), alembic_root)
    assert found_kind == kind
    assert words in message


def test_a_utf_16_ini_is_found_and_reported(tmp_path: Path) -> None:
    write(tmp_path, {"alembic/env.py": ""})
    (tmp_path / "alembic.ini").write_bytes(INI.encode("utf-16"))
    assert found(tmp_path)[1] == ["config_encoding"]


def test_an_env_that_cannot_be_parsed(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "alembic/env.py": "def ("})
    assert found(tmp_path)[0].flavour == "alembic"


def test_flask_migrate_with_an_env_of_its_own(tmp_path: Path) -> None:
    app = "from flask_migrate import Migrate\nfrom flask import Flask\napp = Flask('x')\nMigrate(app, db)\n"
    write(
        tmp_path,
        {"app.py": app, "migrations/alembic.ini": "[alembic]\n", "migrations/env.py": "from app import db"},
    )
    assert found(tmp_path)[0].flavour == "flask"


def test_flask_migrations_below_the_folder_that_the_assignment_names(tmp_path: Path) -> None:
    files = {"ex4/x/migrations/alembic.ini": "[alembic]\n", "ex4/x/migrations/env.py": FLASK_ENV}
    write(tmp_path, {**files, "ex4/x/app.py": "", "old/alembic.ini": INI, "old/alembic/env.py": ""})
    assert found(tmp_path, "ex4")[0].script_location == "ex4/x/migrations"


def test_what_the_files_say_of_the_app_is_noted(tmp_path: Path) -> None:
    app = "from flask_migrate import Migrate\nfrom flask import Flask\nsite = Flask('x')\nMigrate(site, db)\n"
    write(tmp_path, {"server.py": app, "m/alembic.ini": "[alembic]\n", "m/env.py": FLASK_ENV})
    layout, findings = find_layout(tmp_path)
    assert layout is not None
    assert (layout.application, layout.directory_option, layout.options) == ("server", True, ("-d", "m"))
    assert [(finding.kind, "FLASK_APP=server" in finding.message) for finding in findings] == [
        ("flask_app_chosen", True)
    ]
    write(tmp_path, {"other.py": app})
    layout, findings = find_layout(tmp_path)
    assert layout is not None
    assert layout.application is None
    assert [(finding.kind, finding.path) for finding in findings] == [("flask_app_unknown", "other.py")]


# --- what an assignment says ------------------------------------------------------------------------------


def layout_by(root: Path, project: Project) -> Layout:
    layout, findings = find_layout(root, project)
    assert layout is not None, findings
    return layout


def test_an_assignment_names_the_folder_to_run_in(tmp_path: Path) -> None:
    write(tmp_path, {"backend/alembic.ini": INI, "backend/alembic/env.py": ""})

    layout = layout_by(tmp_path, Project(alembic_root="backend", working_folder="."))

    assert (layout.root, layout.config) == (".", "backend/alembic.ini")
    assert layout.options == ("-c", "backend/alembic.ini")
    assert layout_by(tmp_path, Project(alembic_root="backend")).root == "backend"


@pytest.mark.parametrize("folder", ["none", "backend"])
def test_a_folder_from_which_nothing_is_found_is_not_taken(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {"alembic.ini": INI.replace("%(here)s/", ""), "alembic/env.py": "", "backend/x.py": ""})

    assert layout_by(tmp_path, Project(working_folder=folder)).root == "."


def test_flask_runs_where_the_assignment_says_with_the_app_that_it_names(tmp_path: Path) -> None:
    app = "from flask import Flask\nfrom flask_migrate import Migrate\n\ndef make():\n    return Flask('x')\n"
    write(
        tmp_path,
        {
            "migrations/alembic.ini": "[alembic]\n",
            "migrations/env.py": FLASK_ENV,
            "shop/web.py": app,
            "other.py": f"{app}app = make()\nMigrate(app)\n",
        },
    )
    project = Project(flask_app="shop.web:make")

    layout, findings = find_layout(tmp_path, project)

    assert layout is not None
    assert (layout.flavour, layout.root, layout.application) == ("flask", ".", "shop.web:make")
    assert findings == ()
    assert layout_by(tmp_path, Project(flask_app="web:make", working_folder="shop")).options == (
        *("-d", "../migrations"),
    )
    assert layout_by(tmp_path, Project(flask_app="nowhere:make")).application == "other"
    (tmp_path / ".flaskenv").write_text("FLASK_APP=other\n")
    assert layout_by(tmp_path, project).application is None
