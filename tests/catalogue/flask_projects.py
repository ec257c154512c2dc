"""Changes that make a Flask project of another shape out of the reference solution, with Flask-Migrate."""

from __future__ import annotations

from pathlib import Path

import flask_migrate

from tests.catalogue.case import APP, ENV, INI, REFERENCE, Edit, Files, delete, move, replace, write

TEMPLATES = Path(flask_migrate.__file__).parent / "templates"
_APP_TEXT = (REFERENCE / APP).read_text()
_MODELS = _APP_TEXT[_APP_TEXT.index("def utc_now") : _APP_TEXT.index('@app.get("/users")')].rstrip() + "\n"
_CONVENTION = _APP_TEXT[
    _APP_TEXT.index("NAMING_CONVENTION = {") : _APP_TEXT.index("db = SQLAlchemy")
].rstrip()

EXTENSIONS = f"""from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData

{_CONVENTION}
db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING_CONVENTION))
migrate = Migrate()
"""
MODELS = f"from datetime import UTC, datetime\n\nfrom .extensions import db\n\n\n{_MODELS}"
FACTORY = """import os

from flask import Flask

from .extensions import db, migrate


def create_app({arguments}):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DIRECT_URL"]
    from . import models

    db.init_app(app)
    migrate.init_app(app, db{directory})
    return app
"""
SERVER = """import os

from flask import Flask
from flask_migrate import Migrate

from {models} import db

application = Flask(__name__)
application.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DIRECT_URL"]
db.init_app(application)
Migrate(application, db{directory})
"""
SOURCES_PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "blog"
version = "1"
"""
"""A pyproject.toml that names no folder: setuptools looks into `src`."""


def flask_migrations(scripts: str = "migrations", template: str = "flask") -> Edit:
    """Put the revisions into a folder as `flask db init` makes it."""

    def apply(files: Files) -> None:
        delete(ENV, INI)(files)
        move("alembic/versions/", f"{scripts}/versions/")(files)
        files[f"{scripts}/env.py"] = (TEMPLATES / template / "env.py").read_bytes()
        files[f"{scripts}/alembic.ini"] = (TEMPLATES / template / "alembic.ini.mako").read_bytes()
        files[f"{scripts}/script.py.mako"] = (TEMPLATES / template / "script.py.mako").read_bytes()

    return apply


def package(folder: str = "blog", *, arguments: str = "", directory: str | None = None) -> Edit:
    """Put the app into a package with a factory, instead of app.py.

    Args:
        folder: the package's folder.
        arguments: the factory's parameters.
        directory: the script folder that the app names to Flask-Migrate.
    """
    named = f', directory="{directory}"' if directory else ""

    def apply(files: Files) -> None:
        files.pop(APP, None)
        files[f"{folder}/__init__.py"] = FACTORY.format(arguments=arguments, directory=named).encode()
        files[f"{folder}/extensions.py"] = EXTENSIONS.encode()
        files[f"{folder}/models.py"] = MODELS.encode()

    return apply


def single_file(path: str, models: str, *, directory: str | None = None) -> Edit:
    """Put the app into one file of any name, with the models in a module beside it.

    Args:
        path: the app's file.
        models: the module of the models, as the app imports it; it lies in the app's folder.
        directory: the script folder that the app names to Flask-Migrate.
    """
    named = f', directory="{directory}"' if directory else ""
    place = Path(path).parent / f"{models.rpartition('.')[2]}.py"

    def apply(files: Files) -> None:
        files.pop(APP, None)
        files[path] = SERVER.format(models=models, directory=named).encode()
        text = EXTENSIONS.replace("from sqlalchemy", "from datetime import UTC, datetime\nfrom sqlalchemy")
        files[place.as_posix()] = f"{text}\n\n{_MODELS}".encode()

    return apply


__all__ = ["SOURCES_PROJECT", "flask_migrations", "package", "replace", "single_file", "write"]
