"""How hints about transactions are followed."""

from __future__ import annotations

from tests.catalogue.case import ENV, EXTRA, PROFILE, replace
from tests.catalogue.follow.offline import BY_OPERATION
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.wrong_transactions import AUTOCOMMIT, COMMIT, INDEX, OWN_ENGINE

BLOCK = "    with op.get_context().autocommit_block():\n        "

WAYS: Ways = {
    "autocommit_needless": (
        way(
            "wrong_needless_autocommit",
            replace(EXTRA, (f"{BLOCK}{INDEX}", f"    {INDEX}")),
            says=f"Move {EXTRA}, line 18 out of the block",
        ),
    ),
    "commit_in_revision": (
        way(
            "wrong_commit_as_sql",
            replace(PROFILE, (COMMIT, "")),
            says=f"Take {PROFILE}, line 19 out",
        ),
    ),
    "engine_in_revision": (
        way(
            "wrong_engine_in_revision",
            replace(EXTRA, (OWN_ENGINE.replace("\n", "\n    "), BY_OPERATION)),
            says="Use `op.execute(...)` or `op.get_bind()` instead",
        ),
    ),
    "autocommit_everywhere": (
        way(
            "wrong_autocommit_engine",
            replace(ENV, (AUTOCOMMIT, "")),
            says="In alembic/env.py, line 46 use no AUTOCOMMIT",
        ),
    ),
}
