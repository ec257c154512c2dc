"""Right answers in Flask projects of other shapes: packages, factories, an app that `FLASK_APP` names."""

from __future__ import annotations

from tests.catalogue.case import APP, Case, append, move, replace, write
from tests.catalogue.flask_projects import SOURCES_PROJECT, flask_migrations, package, single_file
from tests.catalogue.texts import COURSE_ENV

MODELS_PACKAGE = (
    move("app/models.py", "app/models/tables.py"),
    replace("app/models/tables.py", ("from .extensions", "from ..extensions")),
    write("app/models/__init__.py", "from .tables import Category, Organization, Post, User\n"),
)
BLUEPRINT = """from flask import Blueprint, jsonify

from app.models import User

pages = Blueprint("pages", __name__)


@pages.get("/users")
def list_users():
    return jsonify([user.username for user in User.query])
"""

RIGHT_FLASK_PROJECTS: tuple[Case, ...] = (
    Case(
        "right_flask_src_package",
        "A package in src/ that was installed with `pip install -e .`; the app names its migrations.",
        (
            flask_migrations("src/blog/migrations"),
            package("src/blog", directory="src/blog/migrations"),
            write("pyproject.toml", SOURCES_PROJECT),
            write(".flaskenv", "FLASK_APP=blog\nFLASK_DEBUG=1\n"),
        ),
    ),
    Case(
        "right_flask_app_only_typed",
        "A package with a factory; no file names it: `flask --app blog db upgrade` is typed.",
        (flask_migrations(), package("blog")),
    ),
    Case(
        "right_flask_unrelated_app",
        "An app.py and a wsgi.py that have nothing to do with Flask beside the migrations of a package.",
        (
            flask_migrations("src/blog/migrations"),
            package("src/blog", directory="src/blog/migrations"),
            write("src/blog/app.py", '"""A window."""\n\nimport tkinter_of_somebody\n'),
            write("app.py", "def main():\n    print('a chart')\n"),
            write("wsgi.py", "WORKERS = 2\n"),
        ),
    ),
    Case(
        "right_flask_factory_called_in_a_script",
        "The factory needs an argument; the script that gives it sets Flask-Migrate up too.",
        (
            flask_migrations(),
            package("app", arguments="config_name"),
            replace("app/__init__.py", ("    migrate.init_app(app, db)\n", "")),
            write(
                "blogly.py",
                "import os\n\nfrom app import create_app\nfrom app.extensions import db\n"
                "from flask_migrate import Migrate\n\n"
                'app = create_app(os.getenv("FLASK_CONFIG") or "default")\nmigrate = Migrate(app, db)\n',
            ),
        ),
    ),
    Case(
        "right_flaskenv_calls_factory",
        "A sub-folder with a .flaskenv that says how the factory is called.",
        (
            flask_migrations("back end/migrations"),
            package("back end/blog", arguments="config_name"),
            write("back end/.flaskenv", "FLASK_APP=\"blog:create_app('testing')\"\n"),
            write("README.md", "export FLASK_APP=frontend.py\n"),
        ),
    ),
    Case(
        "right_flaskenv_at_the_top",
        "A .flaskenv at the top names an app that lies beside the migrations, deeper down.",
        (
            flask_migrations("backend/migrations"),
            single_file("backend/server.py", "tables", directory="backend/migrations"),
            write(".flaskenv", "export FLASK_APP='backend/server.py'\n"),
        ),
    ),
    Case(
        "right_flaskenv_elsewhere",
        "A .flaskenv that names other databases, loaded with override=True: the run does not follow it.",
        (
            flask_migrations(),
            single_file("server.py", "tables"),
            write(
                ".flaskenv",
                "FLASK_APP=server\nDIRECT_URL=postgresql://localhost:1/elsewhere\n"
                "SQLALCHEMY_DATABASE_URI=postgresql://localhost:1/elsewhere\n",
            ),
            replace(
                "server.py",
                ("import os\n", "import os\n\nfrom dotenv import load_dotenv\n"),
                ("application = Flask", 'load_dotenv(".flaskenv", override=True)\napplication = Flask'),
                ('os.environ["DIRECT_URL"]', 'os.environ["SQLALCHEMY_DATABASE_URI"]'),
            ),
        ),
    ),
    Case(
        "right_flask_app_in_makefile",
        "Two apps with Flask-Migrate; the Makefile names the one that the migrations belong to.",
        (
            flask_migrations(),
            package("blog"),
            package("shop"),
            write("shop/models.py", ""),
            write("Makefile", "upgrade:\n\tFLASK_APP=blog flask db upgrade\n"),
        ),
    ),
    Case(
        "right_flask_group",
        "A manage.py with a FlaskGroup of its own.",
        (
            flask_migrations(),
            package("blog"),
            write(
                "manage.py",
                "from flask.cli import FlaskGroup\n\nfrom blog import create_app\n\n"
                'cli = FlaskGroup(create_app=create_app)\n\nif __name__ == "__main__":\n    cli()\n',
            ),
        ),
    ),
    Case(
        "right_flask_package_named_app",
        "A package called app with a package of models, a blueprint and a factory with a default.",
        (
            flask_migrations(),
            package("app", arguments="config=None"),
            *MODELS_PACKAGE,
            write("app/pages.py", BLUEPRINT),
            replace(
                "app/__init__.py",
                (
                    "    db.init_app",
                    "    from app.pages import pages\n\n    app.register_blueprint(pages)\n    db.init_app",
                ),
            ),
        ),
    ),
    Case(
        "right_flask_app_below_migrations",
        "The migrations at the top, the app in a folder that is no package and imports by its whole name.",
        (flask_migrations(), single_file("web/main.py", "web.tables")),
    ),
    Case(
        "right_flask_own_env",
        "Flask-Migrate with an env.py of the student's own, which asks for no application context.",
        (
            flask_migrations(),
            write("migrations/env.py", COURSE_ENV),
            replace(
                APP,
                ("from flask_sqlalchemy", "from flask_migrate import Migrate\nfrom flask_sqlalchemy"),
                ("\n\n\ndef utc_now", "\nMigrate(app, db)\n\n\ndef utc_now"),
            ),
        ),
    ),
    Case(
        "right_flask_binds",
        "A second bind, which no model uses.",
        (
            flask_migrations(),
            package("blog"),
            replace(
                "blog/__init__.py",
                (
                    "    from . import models\n",
                    (
                        '    app.config["SQLALCHEMY_BINDS"] = {"queries": os.environ["DATABASE_URL"]}\n'
                        "    from . import models\n"
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_flask_configure_callback",
        "env.py reads a setting that only the app gives Alembic, by `@migrate.configure`.",
        (
            flask_migrations(),
            package("blog"),
            append(
                "blog/extensions.py",
                "\n\n@migrate.configure\ndef set_options(config):\n"
                '    config.set_main_option("version_table", "alembic_version")\n    return config\n',
            ),
            replace(
                "migrations/env.py",
                (
                    "connection=connection,\n",
                    "connection=connection,\n            version_table=VERSION_TABLE,\n",
                ),
                (
                    "target_db =",
                    'VERSION_TABLE = config.get_main_option("version_table").lower()\ntarget_db =',
                ),
            ),
        ),
    ),
)
