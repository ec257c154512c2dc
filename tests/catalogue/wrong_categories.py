"""Wrong answers in the table of categories: its columns, its keys, what points at it."""

from __future__ import annotations

from tests.catalogue.case import APP, CATEGORIES, Case, Edit, by_operator, replace

ALL_OF_CATEGORIES = (
    "table_categories",
    "column_categories_id",
    "column_categories_name",
    "column_categories_slug",
    "column_categories_description",
    "column_categories_created_at",
    "primary_key_categories",
    "unique_categories_name",
    "unique_categories_slug",
    "foreign_key_posts_category_id",
)
"""Every check of `category_table` but that of `posts.category_id`, which is a column of another table."""
CHECKS = len(ALL_OF_CATEGORIES) + 1
ID = 'sa.Column("id", sa.Integer(), nullable=False)'
NAME = 'sa.Column("name", sa.String(length=50), nullable=False)'
SLUG = 'sa.Column("slug", sa.String(length=50), nullable=False)'
DESCRIPTION = 'sa.Column("description", sa.Text(), nullable=True)'
CREATED_AT = 'sa.Column("created_at", sa.DateTime(), nullable=True)'
CATEGORY_ID = 'sa.Column("category_id", sa.Integer(), nullable=True)'
MODEL_NAME = "    name = db.Column(db.String(50), unique=True, nullable=False)\n"
MODEL_SLUG = MODEL_NAME + "    slug = db.Column(db.String(50), unique=True, nullable=False)\n"
UNIQUE_NAME = '        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),\n'
UNIQUE_SLUG = '        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),\n'
FOREIGN_KEY = (
    "    op.create_foreign_key(\n"
    '        op.f("fk_posts_category_id_categories"), "posts", "categories", ["category_id"], ["id"]\n    )\n'
)
DROP_FOREIGN_KEY = (
    '    op.drop_constraint(op.f("fk_posts_category_id_categories"), "posts", type_="foreignkey")\n'
)


def _category(
    name: str,
    why: str,
    checks: tuple[str, ...],
    *hint: str,
    edits: tuple[Edit, ...],
    models_too: bool = False,
    survival: tuple[str, ...] = (),
) -> Case:
    """Checks of `category_table` fail, and with the same mistake in the models half of `models_match`."""
    # What is not there at all did not grow either. That check is a third of the points.
    missing = "table_categories" in checks
    failed = {
        "category_table": (*checks, "evolves") if missing else checks,
        "models_match": ("reference",) if models_too else ("own_models", "reference"),
    }
    points = 100.0 - 10.0 * len(checks) / CHECKS - (5.0 if missing else 0.0)
    return Case(
        name,
        why,
        edits,
        score=round(points - (10.0 if models_too else 20.0), 2),
        failed={**failed, "data_survival": survival} if survival else failed,
        hints={"category_table": hint},
    )


TABLE: tuple[Case, ...] = (
    _category(
        "wrong_no_categories",
        "The table is called category.",
        ALL_OF_CATEGORIES,
        "There is category, and the exercise asks for categories",
        edits=(
            replace(CATEGORIES, ('"categories"', '"category"')),
            replace(
                APP,
                ('__tablename__ = "categories"', '__tablename__ = "category"'),
                ("categories.id", "category.id"),
            ),
        ),
        models_too=True,
    ),
    _category(
        "wrong_view_for_table",
        "categories is a view over a table of another name.",
        ALL_OF_CATEGORIES,
        "a view named categories",
        edits=(
            replace(
                CATEGORIES,
                ('"categories"', '"category_rows"'),
                (
                    '    op.add_column("posts"',
                    (
                        '    op.execute("CREATE VIEW categories AS SELECT * FROM category_rows")\n'
                        '    op.add_column("posts"'
                    ),
                ),
                ('    op.drop_table("', '    op.execute("DROP VIEW categories")\n    op.drop_table("'),
            ),
        ),
    ),
    _category(
        "wrong_temporary_table",
        "categories is a temporary table, gone when the command ends.",
        ALL_OF_CATEGORIES,
        "there is no table categories",
        edits=(
            replace(
                CATEGORIES,
                (UNIQUE_SLUG, UNIQUE_SLUG + '        prefixes=["TEMPORARY"],\n'),
                (FOREIGN_KEY, ""),
                (DROP_FOREIGN_KEY, ""),
                ('    op.drop_table("categories")\n', ""),
            ),
        ),
    ),
    _category(
        "wrong_other_schema",
        "categories is made in a schema of its own.",
        ALL_OF_CATEGORIES,
        "public",
        edits=(
            replace(
                CATEGORIES,
                ("    op.create_table(", '    op.execute("CREATE SCHEMA blog")\n    op.create_table('),
                (UNIQUE_SLUG, UNIQUE_SLUG + '        schema="blog",\n'),
                (
                    '"posts", "categories", ["category_id"], ["id"]',
                    '"posts", "categories", ["category_id"], ["id"], referent_schema="blog"',
                ),
                ('    op.drop_table("categories")\n', '    op.execute("DROP SCHEMA blog CASCADE")\n'),
            ),
        ),
    ),
    _category(
        "wrong_id_bigint",
        "categories.id is BIGINT.",
        ("column_categories_id",),
        "bigint",
        edits=(
            replace(CATEGORIES, (ID, 'sa.Column("id", sa.BigInteger(), nullable=False)')),
            replace(
                APP,
                (
                    '__tablename__ = "categories"\n\n    id = db.Column(db.Integer',
                    '__tablename__ = "categories"\n\n    id = db.Column(db.BigInteger',
                ),
            ),
        ),
        models_too=True,
    ),
    _category(
        "wrong_name_nullable",
        "categories.name may be NULL.",
        ("column_categories_name",),
        "nullable",
        edits=(by_operator("other_nullability_everywhere", "categories.name"),),
        models_too=True,
    ),
    _category(
        "wrong_slug_length",
        "categories.slug holds 100 characters.",
        ("column_categories_slug",),
        "character varying(100)",
        edits=(
            replace(CATEGORIES, (SLUG, SLUG.replace("50", "100"))),
            replace(APP, (MODEL_SLUG, MODEL_NAME + MODEL_SLUG.removeprefix(MODEL_NAME).replace("50", "100"))),
        ),
        models_too=True,
    ),
    _category(
        "wrong_description_varchar",
        "categories.description is VARCHAR and not TEXT.",
        ("column_categories_description",),
        "character varying(255)",
        edits=(by_operator("other_type_everywhere", "categories.description"),),
        models_too=True,
    ),
    _category(
        "wrong_created_at_with_time_zone",
        "categories.created_at has a time zone.",
        ("column_categories_created_at",),
        "with time zone",
        edits=(by_operator("other_type_everywhere", "categories.created_at"),),
        models_too=True,
    ),
    _category(
        "wrong_category_id_not_null",
        "posts.category_id is NOT NULL, which no table with posts can take.",
        ("column_posts_category_id",),
        "not null",
        edits=(
            replace(CATEGORIES, (CATEGORY_ID, CATEGORY_ID.replace("True", "False"))),
            replace(
                APP, ('db.ForeignKey("categories.id"))', 'db.ForeignKey("categories.id"), nullable=False)')
            ),
        ),
        models_too=True,
        survival=("up_c15a8e3f9b60",),
    ),
)

KEYS: tuple[Case, ...] = (
    _category(
        "wrong_no_primary_key",
        "categories.id is unique, but no primary key.",
        ("primary_key_categories",),
        "no primary key",
        edits=(
            replace(
                CATEGORIES,
                ('sa.PrimaryKeyConstraint("id", name=op.f("pk_categories"))', 'sa.UniqueConstraint("id")'),
            ),
        ),
    ),
    _category(
        "wrong_name_not_unique",
        "Nothing keeps categories.name unique.",
        ("unique_categories_name",),
        "nothing keeps categories.name unique",
        edits=(by_operator("unique_forgotten", "categories(name)"),),
        models_too=True,
    ),
    _category(
        "wrong_partial_unique_index",
        "A unique index on slug that leaves some rows out.",
        ("unique_categories_slug",),
        "a unique index with a condition",
        edits=(
            replace(
                CATEGORIES,
                (UNIQUE_SLUG, ""),
                (
                    '    op.add_column("posts"',
                    (
                        '    op.create_index(\n        "ix_slug", "categories", ["slug"], '
                        'unique=True, postgresql_where=sa.text("description IS NULL")\n'
                        '    )\n    op.add_column("posts"'
                    ),
                ),
            ),
        ),
    ),
    _category(
        "wrong_no_foreign_key",
        "posts.category_id points at nothing.",
        ("foreign_key_posts_category_id",),
        "has no foreign key",
        edits=(by_operator("upgrade_partial", "c15a8e3f9b60"),),
    ),
    _category(
        "wrong_foreign_key_not_valid",
        "The foreign key is NOT VALID: rows that were there before it may break it.",
        ("foreign_key_posts_category_id",),
        "NOT VALID",
        edits=(
            replace(
                CATEGORIES, ('["category_id"], ["id"]', '["category_id"], ["id"], postgresql_not_valid=True')
            ),
        ),
    ),
    _category(
        "wrong_foreign_key_target",
        "posts.category_id points at organizations.",
        ("foreign_key_posts_category_id",),
        "to organizations",
        edits=(
            replace(
                CATEGORIES,
                ('"posts", "categories", ["category_id"]', '"posts", "organizations", ["category_id"]'),
            ),
        ),
    ),
)

WRONG_CATEGORIES: tuple[Case, ...] = (*TABLE, *KEYS)
