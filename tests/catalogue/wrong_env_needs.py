"""Wrong answers whose revisions need their own env.py too, and whose env.py makes what no revision makes."""

from __future__ import annotations

from tests.catalogue.case import (
    BLOCKED_BY_UPGRADE,
    CATEGORIES,
    EMPTY_REVISIONS,
    ENV,
    PROFILE,
    Case,
    Edit,
    append,
    replace,
    revision,
    write,
)
from tests.catalogue.right_env_needs import HELPER_ON_PATH
from tests.catalogue.wrong_setups import CREATE_ALL_IN_ENV

NO_CATEGORIES: tuple[Edit, ...] = (
    *HELPER_ON_PATH,
    write(CATEGORIES, revision("c15a8e3f9b60", "9e42d70b51fc", "categories", "pass", "pass")),
)
"""A helper that only env.py puts on the path, and a revision about categories that does nothing."""
MAKE_CATEGORIES = """
def make_categories(connection):
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS categories (id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, "
        "slug VARCHAR(50) NOT NULL UNIQUE, description TEXT, created_at TIMESTAMP)"
    )
    connection.exec_driver_sql(
        "ALTER TABLE IF EXISTS posts ADD COLUMN IF NOT EXISTS category_id INTEGER REFERENCES categories"
    )
"""
WITHOUT_CATEGORIES = {
    "category_table": (
        "table_categories",
        "column_categories_id",
        "column_categories_name",
        "column_categories_slug",
        "column_categories_description",
        "column_categories_created_at",
        "column_posts_category_id",
        "primary_key_categories",
        "unique_categories_name",
        "unique_categories_slug",
        "foreign_key_posts_category_id",
        "evolves",
    ),
    "models_match": ("own_models", "reference"),
}
"""What fails if no revision makes the categories."""
OUTSIDE = ("schema_outside_migrations",)

WRONG_ENV_NEEDS: tuple[Case, ...] = (
    Case(
        "wrong_helpers_and_create_all",
        "A helper that only env.py puts on the path, create_all() in env.py, and revisions without content.",
        (
            *HELPER_ON_PATH,
            *EMPTY_REVISIONS,
            replace(PROFILE, ("from alembic import op\n", "from alembic import op\nimport helpers\n")),
            replace(
                ENV,
                ("if context.is_offline_mode():", f"{CREATE_ALL_IN_ENV}\n\nif context.is_offline_mode():"),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        flags=OUTSIDE,
        hints={"upgrade_head": ("create_all()", "no revision creates")},
        diagnoses=("schema_outside_migrations", "empty_revision"),
    ),
    Case(
        "wrong_helpers_and_create_all_after",
        "The same with create_all() after the revisions.",
        (
            *HELPER_ON_PATH,
            *EMPTY_REVISIONS,
            replace(PROFILE, ("from alembic import op\n", "from alembic import op\nimport helpers\n")),
            append(ENV, CREATE_ALL_IN_ENV),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        flags=OUTSIDE,
        hints={"upgrade_head": ("create_all()", "no revision creates")},
        diagnoses=("schema_outside_migrations", "empty_revision"),
    ),
    Case(
        "wrong_helpers_and_sql_in_env",
        "The second revision needs env.py's path, and env.py adds users.bio itself after the revisions.",
        (
            *HELPER_ON_PATH,
            replace(
                PROFILE,
                ('    op.add_column("users", text_column("bio"))\n', ""),
                ('    op.drop_column("users", "bio")\n', ""),
            ),
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    (
                        "            context.run_migrations()\n            connection.exec_driver_sql(\n"
                        '                "ALTER TABLE IF EXISTS users ADD COLUMN IF NOT EXISTS bio '
                        'TEXT"\n            )\n\n\nif'
                    ),
                ),
            ),
        ),
        score=73.33,
        failed={"user_columns": ("column_users_bio", "evolves"), "models_match": ("own_models", "reference")},
        flags=OUTSIDE,
        hints={"user_columns": ("no revision makes it",)},
    ),
)
"""Each loses what it loses without the helper."""
