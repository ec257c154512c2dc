"""Submissions whose env.py drops the tables of the models in every command."""

from __future__ import annotations

from tests.catalogue.case import ENV, NOTHING_RAN, Case, replace

CONNECTED = "    with engine.connect() as connection:\n"
MIGRATED = "            context.run_migrations()\n\n\nif context"
DROP = "    target_metadata.drop_all(engine)\n"

WRONG_DROPPED_TABLES: tuple[Case, ...] = (
    Case(
        "wrong_drop_all_before_migrations",
        "env.py calls drop_all() before it runs the migrations, so every command loses all that is there.",
        (replace(ENV, (CONNECTED, DROP + CONNECTED)),),
        score=81.0,
        bonus=2.5,
        failed={
            "history": ("changes",),
            "downgrade": ("undone", "schema"),
            "username_length": ("restored",),
            "reversible_chain": (
                *("revision_3b8f1c6a27d4", "revision_9e42d70b51fc", "revision_c15a8e3f9b60"),
                *("revision_672b0dfe84a9", "base"),
            ),
            "data_survival": ("up_9e42d70b51fc",),
        },
        skipped={"reapply": "downgrade"},
    ),
    Case(
        "wrong_drop_all_after_migrations",
        "env.py calls drop_all() after it has run the migrations.",
        (replace(ENV, (MIGRATED, MIGRATED.replace("\n\n\nif", f"\n{DROP}\n\nif"))),),
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",)},
        skipped=NOTHING_RAN,
        flags=("version_without_schema",),
    ),
)
