"""Wrong answers that lose rows which the schema of head allows, in shapes that right answers have too."""

from __future__ import annotations

from tests.catalogue.case import EXTRA_ID, Case, Edit, extra
from tests.catalogue.right_rows import FILL_ROLES, MAKE_ROLES, ROLES, SECOND_ID, columns, lines, second, sql

ROLE = columns(
    ("role", "sa.String(20)", 'db.Enum("admin", "author", "editor", name="user_role"), default="author"')
)
NO_ROLE = 'op.alter_column("users", "role", type_=sa.String(20))\nop.execute("DROP TYPE user_role")'
MAKE_TYPE = "op.execute(\"CREATE TYPE user_role AS ENUM ('admin', 'author', 'editor')\")\n"


def _lost(name: str, why: str, *hint: str, edits: tuple[Edit, ...], check: str = f"up_{EXTRA_ID}") -> Case:
    """Only `data_survival` fails."""
    return Case(name, why, edits, failed={"data_survival": (check,)}, hints={"data_survival": hint})


WRONG_LOST_ROWS: tuple[Case, ...] = (
    _lost(
        "wrong_cast_to_null",
        "A cast that makes NULL of a value that the enum has.",
        "users.role",
        "The grader put these rows in",
        edits=(
            *ROLE,
            extra(
                MAKE_TYPE + 'op.execute("ALTER TABLE users ALTER role TYPE user_role USING CASE WHEN role IN '
                "('admin', 'author') THEN role::user_role END\")",
                NO_ROLE,
            ),
        ),
    ),
    _lost(
        "wrong_enum_merges_values",
        "Two of the values become one before the cast.",
        "users.role",
        edits=(
            *ROLE,
            extra(
                lines(
                    MAKE_TYPE,
                    sql("UPDATE users SET role = 'author' WHERE role = 'editor'"),
                    'op.alter_column("users", "role", type_=sa.Enum(name="user_role"), '
                    'postgresql_using="role::user_role")',
                ),
                NO_ROLE,
            ),
        ),
    ),
    _lost(
        "wrong_flag_recreated",
        "A column is dropped and added again with the default that the app writes most.",
        "users.is_active",
        f"alembic/versions/{EXTRA_ID}_one_more_change.py, line",
        edits=(
            extra(
                'op.drop_column("users", "is_active")\n'
                'op.add_column("users", sa.Column("is_active", sa.Boolean(), server_default="true"))\n'
                'op.alter_column("users", "is_active", server_default=None)'
            ),
        ),
    ),
    _lost(
        "wrong_texts_cut",
        "Texts are cut so that they fit into a new length.",
        "users.nick",
        edits=(
            *columns(("nick", "sa.Text()", "db.String(3)")),
            extra(
                sql("ALTER TABLE users ALTER nick TYPE VARCHAR(3) USING substring(nick, 1, 3)"),
                'op.alter_column("users", "nick", type_=sa.Text())',
            ),
        ),
    ),
    _lost(
        "wrong_lookup_rows_deleted",
        "Rows that an earlier revision put into a lookup table are deleted.",
        "roles",
        "A revision had put these rows in",
        edits=(
            ROLES,
            extra(MAKE_ROLES + FILL_ROLES, 'op.drop_table("roles")'),
            second("op.execute(\"DELETE FROM roles WHERE name = 'reader'\")"),
        ),
        check=f"up_{SECOND_ID}",
    ),
    _lost(
        "wrong_rows_without_value_deleted",
        "Rows without a value for a new NOT NULL column are deleted.",
        "posts",
        "The grader put these rows in",
        edits=(
            extra(
                'op.add_column("posts", sa.Column("summary", sa.Text()))\n'
                'op.execute("DELETE FROM posts WHERE summary IS NULL")\n'
                'op.drop_column("posts", "summary")',
            ),
        ),
    ),
)
