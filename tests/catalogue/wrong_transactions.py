"""Wrong answers of whose revisions something stays when they are broken off."""

from __future__ import annotations

from tests.catalogue.case import ENV, EXTRA, PROFILE, Case, extra, replace
from tests.catalogue.right_transactions import CONCURRENTLY_BACK, IN_BLOCK, TITLE_INDEX

STAYS = {"atomic": ("rolled_back",)}
INDEX = 'op.create_index("ix_posts_title", "posts", ["title"])'
COMMIT = '    op.execute("COMMIT")\n'
OWN_ENGINE = (
    'engine = sa.create_engine(os.environ["DIRECT_URL"])\n'
    "with engine.begin() as connection:\n"
    '    connection.execute(sa.text("CREATE SEQUENCE numbers"))'
)
AUTOCOMMIT = ', isolation_level="AUTOCOMMIT"'

WRONG_TRANSACTIONS: tuple[Case, ...] = (
    Case(
        "wrong_needless_autocommit",
        "An autocommit_block() around an index that PostgreSQL makes in a transaction too.",
        (TITLE_INDEX, extra(f"{IN_BLOCK}{INDEX}", CONCURRENTLY_BACK)),
        failed=STAYS,
        hints={"atomic": (f"{EXTRA}, line 18", "Move")},
        diagnoses=("autocommit_needless",),
    ),
    Case(
        "wrong_commit_as_sql",
        "A revision commits in its middle, by SQL.",
        (
            replace(
                PROFILE,
                (
                    '    op.add_column("users", sa.Column("avatar_url"',
                    f'{COMMIT}    op.add_column("users", sa.Column("avatar_url"',
                ),
            ),
        ),
        failed=STAYS,
        hints={"atomic": (PROFILE, "Take")},
        diagnoses=("commit_in_revision",),
    ),
    Case(
        "wrong_engine_in_revision",
        "A revision opens a connection of its own.",
        (
            extra(OWN_ENGINE, 'op.execute("DROP SEQUENCE numbers")'),
            replace(EXTRA, ("import sqlalchemy as sa\n", "import os\n\nimport sqlalchemy as sa\n")),
        ),
        score=90.0,
        failed={**STAYS, "offline": ("upgrade", "schema"), "models_match": ("own_models",)},
        hints={"atomic": (EXTRA, "op.get_bind()"), "offline": (EXTRA, "op.execute(...)")},
        diagnoses=("engine_in_revision", "offline_connects"),
    ),
    Case(
        "wrong_autocommit_engine",
        "env.py has every statement committed by itself.",
        (replace(ENV, ("poolclass=pool.NullPool", f"poolclass=pool.NullPool{AUTOCOMMIT}")),),
        failed=STAYS,
        hints={"atomic": (ENV, "AUTOCOMMIT")},
        diagnoses=("autocommit_everywhere",),
    ),
)
