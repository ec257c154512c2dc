"""Right answers whose schema grew in another way than the reference's."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    EXTRA,
    EXTRA_ID,
    INITIAL,
    PROFILE,
    Case,
    Edit,
    append,
    delete,
    extra,
    replace,
    revision,
    write,
)

START = "alembic/versions/00e41b7c9a35_start.py"
EMPTY_START: tuple[Edit, ...] = (
    write(
        START,
        revision("00e41b7c9a35", "", "start", "pass", "pass").replace(
            'down_revision = ""', "down_revision = None"
        ),
    ),
    replace(INITIAL, ("down_revision: str | None = None", 'down_revision: str | None = "00e41b7c9a35"')),
)
"""A first revision that does nothing, below that which makes the tables."""
TABLES_OF_THEN = """
import sqlalchemy as sa

metadata = sa.MetaData()
categories = sa.Table(
    "categories",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False, unique=True),
    sa.Column("slug", sa.String(50), nullable=False, unique=True),
    sa.Column("description", sa.Text),
    sa.Column("created_at", sa.DateTime),
)
"""
THEN = "from tables_of_then import metadata\n"
ADD_CATEGORY_ID = (
    'op.add_column("posts", sa.Column("category_id", sa.Integer(), nullable=True))\n'
    'op.create_foreign_key("fk_posts_category", "posts", "categories", ["category_id"], ["id"])'
)
DROP_CATEGORY_ID = (
    'op.drop_constraint("fk_posts_category", "posts", type_="foreignkey")\n'
    'op.drop_column("posts", "category_id")'
)
TAG = """

class Tag(db.Model):
    __tablename__ = "tags"
    label = db.Column(db.String(20), primary_key=True)
"""
TAGS = "alembic/versions/1f60d83b2c47_tags.py"
TAGS_ID = "1f60d83b2c47"
MAKE_TAGS: tuple[Edit, ...] = (
    append(APP, f"{TAG}    color = db.Column(db.String(20))\n"),
    write(
        TAGS,
        revision(
            TAGS_ID,
            "672b0dfe84a9",
            "tags",
            'op.execute("CREATE TABLE tags (label VARCHAR(20) CONSTRAINT pk_tags PRIMARY KEY)")',
            'op.drop_table("tags")',
        ),
    ),
)
"""A table without a sequence, which can be made again under the names that it had."""


def tags_made_again(upgrade: str, downgrade: str) -> tuple[Edit, ...]:
    """A head that changes the table of `MAKE_TAGS`."""
    text = revision(EXTRA_ID, TAGS_ID, "tags have colours", upgrade, downgrade)
    return (*MAKE_TAGS, write(EXTRA, text))


COPIED_UP = (
    'op.execute("CREATE TABLE tags_new (label VARCHAR(20) NOT NULL, color VARCHAR(20))")\n'
    'op.execute("INSERT INTO tags_new (label) SELECT label FROM tags")\n'
    'op.drop_table("tags")\nop.rename_table("tags_new", "tags")\n'
    'op.create_primary_key("pk_tags", "tags", ["label"])'
)
RIGHT_GROWTH: tuple[Case, ...] = (
    Case(
        "right_empty_first_revision", "The first revision is empty, the second makes the tables.", EMPTY_START
    ),
    Case(
        "right_tables_of_the_revision_itself",
        "A revision defines the table that it makes, as it is then, and calls create_all() for that.",
        (
            write(
                CATEGORIES,
                revision(
                    "c15a8e3f9b60",
                    "9e42d70b51fc",
                    "categories",
                    f"{TABLES_OF_THEN.strip()}\nmetadata.create_all(op.get_bind())\n{ADD_CATEGORY_ID}",
                    f'{DROP_CATEGORY_ID}\nop.drop_table("categories")',
                ).replace("    import sqlalchemy as sa\n", ""),
            ),
        ),
    ),
    Case(
        "right_tables_of_then",
        "The table as it was then is in a module that only the revision imports.",
        (
            write("tables_of_then.py", TABLES_OF_THEN),
            write(
                CATEGORIES,
                revision(
                    "c15a8e3f9b60",
                    "9e42d70b51fc",
                    "categories",
                    THEN + "metadata.create_all(op.get_bind())\n" + ADD_CATEGORY_ID,
                    f"{THEN}{DROP_CATEGORY_ID}\nmetadata.drop_all(op.get_bind())",
                ),
            ),
        ),
    ),
    Case(
        "right_renamed_table",
        "The users are members first; the table gets its name after the columns.",
        (
            replace(INITIAL, ('        "users",\n', '        "members",\n'), ("users.id", "members.id")),
            replace(INITIAL, ('drop_table("users")', 'drop_table("members")')),
            replace(PROFILE, ('_column("users", ', '_column("members", ')),
            write(
                "alembic/versions/2a71c94d0e58_rename.py",
                revision(
                    "2a71c94d0e58",
                    "9e42d70b51fc",
                    "members are users",
                    'op.rename_table("members", "users")',
                    'op.rename_table("users", "members")',
                ),
            ),
            replace(
                CATEGORIES, ('down_revision: str | None = "9e42d70b51fc"', 'down_revision = "2a71c94d0e58"')
            ),
        ),
    ),
    Case(
        "right_profile_and_categories_in_one",
        "Columns and categories by one revision: a base, this one and the optional step.",
        (
            delete(PROFILE),
            replace(
                CATEGORIES,
                ('"9e42d70b51fc"', '"3b8f1c6a27d4"'),
                (
                    '    op.add_column("posts"',
                    (
                        '    op.add_column("users", sa.Column("bio", sa.Text()))\n'
                        '    op.add_column("users", sa.Column("avatar_url", sa.String(255)))\n'
                        '    op.add_column("posts"'
                    ),
                ),
                (
                    '    op.drop_table("categories")\n',
                    (
                        '    op.drop_table("categories")\n'
                        '    op.drop_column("users", "avatar_url")\n    op.drop_column("users", "bio")\n'
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_column_altered_later",
        "The column is added with another type, and a later revision alters it.",
        (
            replace(PROFILE, ('"bio", sa.Text()', '"bio", sa.String(500)')),
            extra(
                'op.alter_column("users", "bio", type_=sa.Text(), existing_type=sa.String(500))',
                'op.alter_column("users", "bio", type_=sa.String(500), existing_type=sa.Text())',
            ),
        ),
    ),
    Case(
        "right_comments_on_top",
        "Comments, privileges and a storage setting by a revision besides the three.",
        (
            extra(
                "op.execute(\"COMMENT ON COLUMN users.bio IS 'in their own words'\")\n"
                'op.execute("GRANT SELECT ON users TO PUBLIC")\n'
                'op.execute("ALTER TABLE posts SET (fillfactor = 90)")',
                'op.execute("ALTER TABLE posts RESET (fillfactor)")\n'
                'op.execute("REVOKE SELECT ON users FROM PUBLIC")\n'
                'op.execute("COMMENT ON COLUMN users.bio IS NULL")',
            ),
        ),
    ),
    Case(
        "right_copied_both_ways",
        "The head makes a table again and copies its rows, up and down.",
        tags_made_again(
            COPIED_UP,
            'op.execute("ALTER TABLE tags RENAME TO tags_old")\n'
            'op.execute("ALTER TABLE tags_old DROP CONSTRAINT pk_tags")\n'
            'op.execute("CREATE TABLE tags (label VARCHAR(20) CONSTRAINT pk_tags PRIMARY KEY)")\n'
            'op.execute("INSERT INTO tags SELECT label FROM tags_old")\nop.drop_table("tags_old")',
        ),
    ),
    Case(
        "right_created_from_rows",
        "The way back makes a table from the rows of the one that it drops.",
        tags_made_again(
            'op.add_column("tags", sa.Column("color", sa.String(20)))',
            'op.execute("CREATE TABLE tags_new AS SELECT label FROM tags")\nop.drop_table("tags")\n'
            'op.rename_table("tags_new", "tags")\nop.create_primary_key("pk_tags", "tags", ["label"])',
        ),
    ),
)
