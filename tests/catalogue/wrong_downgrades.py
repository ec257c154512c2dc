"""Wrong answers on the way back: downgrade, reapply, reversible_chain."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    EXTRA_ID,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    append,
    by_operator,
    extra,
    replace,
    revision,
    write,
)
from tests.catalogue.right import NO_OPTIONAL_STEP, NOT_ATTEMPTED

HEAD = "672b0dfe84a9"
EXTRA_CHAIN = (f"revision_{EXTRA_ID}",)
MOOD = replace(
    APP,
    (
        "    content = db.Column(db.Text)\n",
        '    content = db.Column(db.Text)\n    mood = db.Column(db.Enum("calm", "wild", name="mood"))\n',
    ),
)
NUMBER = replace(
    APP,
    (
        "    content = db.Column(db.Text)\n",
        "    content = db.Column(db.Text)\n    number = db.Column(db.Integer)\n",
    ),
)
ADD_NUMBER = 'op.add_column("posts", sa.Column("number", sa.Integer()))'
DROP_NUMBER = 'op.drop_column("posts", "number")'


def _left_behind(name: str, why: str, hint: str, edits: tuple[Edit, ...]) -> Case:
    """The head's downgrade leaves something behind that does not hinder the next upgrade."""
    return Case(
        name,
        why,
        edits,
        score=90.0,
        failed={"downgrade": ("schema",), "reversible_chain": (*EXTRA_CHAIN, "base")},
        hints={"downgrade": (hint,)},
        diagnoses=("left_behind",),
    )


DOWNGRADES: tuple[Case, ...] = (
    Case(
        "wrong_empty_downgrade",
        "The head's downgrade() is still `pass`.",
        (by_operator("downgrade_empty", "672b0dfe84a9"),),
        score=85.0,
        bonus=2.5,
        failed={
            "downgrade": ("undone", "schema"),
            "username_length": ("restored",),
            "reversible_chain": (f"revision_{HEAD}",),
        },
        hints={"downgrade": ("does nothing", HEAD)},
        diagnoses=("empty_downgrade",),
    ),
    Case(
        "wrong_downgrade_raises",
        "The head's downgrade() only raises NotImplementedError.",
        (by_operator("downgrade_raises"),),
        score=85.0,
        bonus=2.5,
        failed={
            "downgrade": ("undone", "schema"),
            "username_length": ("restored",),
            "reversible_chain": (f"revision_{HEAD}",),
            "data_survival": (f"down_{HEAD}",),
        },
        skipped={"reapply": "downgrade"},
        hints={"downgrade": ("NotImplementedError", HEAD)},
        diagnoses=("not_implemented",),
    ),
    Case(
        "wrong_no_downgrade",
        "The head has no downgrade().",
        (by_operator("no_downgrade_function"),),
        score=85.0,
        bonus=2.5,
        failed={
            "downgrade": ("undone", "schema"),
            "username_length": ("restored",),
            "reversible_chain": (f"revision_{HEAD}",),
            "data_survival": (f"down_{HEAD}",),
        },
        skipped={"reapply": "downgrade"},
        hints={"downgrade": ("downgrade()",)},
        diagnoses=("revision_part_missing",),
    ),
    Case(
        "wrong_unnamed_constraint",
        "create_foreign_key(None, ...) and drop_constraint(None, ...), without a naming convention.",
        (
            *NO_OPTIONAL_STEP,
            replace(
                APP,
                (
                    "db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))",
                    "db = SQLAlchemy(app)",
                ),
            ),
            replace(CATEGORIES, ('op.f("fk_posts_category_id_categories")', "None")),
        ),
        score=85.0,
        bonus=0.0,
        failed={
            "downgrade": ("undone", "schema"),
            **NOT_ATTEMPTED,
            "reversible_chain": ("revision_c15a8e3f9b60",),
            "data_survival": ("down_c15a8e3f9b60",),
        },
        skipped={"reapply": "downgrade"},
        hints={"downgrade": ("without a name", "naming_convention")},
        diagnoses=("unnamed_constraint",),
    ),
    Case(
        "wrong_downgrade_by_number",
        "A downgrade() that does nothing when it is asked for as -1.",
        (
            replace(
                APP,
                (
                    'db.ForeignKey("organizations.id"), nullable=False)\n    created_at',
                    'db.ForeignKey("organizations.id"), nullable=False, index=True)\n    created_at',
                ),
            ),
            extra(
                (
                    'op.execute("CREATE INDEX IF NOT EXISTS ix_users_organization_id ON users '
                    '(organization_id)")'
                ),
                'import sys\nif "-1" not in sys.argv:\n    op.drop_index("ix_users_organization_id")',
            ),
        ),
        score=85.0,
        failed={"downgrade": ("undone", "schema")},
        hints={"downgrade": (EXTRA_ID,)},
    ),
    Case(
        "wrong_reapply",
        "An index that is made only when the whole chain runs at once.",
        (
            replace(
                APP,
                (
                    'db.ForeignKey("organizations.id"), nullable=False)\n    created_at',
                    'db.ForeignKey("organizations.id"), nullable=False, index=True)\n    created_at',
                ),
            ),
            replace(
                USERNAME,
                ("    # A longer", '    op.get_context().opts["whole_chain"] = True\n    # A longer'),
            ),
            extra(
                'op.create_table("tags", sa.Column("id", sa.Integer(), nullable=False), '
                'sa.PrimaryKeyConstraint("id", name="pk_tags"))\n'
                'if op.get_context().opts.get("whole_chain"):\n'
                '    op.create_index("ix_users_organization_id", "users", ["organization_id"])',
                'op.drop_table("tags")\nop.drop_index("ix_users_organization_id", if_exists=True)',
            ),
            append(
                APP,
                (
                    '\n\nclass Tag(db.Model):\n    __tablename__ = "tags"\n'
                    "    id = db.Column(db.Integer, primary_key=True)\n"
                ),
            ),
        ),
        failed={"reapply": ("schema",)},
        hints={"reapply": (EXTRA_ID, "second time")},
    ),
)

LEFT_BEHIND: tuple[Case, ...] = (
    Case(
        "wrong_enum_left_behind",
        "The downgrade drops the column and leaves its enum type, so that the next upgrade fails.",
        (
            MOOD,
            extra(
                'mood = sa.Enum("calm", "wild", name="mood")\nmood.create(op.get_bind(), checkfirst=False)\n'
                'op.add_column("posts", sa.Column("mood", mood))',
                'op.drop_column("posts", "mood")',
            ),
        ),
        score=90.0,
        failed={
            "downgrade": ("schema",),
            "reapply": ("command", "schema"),
            "reversible_chain": (*EXTRA_CHAIN, "base"),
        },
        hints={"downgrade": ("type mood",), "reapply": ("mood", "left it behind")},
        diagnoses=("left_behind", "type_exists"),
    ),
    _left_behind(
        "wrong_sequence_left_behind",
        "The downgrade leaves a sequence.",
        "sequence invoice_numbers",
        (
            NUMBER,
            append(APP, '\ndb.Sequence("invoice_numbers", metadata=db.metadata)\n'),
            extra(f'{ADD_NUMBER}\nop.execute("CREATE SEQUENCE IF NOT EXISTS invoice_numbers")', DROP_NUMBER),
        ),
    ),
    _left_behind(
        "wrong_function_left_behind",
        "The downgrade leaves a function.",
        "function twice",
        (
            NUMBER,
            extra(
                f"{ADD_NUMBER}\nop.execute(\n"
                '    "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer LANGUAGE '
                "sql AS 'SELECT 2 * n'\"\n)",
                DROP_NUMBER,
            ),
        ),
    ),
    Case(
        "wrong_hidden_downgrade",
        "A downgrade() that does nothing, hidden by the one below, which drops the whole table.",
        (
            write(
                PROFILE,
                revision(
                    "9e42d70b51fc",
                    "3b8f1c6a27d4",
                    "profile",
                    (
                        'op.add_column("users", sa.Column("bio", sa.Text()))\n'
                        'op.add_column("users", sa.Column("avatar_url", sa.String(255)))'
                    ),
                    "pass",
                ),
            ),
        ),
        failed={"reversible_chain": ("revision_9e42d70b51fc",)},
        hints={"reversible_chain": ("9e42d70b51fc",)},
        diagnoses=("empty_downgrade",),
    ),
    Case(
        "wrong_left_at_base",
        "The first revision's downgrade leaves a function behind: at base there is something left.",
        (
            replace(
                INITIAL,
                (
                    "def upgrade() -> None:\n",
                    (
                        "def upgrade() -> None:\n    op.execute(\n"
                        '        "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer '
                        'LANGUAGE sql AS $$SELECT 2 * n$$"\n'
                        "    )\n"
                    ),
                ),
            ),
        ),
        failed={"reversible_chain": ("revision_3b8f1c6a27d4", "base")},
        hints={"reversible_chain": ("function twice", "3b8f1c6a27d4")},
        diagnoses=("left_behind",),
    ),
    Case(
        "wrong_enum_value_at_once",
        "An enum value is added and used in one revision: all at once it works, one by one it does not.",
        (
            MOOD,
            replace(
                APP,
                (
                    'db.Enum("calm", "wild", name="mood")',
                    'db.Enum("calm", "wild", name="mood"), server_default="wild"',
                ),
            ),
            write(
                "alembic/versions/2e8b6f0d9c17_mood.py",
                revision(
                    "2e8b6f0d9c17",
                    HEAD,
                    "mood of a post",
                    (
                        "op.execute(\"CREATE TYPE mood AS ENUM ('calm')\")\n"
                        "op.execute('ALTER TABLE posts ADD COLUMN mood mood')"
                    ),
                    "op.execute('ALTER TABLE posts DROP COLUMN mood')\nop.execute('DROP TYPE mood')",
                ),
            ),
            write(
                "alembic/versions/3f9c7a1e0d28_wild.py",
                revision(
                    "3f9c7a1e0d28",
                    "2e8b6f0d9c17",
                    "posts are wild",
                    "op.execute(\"ALTER TYPE mood ADD VALUE 'wild'\")\n"
                    "op.execute(\"ALTER TABLE posts ALTER COLUMN mood SET DEFAULT 'wild'\")",
                    "op.execute('ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT')\n"
                    "op.execute('ALTER TYPE mood RENAME TO old_mood')\n"
                    "op.execute(\"CREATE TYPE mood AS ENUM ('calm')\")\n"
                    "op.execute('ALTER TABLE posts ALTER COLUMN mood TYPE mood USING mood::text::mood')\n"
                    "op.execute('DROP TYPE old_mood')",
                ),
            ),
        ),
        failed={
            "reapply": ("command", "schema"),
            "reversible_chain": ("revision_3f9c7a1e0d28",),
            "data_survival": ("up_3f9c7a1e0d28",),
        },
        hints={"reapply": ("wild",), "reversible_chain": ("autocommit_block",)},
        diagnoses=("enum_value_unsafe",),
    ),
)

WRONG_DOWNGRADES: tuple[Case, ...] = (*DOWNGRADES, *LEFT_BEHIND)
