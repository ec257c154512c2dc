"""Wrong answers in which models, database and exercise differ: does the hint name the side and the line?"""

from __future__ import annotations

from tests.catalogue.case import APP, CATEGORIES, INITIAL, PROFILE, Case, Edit, extra, replace
from tests.catalogue.right_comparison import DEFAULTS_IN_OTHER_WORDS, OBJECTS_OF_A_REVISION, model, statements


def _own(name: str, why: str, *hint: str, edits: tuple[Edit, ...]) -> Case:
    """Only the student's own half of `models_match` fails."""
    return Case(
        name,
        why,
        edits,
        score=90.0,
        failed={"models_match": ("own_models",)},
        hints={"models_match": hint},
    )


_NO_CATEGORY_COLUMN = (
    replace(
        CATEGORIES,
        ('    op.add_column("posts", sa.Column("category_id", sa.Integer(), nullable=True))\n', ""),
        (
            (
                "    op.create_foreign_key(\n"
                '        op.f("fk_posts_category_id_categories"), "posts", "categories", ["category_id"], '
                '["id"]\n'
                "    )\n"
            ),
            "",
        ),
        (
            (
                '    op.drop_constraint(op.f("fk_posts_category_id_categories"), "posts", '
                'type_="foreignkey")\n    op.drop_column("posts", "category_id")\n'
            ),
            "",
        ),
    ),
)

WRONG_COMPARISON: tuple[Case, ...] = (
    _own(
        "wrong_default_in_models_only",
        "A server default that no revision writes, and that autogenerate does not look at.",
        "column posts.status: the server default is 'draft'::character varying in the models and none in the "
        "database",
        "`alembic check` does not look at server defaults",
        """op.alter_column("posts", "status", server_default=sa.text("'draft'::character varying"))""",
        "app.py, line 91",
        edits=(replace(APP, ('db.String(20), default="draft"', 'db.String(20), server_default="draft"')),),
    ),
    _own(
        "wrong_default_of_another_value",
        "The defaults of one column are written differently and are not the same.",
        "column setting.size: the server default is (60 * 60) in the models and 360 in the database",
        edits=(
            *DEFAULTS_IN_OTHER_WORDS,
            replace("alembic/versions/4d7e91c03ab2_one_more_change.py", ("DEFAULT 3600", "DEFAULT 360")),
        ),
    ),
    _own(
        "wrong_length_in_models_missing",
        "String without a length in the models: the database is right, and Alembic sees nothing.",
        "column users.avatar_url: the type is character varying in the models and character varying(255) in "
        "the database",
        "so correct the models (app.py, line 61); no revision is needed",
        edits=(
            replace(APP, ("avatar_url = db.Column(db.String(255))", "avatar_url = db.Column(db.String)")),
        ),
    ),
    Case(
        "wrong_length_in_revision_missing",
        "String without a length in the revision: the models are right, and Alembic sees nothing.",
        (replace(PROFILE, ("sa.String(length=255)", "sa.String()")),),
        score=76.67,
        failed={"user_columns": ("column_users_avatar_url",), "models_match": ("own_models", "reference")},
        hints={
            "user_columns": ("character varying, nullable", "The models are right", f"({PROFILE}, line 19)"),
            "models_match": (
                f"The models are as the exercise asks, so change the database ({PROFILE}, line 19)",
                "`alembic check` does not look at a length or a precision",
                'op.alter_column("users", "avatar_url", type_=sa.String(255))',
            ),
        },
    ),
    Case(
        "wrong_category_column_missing",
        "The revision makes the table and forgets the column: the column is missing, not a key of it.",
        _NO_CATEGORY_COLUMN,
        score=73.18,
        failed={
            "category_table": ("column_posts_category_id", "foreign_key_posts_category_id", "evolves"),
            "models_match": ("own_models", "reference"),
        },
        hints={
            "category_table": (
                "The models have posts.category_id (app.py, line 89), and no revision makes it",
                '`alembic revision --autogenerate -m "add category_id to posts"`',
            ),
            "models_match": (
                "The models have posts.category_id (app.py, line 89), and no revision makes it",
            ),
        },
    ),
    _own(
        "wrong_action_in_models_only",
        "ON DELETE stands in the models and in no revision.",
        "on_delete is cascade in the models and no action in the database",
        "The exercise leaves this open",
        "`alembic check` shows it",
        f"{APP}, line 89",
        edits=(
            replace(
                APP, ('db.ForeignKey("categories.id")', 'db.ForeignKey("categories.id", ondelete="CASCADE")')
            ),
        ),
    ),
    _own(
        "wrong_labels_beside_head",
        "The models need a function of a revision, and their enum has a label that the database lacks.",
        "column job.state: the type is (new, done, lost) in the models and (new, done) in the database",
        "`alembic check` does not look at the labels of an enum",
        edits=(
            replace(
                APP,
                model(
                    "Job",
                    'state = db.Column(db.Enum("new", "done", "lost", name="job_state"))',
                    'code = db.Column(db.Text, server_default=db.text("job_code()"))',
                ),
            ),
            extra(
                statements(
                    "CREATE TYPE job_state AS ENUM ('new', 'done')",
                    "CREATE FUNCTION job_code() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
                    "CREATE TABLE job (id serial PRIMARY KEY, state job_state, code text DEFAULT job_code())",
                ),
                statements("DROP TABLE job", "DROP FUNCTION job_code()", "DROP TYPE job_state"),
            ),
        ),
    ),
    _own(
        "wrong_column_beside_head",
        "The models need what a revision makes, and the revision's table has a column that they lack.",
        "column invoice.extra is in the database and not in the models",
        "The exercise leaves this open",
        edits=(
            *OBJECTS_OF_A_REVISION,
            replace(
                "alembic/versions/4d7e91c03ab2_one_more_change.py",
                ("(id serial PRIMARY KEY, number", "(id serial PRIMARY KEY, extra text, number"),
            ),
        ),
    ),
    Case(
        "wrong_key_not_valid_with_action",
        "A foreign key with an action that the exercise leaves open, and that is not checked on old rows.",
        (
            replace(
                CATEGORIES,
                (
                    '["category_id"], ["id"]\n',
                    '["category_id"], ["id"], ondelete="CASCADE", postgresql_not_valid=True\n',
                ),
            ),
            replace(
                APP, ('db.ForeignKey("categories.id")', 'db.ForeignKey("categories.id", ondelete="CASCADE")')
            ),
        ),
        score=79.09,
        failed={
            "category_table": ("foreign_key_posts_category_id",),
            "models_match": ("own_models", "reference"),
        },
        hints={
            "models_match": (
                "valid is yes in the models and no in the database",
                f"change the database ({CATEGORIES}, line 30)",
            )
        },
    ),
    Case(
        "wrong_plan_on_both_sides",
        "Models and database differ from each other and from the exercise.",
        (
            replace(INITIAL, ('"plan", sa.String(length=20)', '"plan", sa.String(length=30)')),
            replace(APP, ("plan = db.Column(db.String(20)", "plan = db.Column(db.String(40)")),
        ),
        score=80.0,
        failed={"models_match": ("own_models", "reference")},
        hints={
            "models_match": (
                "The exercise asks for character varying(20): correct the models (app.py, line 4",
            )
        },
    ),
)
