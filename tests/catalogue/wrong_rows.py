"""Wrong answers over tables with rows: each fails `data_survival` and nothing else."""

from __future__ import annotations

from tests.catalogue.case import APP, CATEGORIES, EXTRA_ID, INITIAL, Case, Edit, extra, replace


def _phone(type_: str) -> Edit:
    """A model with users.phone."""
    return replace(APP, ("    bio = db.Column", f"    phone = db.Column({type_})\n    bio = db.Column"))


def _rows(
    name: str,
    why: str,
    *hint: str,
    edits: tuple[Edit, ...],
    checks: tuple[str, ...] = (f"up_{EXTRA_ID}",),
    diagnosis: str | None = None,
) -> Case:
    """Only `data_survival` fails."""
    return Case(
        name,
        why,
        edits,
        failed={"data_survival": checks},
        hints={"data_survival": hint},
        diagnoses=(diagnosis,) if diagnosis else (),
    )


WRONG_ROWS: tuple[Case, ...] = (
    _rows(
        "wrong_column_recreated",
        "A column is dropped and added again instead of being altered: its values are gone.",
        "full_name",
        edits=(
            extra(
                (
                    'op.drop_column("users", "full_name")\n'
                    'op.add_column("users", sa.Column("full_name", sa.String(100)))'
                ),
                "pass",
            ),
        ),
        diagnosis="column_recreated",
    ),
    _rows(
        "wrong_table_recreated",
        "A table is dropped and created again: its rows are gone.",
        "posts",
        edits=(
            extra(
                "# Everything anew, to be sure.\n"
                'op.drop_table("posts")\n'
                "op.create_table(\n"
                '    "posts",\n'
                '    sa.Column("id", sa.Integer(), nullable=False),\n'
                '    sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", '
                'name="fk_posts_user_id_users"), nullable=False),\n'
                '    sa.Column("organization_id", sa.Integer(), nullable=False),\n'
                '    sa.Column("title", sa.String(200), nullable=False),\n'
                '    sa.Column("category_id", sa.Integer()),\n'
                '    sa.Column("content", sa.Text()),\n'
                '    sa.Column("status", sa.String(20)),\n'
                '    sa.Column("view_count", sa.Integer()),\n'
                '    sa.Column("created_at", sa.DateTime()),\n'
                '    sa.Column("updated_at", sa.DateTime()),\n'
                '    sa.PrimaryKeyConstraint("id", name="pk_posts"),\n'
                ")\n"
                'op.create_foreign_key("fk_posts_category_id_categories", "posts", '
                '"categories", ["category_id"], ["id"])\n'
                'op.create_foreign_key("fk_posts_organization_id_organizations", "posts", '
                '"organizations", ["organization_id"], ["id"])',
                "pass",
            ),
        ),
        diagnosis="table_recreated",
    ),
    _rows(
        "wrong_rows_deleted",
        "An upgrade deletes rows.",
        "title",
        edits=(extra("op.execute(\"UPDATE posts SET title = 'untitled'\")", "pass"),),
        diagnosis="rows_lost",
    ),
    _rows(
        "wrong_downgrade_deletes",
        "A downgrade deletes rows of a table that stays.",
        "posts",
        edits=(extra("pass", 'op.execute("DELETE FROM posts")'),),
        checks=(f"down_{EXTRA_ID}",),
    ),
    _rows(
        "wrong_not_null_on_rows",
        "A NOT NULL column without a default: it works on empty tables only.",
        "users.phone",
        "server_default",
        edits=(
            _phone("db.String(20), nullable=False"),
            extra(
                'op.add_column("users", sa.Column("phone", sa.String(20), nullable=False))',
                'op.drop_column("users", "phone")',
            ),
        ),
        diagnosis="null_values",
    ),
    _rows(
        "wrong_shrunk_below_data",
        "VARCHAR is shrunk below what the rows hold.",
        "users.phone",
        "longer values",
        edits=(
            _phone("db.String(3)"),
            replace(
                INITIAL,
                (
                    '        sa.Column("full_name"',
                    '        sa.Column("phone", sa.String(40)),\n        sa.Column("full_name"',
                ),
            ),
            extra(
                'op.alter_column("users", "phone", type_=sa.String(3))',
                'op.alter_column("users", "phone", type_=sa.String(40))',
            ),
        ),
        diagnosis="value_too_long",
    ),
    _rows(
        "wrong_sequence_behind",
        "A data migration with explicit ids leaves the sequence behind.",
        "explicit ids",
        "setval()",
        edits=(
            replace(
                CATEGORIES,
                (
                    '    op.add_column("posts"',
                    (
                        "    op.execute(\"INSERT INTO categories (id, name, slug) VALUES (1, 'News', "
                        "'news'), (2, 'Sports', 'sports')\")\n"
                        '    op.add_column("posts"'
                    ),
                ),
            ),
        ),
        checks=("up_c15a8e3f9b60", "up_672b0dfe84a9"),
    ),
    _rows(
        "wrong_unique_over_duplicates",
        "A new column with one default for all rows is made unique.",
        "some twice",
        edits=(
            _phone('db.String(20), unique=True, server_default="none"'),
            extra(
                'op.add_column("users", sa.Column("phone", sa.String(20), server_default="none"))\n'
                'op.create_unique_constraint("uq_users_phone", "users", ["phone"])',
                'op.drop_column("users", "phone")',
            ),
        ),
        diagnosis="duplicate_values",
    ),
    _rows(
        "wrong_foreign_key_over_rows",
        "Rows are pointed at a category that there is not.",
        "categories",
        edits=(extra('op.execute("UPDATE posts SET category_id = 987654")', "pass"),),
        diagnosis="foreign_key_violated",
    ),
    _rows(
        "wrong_delete_of_parents",
        "Rows are deleted that others refer to.",
        "organizations",
        edits=(extra('op.execute("DELETE FROM organizations")', "pass"),),
        diagnosis="row_still_referenced",
    ),
    _rows(
        "wrong_check_over_rows",
        "A CHECK that the rows do not meet.",
        "check constraint",
        edits=(
            replace(
                APP,
                (
                    "    title = db.Column(",
                    (
                        "    __table_args__ = (db.CheckConstraint(\"title = ''\", "
                        'name="no_title"),)\n    title = db.Column('
                    ),
                ),
            ),
            extra(
                'op.create_check_constraint("no_title", "posts", "title = \'\'")',
                'op.drop_constraint("no_title", "posts")',
            ),
        ),
        diagnosis="check_violated",
    ),
    _rows(
        "wrong_cast_over_rows",
        "Texts are read as numbers.",
        "integer",
        edits=(extra('op.execute("UPDATE posts SET view_count = title::integer")', "pass"),),
        diagnosis="value_of_wrong_type",
    ),
)
