"""Right answers of different shape: every one of them must get all points."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    ENV,
    INI,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    by_operator,
    delete,
    move,
    replace,
    revision,
    write,
)
from tests.catalogue.texts import (
    ASYNC_ONLINE,
    COURSE_ENV,
    FLASK_MIGRATE_ENV,
    ONLINE,
    PLAIN_MODELS,
)

NO_OPTIONAL_STEP: tuple[Edit, ...] = (
    delete(USERNAME),
    replace(APP, ("username = db.Column(db.String(50)", "username = db.Column(db.String(80)")),
)
NOT_ATTEMPTED = {"username_length": ("column_users_username", "restored")}

RIGHT: tuple[Case, ...] = (
    Case("right_reference", "The reference solution itself.", ()),
    Case(
        "right_without_optional_step",
        "username stays at 80 characters: all points, no bonus.",
        NO_OPTIONAL_STEP,
        bonus=0.0,
        failed=NOT_ATTEMPTED,
        hints={"username_length": ("optional",)},
    ),
    Case(
        "right_own_constraint_names",
        "Constraints under names of the student's own.",
        (
            replace(CATEGORIES, ("fk_posts_category_id_categories", "posts_to_categories")),
            replace(CATEGORIES, ("uq_categories_name", "one_name"), ("uq_categories_slug", "one_slug")),
            replace(INITIAL, ("uq_users_email", "email_once"), ("pk_posts", "posts_key")),
        ),
    ),
    Case(
        "right_unique_indexes",
        "Unique indexes instead of unique constraints.",
        (by_operator("indexes_for_unique", "c15a8e3f9b60"),),
    ),
    Case(
        "right_identity_columns",
        "GENERATED ... AS IDENTITY instead of SERIAL.",
        (by_operator("identity_for_serial", "c15a8e3f9b60"),),
    ),
    Case(
        "right_other_column_order",
        "Columns in another order than in the models.",
        (by_operator("other_order_of_columns", "9e42d70b51fc"),),
    ),
    Case(
        "right_more_than_asked",
        "A table and a column beyond the exercise, in the models and in a revision.",
        (
            replace(
                APP,
                (
                    "    full_name = db.Column(db.String(100))\n",
                    "    full_name = db.Column(db.String(100))\n    phone = db.Column(db.String(30))\n",
                ),
                (
                    '@app.get("/users")',
                    (
                        'class Tag(db.Model):\n    __tablename__ = "tags"\n'
                        "    id = db.Column(db.Integer, primary_key=True)\n"
                        "    label = db.Column(db.String(20), nullable=False)\n\n\n"
                        '@app.get("/users")'
                    ),
                ),
            ),
            write(
                "alembic/versions/7d20c3a1b5e8_tags_and_phones.py",
                revision(
                    "7d20c3a1b5e8",
                    "672b0dfe84a9",
                    "tags and phones",
                    'op.create_table(\n    "tags",\n    sa.Column("id", sa.Integer(), primary_key=True),\n'
                    '    sa.Column("label", sa.String(20), nullable=False),\n)\n'
                    'op.add_column("users", sa.Column("phone", sa.String(30)))',
                    'op.drop_column("users", "phone")\nop.drop_table("tags")',
                ),
            ),
        ),
    ),
    Case(
        "right_more_revisions",
        "The work split over more revisions, one of which only says what it is for.",
        (
            replace(
                PROFILE,
                (
                    (
                        '    op.add_column("users", sa.Column("avatar_url", sa.String(length=255), '
                        "nullable=True))\n"
                    ),
                    "",
                ),
                ('    op.drop_column("users", "avatar_url")\n', ""),
            ),
            write(
                "alembic/versions/0a51d7c92e44_avatar.py",
                revision(
                    "0a51d7c92e44",
                    "9e42d70b51fc",
                    "avatar",
                    'op.add_column("users", sa.Column("avatar_url", sa.String(length=255), nullable=True))',
                    'op.drop_column("users", "avatar_url")',
                ),
            ),
            write(
                "alembic/versions/1b62e8d03f55_marker.py",
                revision("1b62e8d03f55", "0a51d7c92e44", "profiles are complete", "pass", "pass"),
            ),
            replace(
                CATEGORIES,
                ('down_revision: str | None = "9e42d70b51fc"', 'down_revision: str | None = "1b62e8d03f55"'),
            ),
        ),
    ),
    Case(
        "right_flask_migrate",
        "Flask-Migrate's layout: its env.py needs an application context.",
        (
            delete(ENV, INI),
            move("alembic/versions/", "migrations/versions/"),
            write("migrations/env.py", FLASK_MIGRATE_ENV),
            write("migrations/alembic.ini", "[alembic]\n"),
            replace(
                APP,
                (
                    "from flask_sqlalchemy import SQLAlchemy\n",
                    "from flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n",
                ),
                ('os.environ.get("DATABASE_URL")', 'os.environ.get("DIRECT_URL")'),
                (
                    "metadata=MetaData(naming_convention=NAMING_CONVENTION))\n",
                    "metadata=MetaData(naming_convention=NAMING_CONVENTION))\nMigrate(app, db)\n",
                ),
            ),
        ),
    ),
    Case(
        "right_script_folder_migrations",
        "The script folder has another name.",
        (move("alembic/", "migrations/"), replace(INI, ("%(here)s/alembic", "%(here)s/migrations"))),
    ),
    Case(
        "right_nested_folder",
        "The exercise lies in a sub-folder of the repo.",
        (move("", "course/exercise 4/"),),
    ),
    Case(
        "right_spaces & signs",
        "A folder name that a shell would stumble over.",
        (),
    ),
    Case(
        "right_plain_sqlalchemy",
        "Plain SQLAlchemy models, no Flask.",
        (
            delete(APP),
            write("models.py", PLAIN_MODELS),
            replace(
                ENV, ("from app import db", "from models import Base"), ("db.Model.metadata", "Base.metadata")
            ),
        ),
    ),
    Case(
        "right_application_factory",
        "An application factory; env.py imports only the models' db.",
        (
            replace(
                APP,
                (
                    'app = Flask(__name__)\napp.config["SQLALCHEMY_DATABASE_URI"]',
                    (
                        "def create_app() -> Flask:\n    app = Flask(__name__)\n"
                        '    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]\n'
                        "    db.init_app(app)\n    return app\n\n\nsettings = {}\nsettings[0]"
                    ),
                ),
                ('app.config["SQLALCHEMY_ENGINE_OPTIONS"]', "settings[1]"),
                ("SQLAlchemy(app, metadata=", "SQLAlchemy(metadata="),
                ('@app.get("/users")\n', ""),
                ('@app.get("/posts")\n', ""),
            ),
            replace(
                ENV,
                ("from app import db", "from app import create_app, db"),
                (
                    "target_metadata = db.Model.metadata",
                    "with create_app().app_context():\n    target_metadata = db.metadata",
                ),
            ),
        ),
    ),
    Case(
        "right_files_of_its_own",
        "The app makes its instance folder, as in Flask's tutorial, and Alembic logs into a file.",
        (
            replace(
                APP,
                (
                    "app = Flask(__name__)\n",
                    (
                        "app = Flask(__name__, instance_relative_config=True)\n"
                        "if not os.path.exists(app.instance_path):\n    os.makedirs(app.instance_path)\n"
                    ),
                ),
            ),
            replace(
                INI,
                ("[handlers]\nkeys = console", "[handlers]\nkeys = console, file"),
                ("level = WARNING\nhandlers = console", "level = WARNING\nhandlers = console, file"),
                (
                    "[formatter_generic]",
                    (
                        "[handler_file]\nclass = FileHandler\nargs = ('alembic.log', 'a')\n"
                        "formatter = generic\n\n[formatter_generic]"
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_raw_sql",
        "Revisions in raw SQL.",
        (
            write(
                PROFILE,
                revision(
                    "9e42d70b51fc",
                    "3b8f1c6a27d4",
                    "profile columns",
                    'op.execute("ALTER TABLE users ADD COLUMN bio TEXT, ADD COLUMN avatar_url VARCHAR(255)")',
                    'op.execute("ALTER TABLE users DROP COLUMN bio, DROP COLUMN avatar_url")',
                ),
            ),
            write(
                CATEGORIES,
                revision(
                    "c15a8e3f9b60",
                    "9e42d70b51fc",
                    "categories",
                    'op.execute("""\n'
                    "    CREATE TABLE categories (\n"
                    "        id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, slug "
                    "VARCHAR(50) NOT NULL UNIQUE,\n"
                    "        description TEXT, created_at TIMESTAMP)\n"
                    '""")\n'
                    'op.execute("ALTER TABLE posts ADD COLUMN category_id INTEGER REFERENCES '
                    'categories (id)")',
                    (
                        'op.execute("ALTER TABLE posts DROP COLUMN category_id")\n'
                        'op.execute("DROP TABLE categories")'
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_psycopg2_sslmode",
        "Another driver in the URL, sslmode asked for twice, as Supabase's guides do.",
        (
            replace(
                ENV,
                (
                    "    return url\n",
                    (
                        '    return url.replace("postgresql://", "postgresql+psycopg2://") + '
                        '"?sslmode=require"\n'
                    ),
                ),
                ("poolclass=pool.NullPool)", 'poolclass=pool.NullPool, connect_args={"sslmode": "require"})'),
            ),
        ),
    ),
    Case(
        "right_postgres_scheme",
        "A URL whose scheme is mended from postgres:// though it needs no mending.",
        (replace(ENV, ("    return url\n", '    return url.replace("postgres://", "postgresql://", 1)\n')),),
    ),
    Case(
        "right_course_env",
        "env.py as the exercise builds it, the URL set in the configuration.",
        (write(ENV, COURSE_ENV),),
    ),
    Case(
        "right_dotenv_override",
        "load_dotenv(override=True) everywhere: there is no .env to follow.",
        (
            replace(ENV, ('load_dotenv(PROJECT / ".env")', 'load_dotenv(PROJECT / ".env", override=True)')),
            replace(APP, ('load_dotenv(Path(__file__).with_name(".env"))', "load_dotenv(override=True)")),
        ),
    ),
    Case(
        "right_async_env",
        "An asynchronous env.py.",
        (
            replace(
                ENV,
                ("import os\n", "import asyncio\nimport os\n"),
                (
                    "from sqlalchemy import create_engine, pool",
                    "from sqlalchemy import pool\nfrom sqlalchemy.ext.asyncio import create_async_engine",
                ),
                (ONLINE, ASYNC_ONLINE),
            ),
        ),
    ),
    Case(
        "right_package_named_alembic",
        "The script folder is a package with Alembic's own name.",
        (write("alembic/__init__.py", ""), write("alembic/versions/__init__.py", "")),
    ),
    Case(
        "right_pyproject",
        "Alembic's settings in pyproject.toml; an env.py that sets up no logging.",
        (by_operator("settings_in_pyproject"),),
    ),
    Case(
        "right_merged_branches",
        "Two branches off one base, merged again: one base, one head.",
        (
            replace(CATEGORIES, ('"9e42d70b51fc"', '"3b8f1c6a27d4"')),
            write(
                "alembic/versions/5c90a7be1d32_merge.py",
                revision("5c90a7be1d32", "c15a8e3f9b60", "merge both branches", "pass", "pass").replace(
                    'down_revision = "c15a8e3f9b60"', 'down_revision = ("9e42d70b51fc", "c15a8e3f9b60")'
                ),
            ),
            replace(USERNAME, ('"c15a8e3f9b60"', '"5c90a7be1d32"')),
        ),
    ),
    Case(
        "right_enum_with_way_back",
        "An enum column beyond the exercise; its downgrade drops the type too.",
        (
            replace(
                APP,
                (
                    "    content = db.Column(db.Text)\n",
                    (
                        "    content = db.Column(db.Text)\n"
                        '    mood = db.Column(db.Enum("calm", "wild", name="mood"))\n'
                    ),
                ),
            ),
            write(
                "alembic/versions/8e31d4b2c6f9_mood.py",
                revision(
                    "8e31d4b2c6f9",
                    "672b0dfe84a9",
                    "mood of a post",
                    'mood = sa.Enum("calm", "wild", name="mood")\nmood.create(op.get_bind())\n'
                    'op.add_column("posts", sa.Column("mood", mood))',
                    'op.drop_column("posts", "mood")\nsa.Enum(name="mood").drop(op.get_bind())',
                ),
            ),
        ),
    ),
    Case(
        "right_server_defaults",
        "Server defaults in the models and in the revisions.",
        (
            replace(
                APP,
                (
                    'status = db.Column(db.String(20), default="draft")',
                    'status = db.Column(db.String(20), server_default="draft")',
                ),
                (
                    "view_count = db.Column(db.Integer, default=0)",
                    'view_count = db.Column(db.Integer, server_default="0")',
                ),
            ),
            replace(
                INITIAL,
                (
                    'sa.Column("status", sa.String(length=20), nullable=True)',
                    'sa.Column("status", sa.String(length=20), server_default="draft", nullable=True)',
                ),
                (
                    'sa.Column("view_count", sa.Integer(), nullable=True)',
                    'sa.Column("view_count", sa.Integer(), server_default=sa.text("0"), nullable=True)',
                ),
            ),
        ),
    ),
    Case(
        "right_transaction_per_revision",
        "A transaction for each revision, and a type that one makes and the next one uses.",
        (
            replace(
                ENV,
                (
                    "target_metadata=target_metadata)",
                    "target_metadata=target_metadata, transaction_per_migration=True)",
                ),
            ),
            replace(
                APP,
                (
                    "    content = db.Column(db.Text)\n",
                    (
                        "    content = db.Column(db.Text)\n"
                        '    mood = db.Column(db.Enum("calm", "wild", name="mood"), server_default="wild")\n'
                    ),
                ),
            ),
            write(
                "alembic/versions/8e31d4b2c6f9_mood.py",
                revision(
                    "8e31d4b2c6f9",
                    "672b0dfe84a9",
                    "mood of a post",
                    "op.execute(\"CREATE TYPE mood AS ENUM ('calm', 'wild')\")\n"
                    'op.execute("ALTER TABLE posts ADD COLUMN mood mood")',
                    'op.execute("ALTER TABLE posts DROP COLUMN mood")\nop.execute("DROP TYPE mood")',
                ),
            ),
            write(
                "alembic/versions/9f42e5c3d70a_wild.py",
                revision(
                    "9f42e5c3d70a",
                    "8e31d4b2c6f9",
                    "posts are wild",
                    "op.execute(\"ALTER TABLE posts ALTER COLUMN mood SET DEFAULT 'wild'\")",
                    'op.execute("ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT")',
                ),
            ),
        ),
    ),
)
