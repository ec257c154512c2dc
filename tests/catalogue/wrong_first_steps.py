"""Wrong answers that are mended elsewhere than where they show: in the app, in alembic.ini, in a branch."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    BLOCKED_BY_UPGRADE,
    ENV,
    INI,
    INITIAL,
    NO_REVISION_FILES,
    PROFILE,
    Case,
    Edit,
    append,
    delete,
    move,
    nothing_ran,
    replace,
    write,
)
from tests.catalogue.texts import FLASK_MIGRATE_ENV, RUN, STOCK_ENV
from tests.catalogue.wrong_setups import CREATE_ALL_IN_APP, CREATE_ALL_IN_ENV

NO_CHAIN = ("graph", "version", "schema")
FAILS = ("graph", "command", "version", "schema")
_READ_URL = 'os.environ.get("DATABASE_URL")'
_DB = "db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))\n"


def _unsettled(name: str, why: str, *edits: Edit, hint: tuple[str, ...], diagnosis: str) -> Case:
    """An env.py that fails, and no revision yet."""
    return nothing_ran(name, why, (NO_REVISION_FILES, *edits), *hint, checks=FAILS, diagnoses=(diagnosis,))


BEFORE_THE_FIRST_REVISION: tuple[Case, ...] = (
    _unsettled(
        "wrong_env_untouched",
        "sqlalchemy.url is commented out, env.py is as `alembic init` made it, and there is no revision.",
        write(ENV, STOCK_ENV.format(url="")),
        hint=("sqlalchemy.url is not set", "Add `config.set_main_option("),
        diagnosis="url_option_missing",
    ),
    _unsettled(
        "wrong_name_in_env",
        "env.py uses a name that it does not import, and there is no revision.",
        replace(ENV, ("target_metadata = db.Model.metadata", "target_metadata = Base.metadata")),
        hint=("The name Base", "alembic/env.py, line 21"),
        diagnosis="name_undefined",
    ),
    _unsettled(
        "wrong_import_in_env",
        "env.py imports a module that there is not, and there is no revision.",
        replace(ENV, ("from app import db", "from models import db")),
        hint=("your module models", "alembic/env.py, line 16"),
        diagnosis="local_module_missing",
    ),
    nothing_ran(
        "wrong_env_runs_nothing",
        "env.py never runs migrations, so that autogenerate makes an empty revision.",
        (NO_REVISION_FILES, replace(ENV, (RUN, ""))),
        "run_migrations_online() at its end",
        checks=NO_CHAIN,
        diagnoses=("claim_without_effect", "no_revisions"),
    ),
    nothing_ran(
        "wrong_no_metadata_yet",
        "env.py gives no target_metadata, so that autogenerate makes an empty revision.",
        (
            NO_REVISION_FILES,
            replace(ENV, ("target_metadata = db.Model.metadata", "target_metadata = None")),
        ),
        "target_metadata = db.Model.metadata",
        checks=NO_CHAIN,
        diagnoses=("metadata_none", "no_revisions"),
    ),
)


def _flask_migrate(*edits: Edit) -> tuple[Edit, ...]:
    """Flask-Migrate's layout, whose env.py takes the URL from the app."""
    return (
        delete(ENV, INI),
        move("alembic/versions/", "migrations/versions/"),
        write("migrations/env.py", FLASK_MIGRATE_ENV),
        write("migrations/alembic.ini", "[alembic]\n"),
        replace(
            APP,
            ("from flask_sqlalchemy", "from flask_migrate import Migrate\nfrom flask_sqlalchemy"),
            (_DB, f"{_DB}Migrate(app, db)\n"),
        ),
        *edits,
    )


URLS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_host_in_config",
        "Flask-Migrate, and a URL of the student's own in the app's configuration.",
        _flask_migrate(
            write(
                "config.py",
                'class Config:\n    SQLALCHEMY_DATABASE_URI = "postgresql://me@127.0.0.1:1/blog"\n',
            ),
            replace(
                APP,
                (
                    f'app.config["SQLALCHEMY_DATABASE_URI"] = {_READ_URL}',
                    'app.config.from_object("config.Config")',
                ),
            ),
        ),
        'In config.py, line 2 write os.environ["DIRECT_URL"]',
        diagnoses=("database_unreachable",),
    ),
    nothing_ran(
        "wrong_host_in_ini",
        "A URL of the student's own in alembic.ini, without a password.",
        (
            write(ENV, STOCK_ENV.format(url="")),
            replace(
                INI,
                (
                    "prepend_sys_path = .",
                    "prepend_sys_path = .\nsqlalchemy.url = postgresql://me@127.0.0.1:1/blog",
                ),
            ),
        ),
        "Comment out alembic.ini, line ",
        "set the URL in alembic/env.py",
        diagnoses=("database_unreachable",),
    ),
    nothing_ran(
        "wrong_variable_in_settings",
        "A module of settings reads a variable that is not set, and env.py passes its None on.",
        (
            write("settings.py", 'import os\n\nDATABASE = os.getenv("SUPABASE_URL")\n'),
            write(
                ENV,
                STOCK_ENV.format(
                    url='import settings\nconfig.set_main_option("sqlalchemy.url", settings.DATABASE)'
                ),
            ),
        ),
        'In settings.py, line 3 read os.environ["DIRECT_URL"]',
        "SUPABASE_URL",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_uri_set_too_late",
        "SQLALCHEMY_DATABASE_URI is set below the line that needs it.",
        (
            replace(
                APP,
                (f'app.config["SQLALCHEMY_DATABASE_URI"] = {_READ_URL}\n', ""),
                (_DB, f'{_DB}app.config["SQLALCHEMY_DATABASE_URI"] = {_READ_URL}\n'),
            ),
        ),
        "Move line ",
        "above line ",
        diagnoses=("database_uri_missing",),
    ),
    nothing_ran(
        "wrong_template_url_in_app",
        "Flask-Migrate, and the template's URL in the app.",
        _flask_migrate(replace(APP, (_READ_URL, '"driver://user:pass@localhost/dbname"'))),
        "In app.py, line ",
        'write os.environ["DIRECT_URL"] in place of the URL',
        diagnoses=("template_url",),
    ),
)

_BEGINS_WITH_COLUMNS: tuple[Edit, ...] = (
    delete(INITIAL),
    replace(PROFILE, ('down_revision: str | None = "3b8f1c6a27d4"', "down_revision: str | None = None")),
)

TABLES: tuple[Case, ...] = (
    nothing_ran(
        "wrong_create_all_then_column",
        "env.py makes the tables of the models, and the first revision adds a column to one of them.",
        (*_BEGINS_WITH_COLUMNS, replace(ENV, (RUN, CREATE_ALL_IN_ENV + RUN))),
        "create_all() in alembic/env.py, line ",
        "before the revisions run",
        "Take create_all() out of alembic/env.py, line ",
        'run `alembic revision --autogenerate -m "initial schema"` against an empty database',
        diagnoses=("column_exists",),
    ),
    nothing_ran(
        "wrong_create_all_over_the_pool",
        "The app makes its tables when it is imported, as another user than the migrations'.",
        (*_BEGINS_WITH_COLUMNS, append(APP, CREATE_ALL_IN_APP)),
        "Take create_all() out of app.py, line ",
        'run `alembic revision --autogenerate -m "initial schema"` against an empty database',
        diagnoses=("permission_denied",),
    ),
    nothing_ran(
        "wrong_create_all_in_factory",
        "A function of the app that env.py calls makes the tables, before the revisions do.",
        (
            append(
                APP,
                "\n\ndef set_up():\n    with app.app_context():\n        db.create_all()\n    return db\n",
            ),
            replace(ENV, ("from app import db", "from app import set_up\n\ndb = set_up()\n#")),
        ),
        "Take create_all() out of app.py, line ",
        diagnoses=("table_exists",),
    ),
)


def _again(path: str, number: str, of: str, parent: str | None = None) -> Edit:
    """A copy of a revision under another id, and with another parent where one is given."""

    def apply(files: dict[str, bytes]) -> None:
        text = files[path].decode().replace(of, number)
        if parent is not None:
            text = text.replace(
                'down_revision: str | None = "3b8f1c6a27d4"', f"down_revision: str | None = {parent}"
            )
        files[f"alembic/versions/{number}_again.py"] = text.encode()

    return apply


TWICE = "5e5e5e5e5e5e"


def _branches(name: str, why: str, *edits: Edit, hint: tuple[str, ...]) -> Case:
    """Two heads of which each makes the same."""
    return Case(
        name,
        why,
        edits,
        score=4.0,
        bonus=0.0,
        failed={"upgrade_head": FAILS, "history": ("line", "changes")},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": hint, "history": hint},
        diagnoses=("branches_repeat", "several_heads"),
    )


BRANCHES: tuple[Case, ...] = (
    _branches(
        "wrong_first_revision_twice",
        "The first revision was made a second time in another clone: two bases for the same tables.",
        _again(INITIAL, TWICE, "3b8f1c6a27d4"),
        hint=(f"{TWICE}_again.py", "does not help", "delete it"),
    ),
    _branches(
        "wrong_column_twice",
        "Two people of a team let autogenerate write the same change.",
        _again(PROFILE, TWICE, "9e42d70b51fc"),
        hint=(f"{TWICE}_again.py", "the column users.bio", "delete it"),
    ),
)

WRONG_FIRST_STEPS: tuple[Case, ...] = (*BEFORE_THE_FIRST_REVISION, *URLS, *TABLES, *BRANCHES)
