"""Right answers whose modules do not lie beside alembic.ini: src/, packages, settings in a sub-folder."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, INI, Case, Edit, delete, move, replace, write
from tests.catalogue.flask_projects import SOURCES_PROJECT
from tests.catalogue.texts import PLAIN_MODELS

NO_PATH: Edit = replace(
    ENV,
    ("PROJECT = Path(__file__).resolve().parent.parent\nsys.path.insert(0, str(PROJECT))\n", ""),
    ('load_dotenv(PROJECT / ".env")', "load_dotenv()"),
    ("import sys\n", ""),
    ("from pathlib import Path\n", ""),
)
"""An env.py that puts nothing on the path."""
FROM_PACKAGE: tuple[Edit, ...] = (
    delete(APP),
    NO_PATH,
    replace(
        ENV, ("from app import db", "from blog.models import Base"), ("db.Model.metadata", "Base.metadata")
    ),
)

RIGHT_IMPORT_FOLDERS: tuple[Case, ...] = (
    Case(
        "right_src_package",
        "Models in src/, installed with `pip install -e .`; env.py adds nothing to the path.",
        (
            *FROM_PACKAGE,
            replace(INI, ("prepend_sys_path = .\n", "")),
            write("src/blog/__init__.py", ""),
            write("src/blog/models.py", PLAIN_MODELS),
            write("pyproject.toml", SOURCES_PROJECT),
        ),
    ),
    Case(
        "right_prepended_src",
        "Models in src/, which `prepend_sys_path` names.",
        (
            *FROM_PACKAGE,
            replace(INI, ("prepend_sys_path = .\n", "prepend_sys_path = src\n")),
            write("src/blog/__init__.py", ""),
            write("src/blog/models.py", PLAIN_MODELS),
        ),
    ),
    Case(
        "right_script_folder_in_package",
        "The script folder is named as a part of a package: `blog:migrations`, and the package is installed.",
        (
            *FROM_PACKAGE,
            move("alembic/", "lib/blog/migrations/"),
            replace(
                INI,
                ("prepend_sys_path = .\n", ""),
                ("script_location = %(here)s/alembic", "script_location = blog:migrations"),
            ),
            write("lib/blog/__init__.py", ""),
            write("lib/blog/models.py", PLAIN_MODELS),
            write(
                "setup.py",
                "from setuptools import find_packages, setup\n\n"
                'setup(packages=find_packages("lib"), package_dir={"": "lib"})\n',
            ),
        ),
    ),
    Case(
        "right_settings_in_sub_folder",
        "alembic.ini in a sub-folder; the commands run above it: `alembic -c db/alembic.ini upgrade head`.",
        (NO_PATH, move(INI, "db/alembic.ini"), move("alembic/", "db/alembic/")),
    ),
    Case(
        "right_migrations_in_package",
        "The script folder in a package, alembic.ini at the top.",
        (
            *FROM_PACKAGE,
            move("alembic/", "blog/migrations/"),
            replace(INI, ("%(here)s/alembic", "blog/migrations")),
            write("blog/__init__.py", ""),
            write("blog/models.py", PLAIN_MODELS),
        ),
    ),
)
