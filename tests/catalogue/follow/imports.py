"""How hints about imports and the Flask app are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, INI, append, move, replace, write
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.texts import STOCK_ENV

FROM_APP = "from app import db"
PUT_ON_PATH = "sys.path.insert(0, str(Path(__file__).resolve().parents[1]))"

TOO_LATE = 'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL")\n'

WAYS: Ways = {
    "driver_missing": (
        way(
            "wrong_driver",
            replace(ENV, ('url.replace("postgresql://", "postgresql+pg8000://")', "url")),
            says="Leave the URL as DIRECT_URL gives it",
        ),
    ),
    "shadowed_package": (
        way(
            "wrong_module_names",
            move("logging.py", "levels.py"),
            says="Give it another name",
            elsewhere=("levels.py",),
        ),
    ),
    "circular_import": (
        way(
            "wrong_circular_import",
            write("database.py", "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"),
            replace("models.py", ("from app import db", "from database import db")),
            replace(
                APP,
                ("from models import Note\n\n", "from database import db\nfrom models import Note\n\n"),
                (
                    "db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))\n",
                    "db.metadata.naming_convention = NAMING_CONVENTION\ndb.init_app(app)\n",
                ),
            ),
            says="a module of their own that imports nothing from app, and import that module in both places",
            elsewhere=(APP, "database.py"),
        ),
        way(
            "wrong_circular_import",
            replace(APP, ("from models import Note\n\n", "")),
            replace(
                APP,
                (
                    "\n\nclass Organization(",
                    "\nfrom models import Note  # noqa: E402\n\n\nclass Organization(",
                ),
            ),
            says="move the import below the line that defines the name",
            elsewhere=(APP,),
        ),
    ),
    "local_module_missing": (
        way(
            "wrong_no_sys_path",
            replace(
                ENV,
                (
                    FROM_APP,
                    f"{PUT_ON_PATH}\n{FROM_APP}",
                ),
            ),
            says=f"`{PUT_ON_PATH}`",
        ),
        way(
            "wrong_no_sys_path",
            replace(INI, ("[alembic]\n", "[alembic]\nprepend_sys_path = .\n")),
            says="`prepend_sys_path = .` in alembic.ini",
        ),
    ),
    "package_missing": (
        way(
            "wrong_unknown_package",
            replace(APP, ("from supabase import create_client\n", "")),
            says="keep that import out of what env.py loads",
        ),
        way(
            "wrong_unknown_package",
            write("supabase.py", "def create_client() -> None:\n    pass\n"),
            says="If supabase is a file of yours, commit it",
            elsewhere=("supabase.py",),
        ),
    ),
    "import_name_missing": (
        way(
            "wrong_import_name",
            replace(ENV, ("from app import database as db", FROM_APP)),
            says="Look up how it is called in app",
        ),
        way(
            "wrong_import_name",
            append(APP, "\ndatabase = db\n"),
            says="define it at the top level of the module",
            elsewhere=(APP,),
        ),
    ),
    "database_uri_missing": (
        way(
            "wrong_no_database_uri",
            replace(APP, ('os.environ.get("SQLALCHEMY_DATABASE_URI")', 'os.environ["DATABASE_URL"]')),
            says='Read os.environ["DATABASE_URL"] there',
        ),
        way(
            "wrong_uri_set_too_late",
            replace(APP, (TOO_LATE, "")),
            replace(APP, ("db = SQLAlchemy(app", f"{TOO_LATE}db = SQLAlchemy(app")),
            says=("Move line ", "above line "),
        ),
    ),
    "application_context_missing": (
        way(
            "wrong_no_application_context",
            replace(
                ENV,
                (
                    "engine = db.engine",
                    'engine = create_engine(os.environ["DIRECT_URL"], poolclass=pool.NullPool)',
                ),
            ),
            says="the URL from DIRECT_URL",
        ),
        way(
            "wrong_no_application_context",
            replace(
                ENV,
                (FROM_APP, "from app import app, db"),
                ("    engine = db.engine\n", "    with app.app_context():\n        engine = db.engine\n"),
            ),
            says="`with app.app_context():`",
        ),
    ),
    "sqlalchemy_registered_twice": (
        way(
            "wrong_two_registrations",
            replace(APP, ("\ndb.init_app(app)\n", "")),
            says="Use either `db = SQLAlchemy(app)`",
        ),
        way(
            "wrong_two_registrations",
            replace(APP, ("SQLAlchemy(app, ", "SQLAlchemy(")),
            says="or `db = SQLAlchemy()` with one `db.init_app(app)`",
        ),
    ),
    "sqlalchemy_not_registered": (
        way(
            "wrong_db_without_app",
            replace(APP, ("\n\ndef utc_now()", "db.init_app(app)\n\n\ndef utc_now()")),
            says="Call `db.init_app(app)` where the app is made",
            elsewhere=(APP,),
        ),
    ),
    "flask_app_not_found": (
        way(
            "wrong_flask_migrate_without_app",
            move("blog.py", "app.py"),
            says="Keep the application in app.py",
            then="flask_migrate_not_initialised",
            elsewhere=("blog.py",),
        ),
        way(
            "wrong_flask_migrate_without_app",
            move("blog.py", "wsgi.py"),
            says="or wsgi.py",
            then="flask_migrate_not_initialised",
            elsewhere=("blog.py",),
        ),
        way(
            "wrong_flask_migrate_without_app",
            write(".flaskenv", "FLASK_APP=blog\n"),
            says="a .flaskenv file: FLASK_APP=blog",
            then="flask_migrate_not_initialised",
        ),
    ),
    "flask_migrate_not_initialised": (
        way(
            "wrong_flask_migrate_not_initialised",
            replace(
                APP,
                (
                    "from flask_sqlalchemy import",
                    "from flask_migrate import Migrate\nfrom flask_sqlalchemy import",
                ),
                ("\n\ndef utc_now()", "migrate = Migrate(app, db)\n\n\ndef utc_now()"),
            ),
            says=("`from flask_migrate import Migrate`", "`migrate = Migrate(app, db)`"),
            elsewhere=(APP,),
        ),
    ),
    "async_engine": (
        way(
            "wrong_async_engine",
            write(
                ENV,
                STOCK_ENV.format(url='config.set_main_option("sqlalchemy.url", os.environ["DIRECT_URL"])'),
            ),
            says="use engine_from_config() as in the env.py of `alembic init alembic`",
        ),
        way(
            "wrong_async_engine",
            replace(ENV, ('"postgresql+psycopg2:"', '"postgresql+psycopg:"')),
            says="use a postgresql+psycopg:// URL",
            then="claim_without_effect",
        ),
    ),
}
