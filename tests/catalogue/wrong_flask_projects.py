"""Wrong answers in Flask projects of other shapes: no app to be found, the wrong one, imports that fail."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    BLOCKED_BY_UPGRADE,
    ENV,
    FROM_START,
    INI,
    NO_REVISION_FILES,
    NOTHING_RAN,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    delete,
    move,
    nothing_ran,
    replace,
    write,
)
from tests.catalogue.flask_projects import flask_migrations, package, single_file
from tests.catalogue.texts import PLAIN_MODELS

DEEP: tuple[Edit, ...] = (
    flask_migrations("src/blog/migrations"),
    package("src/blog"),
    write(".flaskenv", "FLASK_APP=src/blog\n"),
)
"""The student has to type `-d src/blog/migrations`."""
USERNAME_BELOW = USERNAME.replace("alembic/", "src/blog/migrations/")


def _no_set_up(name: str, why: str, edits: tuple[Edit, ...], *hint: str, diagnosis: str) -> Case:
    """A submission without an Alembic set-up."""
    return Case(
        name,
        why,
        edits,
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("graph",)},
        skipped=NOTHING_RAN,
        hints={"upgrade_head": hint},
        diagnoses=(diagnosis,),
    )


WRONG_FLASK_PROJECTS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_flask_two_apps",
        "Two apps with Flask-Migrate, and no .flaskenv that says which one is meant.",
        (flask_migrations(), package("blog"), package("shop")),
        "blog/__init__.py, shop/__init__.py",
        ".flaskenv",
        "FLASK_APP=blog",
        diagnoses=("flask_app_not_found",),
    ),
    nothing_ran(
        "wrong_flask_factory_needs_argument",
        "A factory that needs an argument, and nothing that gives it one.",
        (flask_migrations(), package("app", arguments="config_name")),
        ".flaskenv",
        "FLASK_APP=\"app:create_app('…')\"",
        diagnoses=("flask_app_not_found",),
    ),
    nothing_ran(
        "wrong_flaskenv_misspelt",
        "A .flaskenv that names a module that is not there.",
        (flask_migrations(), single_file("server.py", "tables"), write(".flaskenv", "FLASK_APP=sever\n")),
        "names sever",
        ".flaskenv",
        "FLASK_APP=server",
        diagnoses=("flask_app_not_found",),
    ),
    nothing_ran(
        "wrong_flask_package_without_migrate",
        "A package whose factory does not set Flask-Migrate up.",
        (
            flask_migrations(),
            package("app"),
            replace("app/__init__.py", ("    migrate.init_app(app, db)\n", "")),
        ),
        "Migrate(app, db)",
        diagnoses=("flask_migrate_not_initialised",),
    ),
    nothing_ran(
        "wrong_flask_neighbour_without_dot",
        "A package that imports its models as if they lay beside it.",
        (
            flask_migrations(),
            package("blog"),
            replace("blog/__init__.py", ("from .extensions import", "from extensions import")),
        ),
        "it is blog/extensions.py",
        "`from .extensions import …`",
        diagnoses=("local_module_missing",),
    ),
    _no_set_up(
        "wrong_flask_migrations_not_committed",
        "Flask-Migrate is set up, and the folder of the migrations was not committed.",
        (
            delete(ENV, INI),
            NO_REVISION_FILES,
            replace(
                APP,
                ("from flask_sqlalchemy", "from flask_migrate import Migrate\nfrom flask_sqlalchemy"),
                ("\n\n\ndef utc_now", "\nMigrate(app, db)\n\n\ndef utc_now"),
            ),
        ),
        "`flask db init`",
        diagnosis="no_alembic",
    ),
    _no_set_up(
        "wrong_flask_ini_not_committed",
        "Flask-Migrate's folder without its alembic.ini.",
        (flask_migrations(), delete("migrations/alembic.ini"), package("blog")),
        "Commit migrations/alembic.ini",
        "`flask db init`",
        diagnosis="script_location_missing",
    ),
    Case(
        "wrong_flask_heads_below",
        "Two heads in a folder that has to be named in each command.",
        (*DEEP, replace(USERNAME_BELOW, ('"c15a8e3f9b60"', '"9e42d70b51fc"'))),
        score=8.0,
        bonus=0.0,
        failed={"upgrade_head": ("graph", *FROM_START), "history": ("line",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={
            "upgrade_head": ("`flask db -d src/blog/migrations merge heads",),
            "history": ("`flask db -d src/blog/migrations merge heads",),
        },
        diagnoses=("several_heads",),
    ),
    nothing_ran(
        "wrong_path_from_deeper_folder",
        "env.py lies two folders down and puts nothing on the path; the models lie in src/.",
        (
            move("alembic/", "db/scripts/"),
            replace(INI, ("%(here)s/alembic", "%(here)s/db/scripts"), ("prepend_sys_path = .\n", "")),
            move(APP, "src/app.py"),
            replace("db/scripts/env.py", ("sys.path.insert(0, str(PROJECT))\n", "")),
        ),
        "it is src/app.py",
        'parents[2] / "src"',
        "`prepend_sys_path = src` in alembic.ini",
        diagnoses=("local_module_missing",),
    ),
    nothing_ran(
        "wrong_file_beside_package_of_its_name",
        "models.py in the folder above hides the package models.",
        (
            delete(APP),
            write("models.py", "VERSION = 1\n"),
            write("lib/models/__init__.py", ""),
            write("lib/models/tables.py", PLAIN_MODELS),
            replace(
                ENV,
                ("from app import db", "from models.tables import Base"),
                ("db.Model.metadata", "Base.metadata"),
            ),
        ),
        "the file models.py",
        "the folder lib/models",
        diagnoses=("local_module_missing",),
    ),
    nothing_ran(
        "wrong_models_not_committed",
        "A package of which one module was not committed.",
        (
            delete(APP),
            write("blog/__init__.py", ""),
            write("blog/views.py", ""),
            replace(
                ENV,
                ("from app import db", "from blog.models import Base"),
                ("db.Model.metadata", "Base.metadata"),
            ),
        ),
        "there is no blog/models.py",
        "Commit blog/models.py",
        diagnoses=("local_module_missing",),
    ),
    Case(
        "wrong_revision_imports_neighbour",
        "A revision imports a module beside env.py, which only Alembic's settings could put on the path.",
        (
            write("alembic/columns.py", 'NAME = "bio"\n'),
            replace(
                PROFILE, ("from alembic import op\n", "from alembic import op\nfrom columns import NAME\n")
            ),
        ),
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": FROM_START},
        skipped=NOTHING_RAN,
        hints={"upgrade_head": ("it is alembic/columns.py", "`prepend_sys_path = alembic` in alembic.ini")},
        diagnoses=("local_module_missing",),
    ),
)
