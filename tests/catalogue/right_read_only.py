"""A right submission whose tables take no rows."""

from __future__ import annotations

from tests.catalogue.case import INITIAL, Case, replace

READ_ONLY = """\
    op.execute(
        "CREATE FUNCTION read_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'this table is read-only'; END $$"
    )
    for table in ("organizations", "users", "posts"):
        op.execute(
            f"CREATE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION read_only()"
        )
"""
NO_FUNCTION = '    op.execute("DROP FUNCTION read_only()")\n'
DROPPED = '    op.drop_table("organizations")\n'

RIGHT_READ_ONLY: tuple[Case, ...] = (
    Case(
        "right_read_only_tables",
        "No table of the first revision takes a row.",
        (
            replace(
                INITIAL,
                ("\n\n\ndef downgrade() -> None:\n", f"\n{READ_ONLY}\n\ndef downgrade() -> None:\n"),
                (DROPPED, DROPPED + NO_FUNCTION),
            ),
        ),
    ),
)
"""It keeps all points: it is judged on the tables that take rows."""
