"""Wrong answers that look earned: all in one revision, changes that are none, tables made again."""

from __future__ import annotations

from collections.abc import Mapping

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    replace,
    revision,
    write,
)
from tests.catalogue.right_growth import EMPTY_START, tags_made_again

BIO = (
    '        sa.Column("full_name", sa.String(length=100), nullable=True),\n',
    (
        '        sa.Column("full_name", sa.String(length=100), nullable=True),\n'
        '        sa.Column("bio", sa.Text(), nullable=True),\n'
        '        sa.Column("avatar_url", sa.String(length=255), nullable=True),\n'
    ),
)
CATEGORY = (
    '    op.create_table(\n        "posts",\n',
    (
        '    op.create_table(\n        "categories",\n'
        '        sa.Column("id", sa.Integer(), nullable=False),\n'
        '        sa.Column("name", sa.String(length=50), nullable=False),\n'
        '        sa.Column("slug", sa.String(length=50), nullable=False),\n'
        '        sa.Column("description", sa.Text(), nullable=True),\n'
        '        sa.Column("created_at", sa.DateTime(), nullable=True),\n'
        '        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),\n'
        '        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),\n'
        '        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),\n    )\n'
        '    op.create_table(\n        "posts",\n'
    ),
)
DROP_CATEGORY = (
    '    op.drop_table("posts")\n',
    '    op.drop_table("posts")\n    op.drop_table("categories")\n',
)
CATEGORY_ID = (
    '        sa.Column("content", sa.Text(), nullable=True),\n',
    (
        '        sa.Column("content", sa.Text(), nullable=True),\n'
        '        sa.Column("category_id", sa.Integer(), nullable=True),\n'
        '        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_posts_category"),\n'
    ),
)
ALL_IN_ONE = replace(
    INITIAL,
    BIO,
    CATEGORY,
    DROP_CATEGORY,
    CATEGORY_ID,
    ('"username", sa.String(length=80)', '"username", sa.String(length=50)'),
)
"""The first revision makes the schema of head."""
BY_CREATE_ALL = write(
    INITIAL,
    revision(
        "3b8f1c6a27d4",
        "",
        "initial",
        "from app import db\ndb.metadata.create_all(op.get_bind())",
        "from app import db\ndb.metadata.drop_all(op.get_bind())",
    ).replace('down_revision = ""', "down_revision = None"),
)
TABLE_BY_TABLE = write(
    INITIAL,
    revision(
        "3b8f1c6a27d4",
        "",
        "initial",
        "from app import db\nfor table in db.metadata.sorted_tables:\n    table.create(op.get_bind())",
        'for name in ("posts", "categories", "users", "organizations"):\n    op.drop_table(name)',
    ).replace('down_revision = ""', "down_revision = None"),
)


def _sql(path: str, number: str, parent: str, up: str, down: str) -> Edit:
    return write(path, revision(number, parent, up.lower(), f'op.execute("{up}")', f'op.execute("{down}")'))


COMMENTS: tuple[Edit, ...] = (
    _sql(
        *(PROFILE, "9e42d70b51fc", "3b8f1c6a27d4"),
        *("COMMENT ON COLUMN users.bio IS 'in their own words'", "COMMENT ON COLUMN users.bio IS NULL"),
    ),
    _sql(
        *(CATEGORIES, "c15a8e3f9b60", "9e42d70b51fc"),
        *("COMMENT ON TABLE categories IS 'what posts are about'", "COMMENT ON TABLE categories IS NULL"),
    ),
    _sql(
        *(USERNAME, "672b0dfe84a9", "c15a8e3f9b60"),
        *("COMMENT ON COLUMN users.username IS 'short'", "COMMENT ON COLUMN users.username IS NULL"),
    ),
)
RIGHTS: tuple[Edit, ...] = (
    _sql(
        *(PROFILE, "9e42d70b51fc", "3b8f1c6a27d4"),
        *("GRANT SELECT (bio) ON users TO PUBLIC", "REVOKE SELECT (bio) ON users FROM PUBLIC"),
    ),
    _sql(
        *(CATEGORIES, "c15a8e3f9b60", "9e42d70b51fc"),
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC",
    ),
    _sql(
        *(USERNAME, "672b0dfe84a9", "c15a8e3f9b60"),
        *("ALTER TABLE users SET (fillfactor = 90)", "ALTER TABLE users RESET (fillfactor)"),
    ),
)
NOT_GROWN: Mapping[str, tuple[str, ...]] = {
    "user_columns": ("evolves",),
    "category_table": ("evolves",),
    "history": ("changes",),
    "username_length": ("restored",),
}
ONE_GO: Mapping[str, tuple[str, ...]] = {
    "user_columns": ("Revision 3b8f1c6a27d4 makes users with bio and avatar_url", "alembic downgrade base"),
    "category_table": ("makes the first tables and categories with them", "posts with category_id"),
    "history": ("only comments, owners, privileges or storage settings changed by",),
}
BY_MODELS: Mapping[str, tuple[str, ...]] = {
    "user_columns": ("has the models make tables", "op.create_table(…)"),
    "category_table": ("makes the first tables and categories with them",),
    "history": ("tables made from the models by 3b8f1c6a27d4", "has the models make tables"),
}
EARLIER_REVISIONS = """import importlib.util
from pathlib import Path
{drop}
for part in ("3b8f*", "9e42*", "c15a*"):
    (path,) = Path(__file__).parent.glob(part)
    spec = importlib.util.spec_from_file_location(f"earlier_{{path.stem}}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.upgrade()"""
DROP_ALL = 'op.execute("DROP TABLE posts, users, organizations, categories CASCADE")'
SHORTEN = 'op.alter_column("users", "username", type_=sa.String(50))'
MADE_AGAIN = {"downgrade": ("schema",)}


def _made_again(name: str, why: str, downgrade: str, *hint: str) -> Case:
    """The optional step with this way back."""
    head = revision("672b0dfe84a9", "c15a8e3f9b60", "shorter usernames", SHORTEN, downgrade)
    return Case(
        name,
        why,
        (write(USERNAME, head),),
        score=90.0,
        failed={**MADE_AGAIN, "data_survival": ("down_672b0dfe84a9",)},
        hints={"downgrade": ("672b0dfe84a9", *hint)},
        diagnoses=("downgrade_recreates",),
    )


WRONG_GROWTH: tuple[Case, ...] = (
    Case(
        "wrong_all_in_one_and_comments",
        "The first revision makes everything, the others only comment.",
        (ALL_IN_ONE, *COMMENTS),
        score=87.67,
        bonus=2.5,
        failed=NOT_GROWN,
        hints=ONE_GO,
    ),
    Case(
        "wrong_all_in_one_and_rights",
        "The first revision makes everything, the others grant and set how rows are stored.",
        (ALL_IN_ONE, *RIGHTS),
        score=87.67,
        bonus=2.5,
        failed=NOT_GROWN,
        hints=ONE_GO,
    ),
    Case(
        "wrong_all_in_one_below_an_empty_first",
        "The first revision is empty, the second makes everything.",
        (*EMPTY_START, ALL_IN_ONE, *COMMENTS),
        score=87.67,
        bonus=2.5,
        failed=NOT_GROWN,
        hints=ONE_GO,
    ),
    Case(
        "wrong_create_all_and_comments",
        "create_all() in the first revision, the others only comment.",
        (BY_CREATE_ALL, *COMMENTS),
        score=87.67,
        bonus=2.5,
        failed=NOT_GROWN,
        flags=("models_in_revision",),
        hints=BY_MODELS,
        diagnoses=("create_all_in_revision",),
    ),
    Case(
        "wrong_models_table_by_table",
        "The first revision makes the models' tables one by one, the others grant.",
        (TABLE_BY_TABLE, *RIGHTS),
        score=87.67,
        bonus=2.5,
        failed=NOT_GROWN,
        flags=("models_in_revision",),
        hints=BY_MODELS,
        diagnoses=("create_all_in_revision",),
    ),
    Case(
        "wrong_category_from_its_model",
        "A later revision makes the categories from their model; three others change something.",
        (
            replace(
                CATEGORIES,
                ("def upgrade() -> None:\n", "def upgrade() -> None:\n    from app import Category\n\n"),
                (
                    CATEGORY[1].partition('    op.create_table(\n        "posts"')[0],
                    "    Category.__table__.create(op.get_bind())\n",
                ),
            ),
        ),
        flags=("models_in_revision",),
        diagnoses=("create_all_in_revision",),
    ),
    Case(
        "wrong_drop_all_on_the_way_back",
        "The first revision drops on its way back what the models have on that day.",
        (
            replace(
                INITIAL,
                (
                    (
                        '    op.drop_table("posts")\n    op.drop_table("users")\n'
                        '    op.drop_table("organizations")\n'
                    ),
                    "    from app import db\n\n    db.metadata.drop_all(op.get_bind())\n",
                ),
            ),
        ),
        # Without a database, drop_all() cannot ask which of the tables are still there.
        failed={"offline": ("base",)},
        flags=("models_in_revision",),
    ),
    Case(
        "wrong_profile_with_the_table",
        "bio and avatar_url come with the table, and their revision gives organizations a website.",
        (
            replace(INITIAL, BIO),
            write(
                PROFILE,
                revision(
                    "9e42d70b51fc",
                    "3b8f1c6a27d4",
                    "website",
                    'op.add_column("organizations", sa.Column("website", sa.Text()))',
                    'op.drop_column("organizations", "website")',
                ),
            ),
            replace(
                APP, ("    plan = db.Column(", "    website = db.Column(db.Text)\n    plan = db.Column(")
            ),
        ),
        score=96.67,
        failed={"user_columns": ("evolves",)},
        hints={"user_columns": ("makes users with bio and avatar_url", "line 3", INITIAL)},
    ),
    Case(
        "wrong_categories_with_the_first",
        "The categories are made with the first tables; the column comes later.",
        (
            replace(INITIAL, CATEGORY, DROP_CATEGORY),
            replace(
                CATEGORIES,
                (CATEGORY[1].partition('    op.create_table(\n        "posts"')[0], ""),
                ('    op.drop_table("categories")\n', ""),
            ),
        ),
        score=95.0,
        failed={"category_table": ("evolves",)},
        hints={
            "category_table": ("makes the first tables and categories with them", "alembic downgrade base")
        },
    ),
    _made_again(
        "wrong_downgrade_makes_all_again",
        "The head's way back drops everything and runs the earlier upgrades again.",
        EARLIER_REVISIONS.format(drop=DROP_ALL),
        "posts, users",
    ),
    Case(
        "wrong_downgrade_without_rows",
        "The way back makes the table again, from none of its rows.",
        tags_made_again(
            'op.add_column("tags", sa.Column("color", sa.String(20)))',
            'op.execute("CREATE TABLE tags_new AS SELECT label FROM tags WITH NO DATA")\n'
            'op.drop_table("tags")\n'
            'op.rename_table("tags_new", "tags")\nop.create_primary_key("pk_tags", "tags", ["label"])',
        ),
        score=90.0,
        failed={**MADE_AGAIN, "data_survival": ("down_4d7e91c03ab2",)},
        hints={"downgrade": ("tags", "drop_column for add_column")},
        diagnoses=("downgrade_recreates",),
    ),
    Case(
        "wrong_drop_and_create_on_the_way_back",
        "The way back drops a table and creates it as it was.",
        tags_made_again(
            'op.add_column("tags", sa.Column("color", sa.String(20)))',
            'op.drop_table("tags")\n'
            'op.execute("CREATE TABLE tags (label VARCHAR(20) CONSTRAINT pk_tags PRIMARY KEY)")',
        ),
        score=90.0,
        failed={**MADE_AGAIN, "data_survival": ("down_4d7e91c03ab2",)},
        hints={"downgrade": ("tags", "Leave the tables standing")},
        diagnoses=("downgrade_recreates",),
    ),
)
