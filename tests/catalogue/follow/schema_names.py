"""How hints about names that clash or lead nowhere are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, EXTRA, PROFILE, Files, append, replace
from tests.catalogue.follow.way import Ways, like, way
from tests.catalogue.follow.ways_back import INCOMPLETE, instead
from tests.catalogue.wrong_setups import CREATE_ALL_IN_ENV

RIGHT = "right_reference"
CREATE_ALL = (
    'python -c "import app, os, sqlalchemy; '
    "app.db.metadata.create_all(sqlalchemy.create_engine(os.environ['DIRECT_URL']))\""
)
ONLY_OWN = "A downgrade drops only what its upgrade() added"
UUID_FUNCTION = "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"
REVISION_BEFORE = "alembic/versions/e00000000004_object_missing.py"
QUERY = "\nwith app.app_context():\n    print(User.query.count())\n"
OVER_THE_APP = "from app import User, app\n    with app.app_context():\n        print(User.query.count())"


def models_before(files: Files) -> None:
    """Take out of the models what all revisions but the first add."""
    text = files[APP].decode()
    for begin, end in (
        ("    bio = db.", "    is_active = db.Column(db.Boolean, default=True)\n    organization_id"),
        ("class Category(", "class Post("),
        ("    category_id = ", "    content = "),
    ):
        text = text[: text.index(begin)] + text[text.index(end) :]
    files[APP] = text.replace(
        "username = db.Column(db.String(50)", "username = db.Column(db.String(80)"
    ).encode()


def before_all_others(files: Files) -> None:
    """Let the profile's revision follow the one that autogenerate has made."""
    made = (path for path in files if path.endswith("_initial_schema.py"))
    number = next(made, "…").rpartition("/")[2].partition("_")[0]
    replace(PROFILE, ("down_revision: str | None = None", f'down_revision: str | None = "{number}"'))(files)


WAYS: Ways = {
    "table_exists": (
        way(
            "wrong_create_all_in_factory",
            replace(APP, ("        db.create_all()\n", "        pass\n")),
            says="Take create_all() out of app.py, line ",
        ),
        way("wrong_create_all_before", like(ENV, RIGHT), says="Take create_all() out"),
        way(
            "wrong_create_all_in_app_before",
            like(APP, RIGHT),
            says="Take create_all() out",
            elsewhere=(APP,),
        ),
        way(
            RIGHT,
            "alembic stamp 672b0dfe84a9",
            before=(CREATE_ALL,),
            fails="alembic upgrade head",
            says="is marked once with `alembic stamp <revision>`",
        ),
        instead("table_exists", "pass", says='Take `op.create_table("users", …)`'),
    ),
    "column_exists": (
        way(
            "wrong_create_all_then_column",
            replace(ENV, (CREATE_ALL_IN_ENV, "")),
            "mv alembic/versions elsewhere",
            "mkdir alembic/versions",
            models_before,
            'alembic revision --autogenerate -m "initial schema"',
            like(APP, RIGHT),
            "cp -r elsewhere/. alembic/versions",
            "rm -r elsewhere",
            before_all_others,
            says=(
                "Take create_all() out of alembic/env.py, line ",
                "Move the files out of alembic/versions, take what they add out of the models",
                'run `alembic revision --autogenerate -m "initial schema"` against an empty database',
                f"write the new id as down_revision into {PROFILE}",
            ),
        ),
        instead("column_exists", "pass", says='Take `op.add_column("users", …)` of email'),
    ),
    "type_exists": (
        way(
            "wrong_enum_left_behind",
            append(EXTRA, '    sa.Enum(name="mood").drop(op.get_bind())\n'),
            says='Add `sa.Enum(name="mood").drop(op.get_bind())` to downgrade(), after the table or column',
        ),
    ),
    "object_exists": (instead("object_exists", "pass", says="Take that line out"),),
    "second_primary_key": (
        instead(
            "second_primary_key",
            'op.create_unique_constraint("key", "users", ["email"])',
            says="op.create_unique_constraint",
            then=INCOMPLETE,
        ),
        instead(
            "second_primary_key",
            'op.drop_constraint("pk_users", "users", type_="primary")\n'
            'op.create_primary_key("key", "users", ["email"])',
            says='`op.drop_constraint("pk_users", "users", type_="primary")`',
            then="dependents_exist",
        ),
    ),
    "table_missing": (
        instead("table_missing", "pass", says=ONLY_OWN),
        way(
            "wrong_query_while_loading",
            replace(APP, (QUERY, "")),
            says="Take queries out of what is run when the file is imported",
        ),
        way(
            "wrong_query_while_loading",
            replace(APP, (QUERY, "\n\ndef count_users():\n    print(User.query.count())\n")),
            says="put them into the function that needs them",
        ),
        way(
            "wrong_session_of_the_app",
            replace(EXTRA, (OVER_THE_APP, 'op.execute("SELECT count(*) FROM users")')),
            says="`op.execute(...)`",
        ),
        way(
            "wrong_session_of_the_app",
            replace(
                EXTRA,
                (
                    OVER_THE_APP,
                    'print(op.get_bind().execute(sa.text("SELECT count(*) FROM users")).scalar())',
                ),
            ),
            says="`op.get_bind().execute(...)`",
        ),
        way(
            "wrong_session_of_the_app",
            replace(
                EXTRA,
                (
                    OVER_THE_APP,
                    (
                        "from app import User\n    from sqlalchemy.orm import Session\n"
                        "    print(Session(bind=op.get_bind()).query(User).count())"
                    ),
                ),
            ),
            says="`Session(bind=op.get_bind())`",
        ),
    ),
    "column_missing": (instead("column_missing", "pass", says=ONLY_OWN),),
    "constraint_missing": (instead("constraint_missing", "pass", says=ONLY_OWN),),
    "index_missing": (instead("index_missing", "pass", says=ONLY_OWN),),
    "object_missing": (
        instead("object_missing", "pass", says=ONLY_OWN),
        way(
            "wrong_role_of_supabase",
            replace(EXTRA, ('op.execute("GRANT SELECT ON users TO anon")', "pass")),
            says="Take that statement out",
        ),
    ),
    "function_missing": (
        instead(
            "function_missing",
            'op.execute("SELECT gen_random_uuid()")',
            says="`gen_random_uuid()` for uuid_generate_v4",
        ),
        instead(
            "function_missing",
            'op.execute("SELECT uuid_generate_v4()")',
            replace(
                REVISION_BEFORE,
                ("def upgrade():\n    pass\n", f'def upgrade():\n    op.execute("{UUID_FUNCTION}")\n'),
                ('op.execute("DROP TYPE mood")', 'op.execute("DROP FUNCTION uuid_generate_v4()")'),
            ),
            says="create the function in an earlier revision",
            elsewhere=(REVISION_BEFORE,),
        ),
    ),
}
