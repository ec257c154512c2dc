"""Wrong answers that never get to a database, or get to another one: URLs, variables, settings, Flask."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    ENV,
    INI,
    NO_REVISION_FILES,
    Case,
    Edit,
    append,
    delete,
    move,
    nothing_ran,
    reencode,
    replace,
    write,
)
from tests.catalogue.texts import FLASK_MIGRATE_ENV, RUN, STOCK_ENV

NO_SET_UP = ("graph",)
"""What fails of `upgrade_head` where there is nothing that could be tried."""


def _stock_env(url: str = "") -> Edit:
    return write(ENV, STOCK_ENV.format(url=url))


def _set_url(url: str) -> Edit:
    return _stock_env(f'config.set_main_option("sqlalchemy.url", {url})')


def _use_url(url: str) -> Edit:
    """Let env.py use another URL: a Python expression in which `url` is DIRECT_URL."""
    return replace(ENV, ("    return url\n", f"    return {url}\n"))


URLS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_url_commented_out",
        "sqlalchemy.url is commented out, and env.py is as `alembic init` made it.",
        (_stock_env(),),
        "sqlalchemy.url is not set",
        diagnoses=("url_option_missing",),
    ),
    nothing_ran(
        "wrong_template_url",
        "sqlalchemy.url is still the template's.",
        (
            _stock_env(),
            replace(
                INI,
                (
                    "prepend_sys_path = .",
                    "prepend_sys_path = .\nsqlalchemy.url = driver://user:pass@localhost/dbname",
                ),
            ),
        ),
        "driver://",
        diagnoses=("template_url",),
    ),
    nothing_ran(
        "wrong_percent_in_url",
        "The URL has a % that configparser takes for its own.",
        (_set_url('os.environ["DIRECT_URL"] + "?application_name=my%20app"'),),
        "%%",
        diagnoses=("percent_in_url",),
    ),
    nothing_ran(
        "wrong_postgres_scheme",
        "The URL's scheme is made postgres://, as some hosts write it.",
        (_use_url('url.replace("postgresql://", "postgres://")'),),
        "postgresql://",
        diagnoses=("postgres_scheme",),
    ),
    nothing_ran(
        "wrong_dialect",
        "The URL's scheme is misspelled.",
        (_use_url('url.replace("postgresql://", "postgressql://")'),),
        "postgressql://",
        diagnoses=("unknown_dialect",),
    ),
    nothing_ran(
        "wrong_driver",
        "The URL asks for a driver that is not among the exercise's.",
        (_use_url('url.replace("postgresql://", "postgresql+pg8000://")'),),
        "pg8000",
        diagnoses=("driver_missing",),
    ),
    nothing_ran(
        "wrong_variable_name",
        "env.py reads a variable of another name.",
        (replace(ENV, ('os.environ.get("DIRECT_URL")', 'os.environ["DIRECT_DATABASE_URL"]')),),
        "DIRECT_DATABASE_URL",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_variable_not_set",
        "The URL that is put into the configuration is None.",
        (_set_url('os.getenv("SUPABASE_URL")'),),
        "not set",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_url_none",
        "create_engine() is given None.",
        (replace(ENV, ("create_engine(direct_url(),", 'create_engine(os.environ.get("DB_URL"),')),),
        "not set",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_url_placeholder",
        "The URL is still the guide's, with a placeholder for a password.",
        (_use_url('"postgresql://user:password@host:port/dbname"'),),
        "placeholder",
        diagnoses=("url_not_parsed",),
    ),
    nothing_ran(
        "wrong_pgbouncer_option",
        "The URL carries an option that is Prisma's.",
        (_use_url('url + "?pgbouncer=true"'),),
        "pgbouncer",
        diagnoses=("connection_option_unknown",),
    ),
    nothing_ran(
        "wrong_sslmode",
        "sslmode is misspelled.",
        (_use_url('url + "?sslmode=required"'),),
        "sslmode",
        diagnoses=("ssl_setting",),
    ),
    nothing_ran(
        "wrong_password",
        "The password is cut out of the URL and another one is put in.",
        (
            replace(
                ENV,
                (
                    "from sqlalchemy import create_engine, pool",
                    "from sqlalchemy import create_engine, make_url, pool",
                ),
            ),
            _use_url('make_url(url).set(password="password")'),
        ),
        "password",
        diagnoses=("password_refused",),
    ),
    nothing_ran(
        "wrong_database_name",
        "The URL names a database that there is not.",
        (
            replace(
                ENV,
                (
                    "from sqlalchemy import create_engine, pool",
                    "from sqlalchemy import create_engine, make_url, pool",
                ),
            ),
            _use_url('make_url(url).set(database="exercise_4")'),
        ),
        "exercise_4",
        diagnoses=("other_database",),
    ),
    nothing_ran(
        "wrong_hard_coded_database",
        "env.py uses a URL of the student's own, which leads nowhere while grading.",
        (_use_url('"postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres"'),),
        "nothing answers",
        "DIRECT_URL",
        flags=("hard_coded_database",),
        diagnoses=("database_unreachable", "hard_coded_url"),
    ),
    nothing_ran(
        "wrong_sqlite",
        "A fallback to SQLite is what really runs.",
        (_use_url('os.environ.get("BLOG_URL", "sqlite://")'),),
        "SQLite",
        diagnoses=("not_postgresql",),
    ),
    nothing_ran(
        "wrong_async_engine",
        "An asynchronous env.py with a driver that is not.",
        (
            replace(
                ENV,
                (
                    RUN,
                    (
                        "import asyncio\n\nfrom sqlalchemy.ext.asyncio import create_async_engine\n\n\n"
                        "async def run_async():\n"
                        '    engine = create_async_engine(direct_url().replace("postgresql:", '
                        '"postgresql+psycopg2:"))\n'
                        "    async with engine.connect() as connection:\n"
                        "        await connection.run_sync(lambda _: None)\n\n\nasyncio.run(run_async())\n"
                    ),
                ),
            ),
        ),
        "async",
        diagnoses=("async_engine",),
    ),
)

SETTINGS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_untouched_template",
        "The template as it is handed out: no Alembic at all.",
        (delete(INI, ENV), NO_REVISION_FILES),
        "alembic init",
        checks=NO_SET_UP,
        diagnoses=("no_alembic",),
    ),
    nothing_ran(
        "wrong_only_a_readme",
        "A repository with nothing but a README.",
        (delete(INI, ENV, APP, "requirements.txt"), NO_REVISION_FILES, write("README.md", "# My exercise\n")),
        "alembic init",
        checks=NO_SET_UP,
        diagnoses=("no_alembic",),
    ),
    nothing_ran(
        "wrong_no_script_folder",
        "alembic.ini names a script folder that was never committed.",
        (delete(ENV), NO_REVISION_FILES),
        "alembic.ini",
        "script folder",
        checks=NO_SET_UP,
        diagnoses=("script_folder_missing",),
    ),
    nothing_ran(
        "wrong_no_env_py",
        "The script folder lacks its env.py.",
        (delete(ENV),),
        "env.py",
        checks=NO_SET_UP,
        diagnoses=("script_folder_missing",),
    ),
    nothing_ran(
        "wrong_no_alembic_ini",
        "The script folder is there, and alembic.ini is not.",
        (delete(INI),),
        "Commit the alembic.ini",
        checks=NO_SET_UP,
        diagnoses=("script_location_missing",),
    ),
    nothing_ran(
        "wrong_no_script_location",
        "alembic.ini does not say where the script folder is.",
        (replace(INI, ("script_location = %(here)s/alembic\n", "")),),
        "script_location",
        checks=NO_SET_UP,
        diagnoses=("script_folder_missing",),
    ),
    nothing_ran(
        "wrong_script_location",
        "The script folder got another name, and alembic.ini still has the old one.",
        (move("alembic/", "migrations/"),),
        "script_location",
        checks=NO_SET_UP,
        diagnoses=("script_folder_missing",),
    ),
    nothing_ran(
        "wrong_env_py_elsewhere",
        "alembic.ini names a folder that is there, and the script folder is another one.",
        (
            replace(INI, ("script_location = %(here)s/alembic", "script_location = %(here)s/database")),
            write("database/notes.txt", "Supabase, eu-central-1\n"),
        ),
        "script_location",
        checks=NO_SET_UP,
        diagnoses=("script_folder_missing",),
    ),
    nothing_ran(
        "wrong_setting_twice",
        "alembic.ini has the same setting twice.",
        (replace(INI, ("prepend_sys_path = .\n", "prepend_sys_path = .\nprepend_sys_path = .\n")),),
        "prepend_sys_path",
        diagnoses=("ini_broken",),
    ),
    nothing_ran(
        "wrong_ini_in_utf_16",
        "alembic.ini was written by PowerShell's `>`, in UTF-16.",
        (reencode(INI, "utf-16"),),
        "UTF-8",
        diagnoses=("file_not_utf8",),
    ),
    nothing_ran(
        "wrong_ini_byte_order_mark",
        "alembic.ini was saved by an editor that begins UTF-8 with a byte order mark.",
        (reencode(INI, "utf-8-sig"),),
        "byte order mark",
        diagnoses=("file_not_utf8",),
    ),
    nothing_ran(
        "wrong_merge_conflict_in_ini",
        "alembic.ini was committed in the middle of a merge.",
        (
            replace(
                INI,
                (
                    "prepend_sys_path = .\n",
                    "<<<<<<< HEAD\nprepend_sys_path = .\n=======\nprepend_sys_path = ..\n>>>>>>> main\n",
                ),
            ),
        ),
        "conflict markers",
        diagnoses=("merge_conflict",),
    ),
    nothing_ran(
        "wrong_version_locations",
        "alembic.ini names a folder of revisions on the student's own machine.",
        (
            replace(
                INI,
                (
                    "path_separator = os",
                    "path_separator = os\nversion_locations = /home/ada/exercise/versions",
                ),
            ),
        ),
        "outside of the submission",
        "/home/ada/exercise/versions",
        checks=("graph", "version", "schema"),
        diagnoses=("version_folder_missing",),
    ),
    nothing_ran(
        "wrong_no_logging_sections",
        "env.py calls fileConfig(), and alembic.ini has lost its logging sections.",
        (write(INI, "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = .\n"),),
        "logging section",
        diagnoses=("logging_sections_missing",),
    ),
    nothing_ran(
        "wrong_not_configured",
        "env.py runs migrations without context.configure().",
        (
            replace(
                ENV,
                ("        context.configure(connection=connection, target_metadata=target_metadata)\n", ""),
            ),
        ),
        "context.configure(",
        diagnoses=("context_not_configured",),
    ),
)


def _flask_migrate(*edits: Edit) -> tuple[Edit, ...]:
    return (
        delete(ENV, INI),
        move("alembic/versions/", "migrations/versions/"),
        write("migrations/env.py", FLASK_MIGRATE_ENV),
        write("migrations/alembic.ini", "[alembic]\n"),
        *edits,
    )


FLASK: tuple[Case, ...] = (
    nothing_ran(
        "wrong_flask_migrate_without_app",
        "Flask-Migrate's folder, and no application that `flask db` could find.",
        _flask_migrate(move(APP, "blog.py")),
        "app.py",
        diagnoses=("flask_app_not_found",),
    ),
    nothing_ran(
        "wrong_flask_migrate_not_initialised",
        "Flask-Migrate's folder, and no Migrate(app, db) in the app.",
        _flask_migrate(),
        "Migrate(app, db)",
        diagnoses=("flask_migrate_not_initialised",),
    ),
    nothing_ran(
        "wrong_no_database_uri",
        "SQLALCHEMY_DATABASE_URI is taken from a variable that is not set.",
        (replace(APP, ('os.environ.get("DATABASE_URL")', 'os.environ.get("SQLALCHEMY_DATABASE_URI")')),),
        "SQLALCHEMY_DATABASE_URI",
        "load_dotenv()",
        diagnoses=("database_uri_missing",),
    ),
    nothing_ran(
        "wrong_no_application_context",
        "env.py asks db for its engine outside of an application context.",
        (replace(ENV, ("create_engine(direct_url(), poolclass=pool.NullPool)", "db.engine")),),
        "app_context()",
        diagnoses=("application_context_missing",),
    ),
    nothing_ran(
        "wrong_two_registrations",
        "SQLAlchemy(app), and db.init_app(app) as well.",
        (append(APP, "\ndb.init_app(app)\n"),),
        "init_app",
        diagnoses=("sqlalchemy_registered_twice",),
    ),
    nothing_ran(
        "wrong_db_without_app",
        "db.init_app(app) is never called.",
        (
            replace(APP, ("SQLAlchemy(app, metadata=", "SQLAlchemy(metadata=")),
            replace(
                ENV,
                ("from app import db", "from app import app, db"),
                (
                    "engine = create_engine(direct_url(), poolclass=pool.NullPool)",
                    "with app.app_context():\n        engine = db.engine",
                ),
            ),
        ),
        "init_app",
        diagnoses=("sqlalchemy_not_registered",),
    ),
)

WRONG_CONNECTIONS: tuple[Case, ...] = (*URLS, *SETTINGS, *FLASK)
