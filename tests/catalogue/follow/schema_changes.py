"""How hints about changes of the schema are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, CATEGORIES, ENV, PROFILE, Edit, delete, replace, revision, write
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.follow.ways_back import INCOMPLETE, instead

WILD = "alembic/versions/3f9c7a1e0d28_wild.py"
ADD_WILD = "op.execute(\"ALTER TYPE mood ADD VALUE 'wild'\")"
SET_WILD = "op.execute(\"ALTER TABLE posts ALTER COLUMN mood SET DEFAULT 'wild'\")"
LATER = "alembic/versions/4a0d8b2f1e39_wild_by_default.py"
KEY = '"fk_posts_category"'

ALONE = "with context.begin_transaction(): context.run_migrations()"


def _without(statement: str) -> Edit:
    """Take a line out of the second revision."""
    return replace(PROFILE, (f"    {statement}\n", ""))


WAYS: Ways = {
    "transaction_in_revision": (
        way(
            "wrong_begin_in_revision",
            _without("op.get_bind().begin()"),
            says="Take begin(), commit() and rollback() out",
        ),
        way("wrong_commit_in_revision", _without("op.get_bind().commit()"), says="Take that commit out"),
        way(
            "wrong_autocommit_block",
            replace(
                ENV,
                ("with engine.begin() as connection:", "with engine.connect() as connection:"),
                (
                    "        context.run_migrations()\n\n\nif",
                    "        with context.begin_transaction():\n            context.run_migrations()\n\n\nif",
                ),
            ),
            says=("In alembic/env.py connect with `engine.connect()`", f"`{ALONE}`"),
        ),
    ),
    "batch_recreates_table": (
        way(
            "wrong_batch_recreates_table",
            replace(PROFILE, (', recreate="always"', "")),
            says='Take `recreate="always"`',
        ),
    ),
    "dependents_exist": (
        instead(
            "dependents_exist",
            'op.drop_table("posts")\nop.drop_table("users")\nop.drop_table("organizations")',
            says="the table that refers to it, then the thing itself",
            then=INCOMPLETE,
        ),
        instead(
            "dependents_exist",
            'op.drop_constraint("fk_users_organization_id_organizations", "users")\n'
            'op.drop_constraint("fk_posts_organization_id_organizations", "posts")\n'
            'op.drop_table("organizations")',
            says="first the foreign key",
            then=INCOMPLETE,
        ),
    ),
    "column_used_by_view": (
        instead(
            "column_used_by_view",
            'op.execute("CREATE VIEW titles AS SELECT title FROM posts")\n'
            'op.execute("DROP VIEW titles")\n'
            'op.alter_column("posts", "title", type_=sa.Text())\n'
            'op.execute("CREATE VIEW titles AS SELECT title FROM posts")',
            says="Drop the view first with op.execute(), change the column, then create the view again",
            then="left_behind",
        ),
    ),
    "cast_needed": (
        instead(
            "cast_needed",
            'op.alter_column("posts", "title", type_=sa.Integer(), postgresql_using="title::integer")',
            says='postgresql_using="title::integer"',
            then=INCOMPLETE,
        ),
    ),
    "default_does_not_fit": (
        instead(
            "default_does_not_fit",
            'op.alter_column("posts", "status", server_default="draft")\n'
            'op.alter_column("posts", "status", server_default=None)\n'
            'op.alter_column("posts", "status", type_=sa.Integer(), postgresql_using="length(status)")\n'
            'op.alter_column("posts", "status", server_default=sa.text("5"))',
            says="drop the default first (`server_default=None`), change the type, then set it again",
            then=INCOMPLETE,
        ),
    ),
    "foreign_key_types_differ": (
        instead(
            "foreign_key_types_differ",
            'op.alter_column("users", "email", type_=sa.Integer(), postgresql_using="length(email)")\n'
            'op.create_foreign_key("fk", "users", "organizations", ["email"], ["id"])',
            says=("Give the referring column the type of the one it refers to", "sa.Integer()"),
            then=INCOMPLETE,
        ),
    ),
    "foreign_key_target_not_unique": (
        instead(
            "foreign_key_target_not_unique",
            'op.create_foreign_key("fk", "users", "organizations", ["full_name"], ["id"])',
            says="Refer to organizations.id",
            then="foreign_key_types_differ",
        ),
        instead(
            "foreign_key_target_not_unique",
            'op.create_unique_constraint("uq", "organizations", ["plan"])\n'
            'op.create_foreign_key("fk", "users", "organizations", ["full_name"], ["plan"])',
            says="make the column unique first",
            then=INCOMPLETE,
        ),
    ),
    "enum_value_unsafe": (
        way(
            "wrong_enum_value_at_once",
            replace(
                WILD,
                (f"    {ADD_WILD}\n", f"    with op.get_context().autocommit_block():\n        {ADD_WILD}\n"),
            ),
            says="`with op.get_context().autocommit_block(): op.execute(",
        ),
        way(
            "wrong_enum_value_at_once",
            replace(
                WILD,
                (f"    {SET_WILD}\n", ""),
                ("    op.execute('ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT')\n", ""),
            ),
            write(
                LATER,
                revision(
                    "4a0d8b2f1e39",
                    "3f9c7a1e0d28",
                    "posts are wild by default",
                    SET_WILD,
                    "op.execute('ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT')",
                ),
            ),
            replace(
                ENV,
                (
                    "connection=connection, target_metadata=target_metadata",
                    (
                        "connection=connection, target_metadata=target_metadata, "
                        "transaction_per_migration=True"
                    ),
                ),
            ),
            says="or use it in a later revision and set transaction_per_migration=True in env.py",
            elsewhere=(LATER,),
        ),
    ),
    "not_in_transaction": (
        instead(
            "not_in_transaction",
            "with op.get_context().autocommit_block():\n"
            '    op.execute("CREATE INDEX CONCURRENTLY ix ON users (full_name)")',
            says="Put it into `with op.get_context().autocommit_block():`",
            then=INCOMPLETE,
        ),
        instead(
            "not_in_transaction",
            'op.execute("CREATE INDEX ix ON users (full_name)")',
            says="a plain CREATE INDEX is fine here",
            then=INCOMPLETE,
        ),
    ),
    "unnamed_constraint": (
        way(
            "wrong_unnamed_constraint",
            replace(
                CATEGORIES,
                ('None, "posts", "categories"', f'{KEY}, "posts", "categories"'),
                ('op.drop_constraint(None, "posts"', f'op.drop_constraint({KEY}, "posts"'),
            ),
            says=("in place of None, in upgrade() and the same one in downgrade()", 'type_="foreignkey")`'),
        ),
        way(
            "wrong_unnamed_constraint",
            replace(
                APP,
                (
                    "db = SQLAlchemy(app)",
                    "db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))",
                ),
            ),
            delete(CATEGORIES),
            "alembic upgrade head",
            'alembic revision --autogenerate -m "categories"',
            says="Or give the metadata a naming_convention before the revision is made",
            elsewhere=(APP,),
        ),
    ),
    "enum_without_name": (
        instead(
            "enum_without_name",
            'op.add_column("posts", sa.Column("mood", sa.Enum("calm", "wild", name="post_mood")))',
            says='`sa.Enum("draft", "published", name="post_status")`',
            then="object_missing",
        ),
    ),
    "column_without_type": (
        instead(
            "column_without_type",
            'op.add_column("posts", sa.Column("mood", sa.Text(), nullable=True))',
            says='`op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))`',
            then=INCOMPLETE,
        ),
    ),
    "type_of_other_database": (
        instead(
            "type_of_other_database",
            'op.add_column("posts", sa.Column("mood", sa.Integer()))',
            says="sa.Integer",
            then=INCOMPLETE,
        ),
    ),
    "wrong_kind_of_object": (
        instead(
            "wrong_kind_of_object",
            'op.execute("DROP TABLE users")',
            says='`op.execute("DROP TABLE users")`',
            then="dependents_exist",
        ),
    ),
}
