"""How hints about rows in the tables are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, EXTRA, replace
from tests.catalogue.follow.way import Ways, above, way
from tests.catalogue.follow.ways_back import INCOMPLETE, instead

ADD_PHONE = 'op.add_column("users", sa.Column("phone", sa.String(20), nullable=False))'
SHRINK = 'op.alter_column("users", "phone", type_=sa.String(3))'
UNIQUE = 'op.create_unique_constraint("uq_users_phone", "users", ["phone"])'
CHECK = "op.create_check_constraint("
COMMENT = "# Two users may not have one phone."

WAYS: Ways = {
    "null_values": (
        way(
            "wrong_not_null_on_rows",
            replace(
                EXTRA,
                ("sa.String(20), nullable=False", 'sa.String(20), server_default="none", nullable=False'),
            ),
            replace(
                APP,
                ("db.String(20), nullable=False)", 'db.String(20), server_default="none", nullable=False)'),
            ),
            says='Give it a server_default (`server_default="…"`)',
            elsewhere=(APP,),
        ),
        way(
            "wrong_not_null_on_rows",
            replace(
                EXTRA,
                (
                    ADD_PHONE,
                    (
                        'op.add_column("users", sa.Column("phone", sa.String(20), nullable=True))\n'
                        "    # Those who are there already have given no phone.\n"
                        "    op.execute(\"UPDATE users SET phone = 'none'\")\n"
                        '    op.alter_column("users", "phone", nullable=False)'
                    ),
                ),
            ),
            says=(
                "nullable=True",
                '`op.execute("UPDATE users SET phone = …")`',
                '`op.alter_column("users", "phone", nullable=False)`',
            ),
        ),
    ),
    "null_written": (
        instead(
            "null_written",
            "op.execute(\"INSERT INTO organizations (name, slug) VALUES ('a', 'a')\")",
            says="Name slug in the INSERT",
        ),
    ),
    "value_too_long": (
        way(
            "wrong_shrunk_below_data",
            above(
                EXTRA,
                SHRINK,
                "# Longer phones do not fit any more.",
                'op.execute("UPDATE users SET phone = left(phone, 3)")',
            ),
            says='`op.execute("UPDATE users SET phone = left(phone, 3)")` in the line before',
            then="rows_lost",
        ),
        way(
            "wrong_shrunk_below_data",
            replace(
                EXTRA, (SHRINK, "pass"), ('op.alter_column("users", "phone", type_=sa.String(40))', "pass")
            ),
            replace(APP, ("phone = db.Column(db.String(3))", "phone = db.Column(db.String(40))")),
            says="or keep the longer type",
            elsewhere=(APP,),
        ),
    ),
    "duplicate_values": (
        way(
            "wrong_unique_over_duplicates",
            above(EXTRA, UNIQUE, COMMENT, 'op.execute("UPDATE users SET phone = id")'),
            says="Make them different (or NULL) with an UPDATE in upgrade() before the constraint is created",
        ),
        way(
            "wrong_unique_over_duplicates",
            above(EXTRA, UNIQUE, COMMENT, 'op.execute("UPDATE users SET phone = NULL")'),
            says="(or NULL)",
        ),
    ),
    "duplicate_key": (
        instead(
            "duplicate_key",
            "op.execute(\"INSERT INTO organizations (name, slug) VALUES ('a', 'a'), ('a', 'b') "
            'ON CONFLICT DO NOTHING")',
            says="`INSERT … ON CONFLICT DO NOTHING`",
        ),
        instead(
            "duplicate_key",
            "op.execute(\"INSERT INTO organizations (name, slug) VALUES ('a', 'a'), ('b', 'b')\")",
            says="give the rows different values",
        ),
    ),
    "foreign_key_violated": (
        way(
            "wrong_foreign_key_over_rows",
            replace(EXTRA, ('category_id = 987654")', 'category_id = NULL")')),
            says="set the column to NULL in an UPDATE",
            then="rows_lost",
        ),
        way(
            "wrong_foreign_key_over_rows",
            above(
                EXTRA,
                'op.execute("UPDATE posts',
                # The row stays when the revision is undone, and is there when it is applied again.
                "op.execute(\"INSERT INTO categories (id, name, slug) VALUES (987654, 'New', 'new') "
                'ON CONFLICT DO NOTHING")',
            ),
            says="add the missing rows to categories",
            then="rows_lost",
        ),
    ),
    "row_still_referenced": (
        way(
            "wrong_delete_of_parents",
            above(
                EXTRA,
                'op.execute("DELETE FROM organizations")',
                'op.execute("DELETE FROM posts")',
                'op.execute("DELETE FROM users")',
            ),
            says="Deal with the rows of users first",
            then="rows_lost",
        ),
        way(
            "wrong_delete_of_parents",
            replace(EXTRA, ('op.execute("DELETE FROM organizations")', "pass")),
            says="a migration of the schema should not delete rows at all",
        ),
    ),
    "check_violated": (
        way(
            "wrong_check_over_rows",
            above(
                EXTRA, CHECK, "# No title may break the rule.", "op.execute(\"UPDATE posts SET title = ''\")"
            ),
            says="Correct the rows with an UPDATE before the constraint is created",
            then="rows_lost",
        ),
    ),
    "value_of_wrong_type": (
        way(
            "wrong_cast_over_rows",
            replace(EXTRA, ("view_count = title::integer", "view_count = view_count")),
            says="Write a value (or a server_default) of type integer",
        ),
    ),
    "value_out_of_range": (
        instead(
            "value_out_of_range", 'op.execute("UPDATE posts SET view_count = 999")', says="a smaller value"
        ),
        instead(
            "value_out_of_range",
            'op.alter_column("posts", "view_count", type_=sa.BigInteger())\n'
            'op.execute("UPDATE posts SET view_count = 99999999999")',
            says="Use a larger type",
            then=INCOMPLETE,
        ),
    ),
}
