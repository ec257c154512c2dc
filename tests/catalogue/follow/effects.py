"""How hints about what the runs show are followed."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    ENV,
    EXTRA,
    EXTRA_ID,
    PROFILE,
    USERNAME,
    append,
    extra,
    replace,
    revision,
    write,
)
from tests.catalogue.follow.way import Ways, like, way
from tests.catalogue.right_growth import TAGS_ID
from tests.catalogue.texts import RUN
from tests.catalogue.wrong_setups import CREATE_ALL_IN_APP, CREATE_ALL_IN_ENV

RIGHT = "right_reference"
AUTOGENERATE = 'alembic revision --autogenerate -m "tables"'
CALLS = "See that alembic/env.py calls run_migrations_offline() or run_migrations_online() at its end"
AUTOGENERATE = 'alembic revision --autogenerate -m "tables"'
BY_THE_BOOK = "with context.begin_transaction():\n            context.run_migrations()"

WAYS: Ways = {
    "claim_without_effect": (
        way("wrong_env_runs_nothing", append(ENV, RUN), says=CALLS, then="no_revisions"),
        way(
            "wrong_exit_in_env",
            replace(ENV, ("os._exit(0)\n", "")),
            says="nothing ends the process early (sys.exit, os._exit)",
        ),
        way(
            "wrong_main_guard",
            replace(ENV, ('if __name__ == "__main__":\n    run_migrations_online()\n', RUN)),
            says=(CALLS, 'outside of any `if __name__ == "__main__":`'),
        ),
        way("wrong_never_run", append(ENV, RUN), says=CALLS),
    ),
    "migrations_not_committed": (
        way(
            "wrong_not_committed_transaction",
            replace(
                ENV,
                (
                    "target_metadata=target_metadata)\n        context.run_migrations()",
                    f"target_metadata=target_metadata)\n        {BY_THE_BOOK}",
                ),
            ),
            says="run them as `with context.begin_transaction(): context.run_migrations()`",
        ),
    ),
    "stopped_before_head": (
        way(
            "wrong_exit_in_revision",
            replace(PROFILE, ("    sys.exit(0)\n", "")),
            says="Take sys.exit(), exit(), quit() and os._exit() out of it",
        ),
        way(
            "wrong_exit_half_way",
            replace(USERNAME, ("    sys.exit(0)\n", "")),
            says="Let nothing in env.py or in a revision end the process",
            elsewhere=(USERNAME,),
        ),
    ),
    "schema_outside_migrations": (
        way(
            "wrong_create_all_in_env",
            replace(ENV, (CREATE_ALL_IN_ENV, "")),
            "alembic upgrade head",
            AUTOGENERATE,
            says=(
                "Take create_all() out of alembic/env.py",
                "`alembic upgrade head` and `alembic revision --autogenerate",
            ),
        ),
        way(
            "wrong_create_all_in_app",
            replace(APP, (CREATE_ALL_IN_APP, "")),
            "alembic upgrade head",
            AUTOGENERATE,
            says=(
                "Take create_all() out of app.py",
                "`alembic upgrade head` and `alembic revision --autogenerate",
            ),
        ),
    ),
    "stamped_version": (
        way(
            "wrong_stamped",
            like(ENV, RIGHT),
            says="Take `stamp` (or writing to alembic_version) out of env.py and the revisions",
        ),
    ),
    "metadata_none": (
        way(
            "wrong_no_metadata_yet",
            replace(ENV, ("target_metadata = None", "target_metadata = db.Model.metadata")),
            says="`target_metadata = db.Model.metadata`",
            then="no_revisions",
        ),
        way(
            "wrong_metadata_none",
            replace(ENV, ("target_metadata = None", "target_metadata = db.Model.metadata")),
            says="`target_metadata = db.Model.metadata`",
        ),
    ),
    "metadata_empty": (
        way(
            "wrong_metadata_empty",
            replace(ENV, ("target_metadata = MetaData()", "target_metadata = db.Model.metadata")),
            says="use the metadata of the same Base or db that they inherit from",
        ),
        way(
            "wrong_models_not_imported",
            replace(ENV, ("from base import Base", "from base import Base\nimport models")),
            says="Import the module that defines the models (not only db) before target_metadata is set",
        ),
    ),
    "downgrade_incomplete": (
        way(
            "wrong_username_restored",
            replace(USERNAME, ("type_=sa.String(length=100)", "type_=sa.String(length=80)")),
            says=(
                "type was character varying(80)",
                "with the types, names and defaults that were there before",
            ),
        ),
    ),
    "left_behind": (
        way(
            "wrong_enum_left_behind",
            append(EXTRA, '    sa.Enum(name="mood").drop(op.get_bind())\n'),
            says='Add to downgrade(): `sa.Enum(name="mood").drop(op.get_bind())`, after the column',
        ),
        way(
            "wrong_sequence_left_behind",
            append(EXTRA, '    op.execute("DROP SEQUENCE invoice_numbers")\n'),
            says='Add to downgrade(): `op.execute("DROP SEQUENCE invoice_numbers")`',
        ),
        way(
            "wrong_function_left_behind",
            append(EXTRA, '    op.execute("DROP FUNCTION twice(n integer)")\n'),
            says='Add to downgrade(): `op.execute("DROP FUNCTION twice(n integer)")`',
        ),
    ),
    "downgrade_recreates": (
        way(
            "wrong_downgrade_makes_all_again",
            like(USERNAME, RIGHT),
            says=(
                "Undo in downgrade() what upgrade() of this revision does and nothing else",
                "alter_column back to the type before",
            ),
        ),
        way(
            "wrong_drop_and_create_on_the_way_back",
            write(
                EXTRA,
                revision(
                    EXTRA_ID,
                    TAGS_ID,
                    "tags have colours",
                    'op.add_column("tags", sa.Column("color", sa.String(20)))',
                    'op.drop_column("tags", "color")',
                ),
            ),
            says="drop_column for add_column",
        ),
    ),
    "table_recreated": (
        way(
            "wrong_table_recreated",
            extra('op.alter_column("posts", "title", type_=sa.String(200))'),
            says=("Change the table as it stands", "op.alter_column"),
        ),
    ),
    "column_recreated": (
        way(
            "wrong_column_recreated",
            extra('op.alter_column("users", "full_name", type_=sa.String(100))'),
            says='a new type `op.alter_column("table", "column", type_=…)`',
        ),
    ),
    "rows_lost": (way("wrong_rows_deleted", extra("pass"), says="Keep what is in the tables"),),
    "pooled_connection": (
        way(
            "wrong_pooled_connection",
            replace(ENV, ('os.environ.get("DATABASE_URL")', 'os.environ["DIRECT_URL"]')),
            says='Set the URL in alembic/env.py from os.environ["DIRECT_URL"]',
        ),
    ),
}
