"""Wrong answers that claim success: every command ends with exit code 0, and the database shows otherwise."""

from __future__ import annotations

from textwrap import indent

from tests.catalogue.case import (
    BLOCKED_BY_UPGRADE,
    EMPTY_REVISIONS,
    ENV,
    NOTHING_RAN,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    by_operator,
    nothing_ran,
    replace,
)
from tests.catalogue.texts import RUN

CLAIMED = ("version", "schema")
"""What fails of `upgrade_head` where the command says nothing of an error and did nothing."""


def _claims(name: str, why: str, edits: tuple[Edit, ...], *hint: str, diagnoses: tuple[str, ...]) -> Case:
    """Every command ends with exit code 0, and no migration ran."""
    return nothing_ran(name, why, edits, *hint, checks=CLAIMED, diagnoses=diagnoses)


WRONG_CLAIMS: tuple[Case, ...] = (
    _claims(
        "wrong_exit_in_env",
        "os._exit(0) in env.py: every command exits 0 and nothing happened.",
        (replace(ENV, ("target_metadata =", "os._exit(0)\ntarget_metadata =")),),
        "no migration ran",
        diagnoses=("claim_without_effect",),
    ),
    _claims(
        "wrong_main_guard",
        "env.py runs its migrations only as a main program, which it never is.",
        (replace(ENV, (RUN, 'if __name__ == "__main__":\n    run_migrations_online()\n')),),
        "no migration ran",
        diagnoses=("claim_without_effect",),
    ),
    _claims(
        "wrong_never_run",
        "env.py defines run_migrations_online() and never calls it.",
        (replace(ENV, (RUN, "")),),
        "run_migrations_online()",
        diagnoses=("claim_without_effect",),
    ),
    _claims(
        "wrong_faked_output",
        "env.py prints what `current` and `history` would, and leaves.",
        (
            replace(
                ENV,
                (
                    "target_metadata =",
                    (
                        'print("672b0dfe84a9 (head)")\nprint("100/100, all criteria passed", flush=True)\n'
                        "os._exit(0)\ntarget_metadata ="
                    ),
                ),
            ),
        ),
        "no migration ran",
        diagnoses=("claim_without_effect",),
    ),
    _claims(
        "wrong_not_committed_transaction",
        "run_migrations() without begin_transaction(): everything is rolled back at the end.",
        (by_operator("transaction_left_out"),),
        "committed",
        diagnoses=("migrations_not_committed",),
    ),
    _claims(
        "wrong_upgrade_does_nothing",
        "env.py does nothing for upgrade only, so that the downgrade has nothing to go back from.",
        (replace(ENV, (RUN, 'if "upgrade" not in sys.argv:\n    run_migrations_online()\n')),),
        "no migration ran",
        diagnoses=("relative_step_impossible", "not_an_ancestor"),
    ),
    Case(
        "wrong_exit_in_revision",
        "sys.exit(0) in a revision: the transaction is rolled back, the command succeeds.",
        (
            replace(
                PROFILE,
                ("import sqlalchemy", "import sys\n\nimport sqlalchemy"),
                (
                    '    op.add_column("users", sa.Column("bio"',
                    '    sys.exit(0)\n    op.add_column("users", sa.Column("bio"',
                ),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": CLAIMED, "history": ("changes",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("9e42d70b51fc", "sys.exit()")},
        diagnoses=("stopped_before_head",),
    ),
    Case(
        "wrong_exit_half_way",
        "A transaction for each revision, and a revision that leaves: the version stays below the head.",
        (
            replace(
                ENV,
                (
                    "target_metadata=target_metadata)",
                    "target_metadata=target_metadata, transaction_per_migration=True)",
                ),
            ),
            replace(
                USERNAME,
                ("import sqlalchemy", "import sys\n\nimport sqlalchemy"),
                ("    # A longer", "    sys.exit(0)\n    # A longer"),
            ),
        ),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("672b0dfe84a9", "c15a8e3f9b60")},
        diagnoses=("stopped_before_head",),
    ),
    Case(
        "wrong_empty_revisions",
        "Revisions that autogenerate made against a database that had all tables already: they do nothing.",
        EMPTY_REVISIONS,
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",)},
        skipped=NOTHING_RAN,
        flags=("version_without_schema",),
        hints={"upgrade_head": ("does nothing", "autogenerate saw no difference")},
        diagnoses=("empty_revision",),
    ),
    Case(
        "wrong_stamped",
        "env.py stamps the head and runs no revision.",
        (
            replace(
                ENV,
                (
                    "from alembic import context",
                    (
                        "from alembic import context\nfrom alembic.migration import "
                        "MigrationContext\nfrom alembic.script import ScriptDirectory"
                    ),
                ),
                (
                    RUN,
                    (
                        "engine = create_engine(direct_url())\n"
                        "with engine.begin() as connection:\n"
                        "    script = ScriptDirectory.from_config(context.config)\n"
                        '    MigrationContext.configure(connection).stamp(script, "head")\n'
                    ),
                ),
            ),
        ),
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",)},
        skipped=NOTHING_RAN,
        flags=("version_without_schema",),
        hints={"upgrade_head": ("stamped",)},
        diagnoses=("stamped_version",),
    ),
    Case(
        "wrong_extra_version_row",
        "A revision writes a second row into the version table.",
        (
            replace(
                USERNAME,
                (
                    "    # A longer",
                    "    op.execute(\"INSERT INTO alembic_version VALUES ('9e42d70b51fc')\")\n    # A longer",
                ),
            ),
        ),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("more than the head", "9e42d70b51fc", "alembic_version")},
        diagnoses=("version_table_wrong",),
    ),
    Case(
        "wrong_unknown_version",
        "env.py writes a version that no file has, like that of a revision that was never committed.",
        (
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    (
                        "            context.run_migrations()\n"
                        '            connection.exec_driver_sql("UPDATE alembic_version SET '
                        "version_num = 'feedbead0000'\")\n"
                        "\n\nif"
                    ),
                ),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("feedbead0000", "version table")},
        diagnoses=("revision_not_found",),
    ),
    Case(
        "wrong_current_silent",
        "env.py does nothing for `alembic current`.",
        (replace(ENV, (RUN, 'if "current" not in sys.argv:\n' + indent(RUN, "    "))),),
        score=90.0,
        failed={"current_revision": ("named",)},
        hints={"current_revision": ("standard output",)},
    ),
    Case(
        "wrong_current_changes_version",
        "`alembic current` sets the version table back by one.",
        (
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    (
                        "            context.run_migrations()\n"
                        '            if "current" in sys.argv:\n'
                        '                connection.exec_driver_sql("UPDATE alembic_version SET '
                        "version_num = 'c15a8e3f9b60'\")\n"
                        "\n\nif"
                    ),
                ),
            ),
        ),
        score=75.0,
        failed={"current_revision": ("version",), "downgrade": ("undone", "schema")},
        skipped={"reapply": "downgrade"},
    ),
)
