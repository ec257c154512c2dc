"""Right submissions with tables into which the grader can put no rows."""

from __future__ import annotations

from tests.catalogue.case import APP, INITIAL, Case, extra, replace

READ_ONLY = """\
op.execute(
    "CREATE FUNCTION read_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'this table is read-only'; END $$"
)
"""
TRIGGER = (
    'op.execute("CREATE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE ON {} "\n'
    '    "FOR EACH ROW EXECUTE FUNCTION read_only()")\n'
)
LOOKUP = f"""\
kinds = op.create_table(
    "kinds", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text(), nullable=False)
)
op.bulk_insert(kinds, [{{"id": 1, "name": "news"}}, {{"id": 2, "name": "essay"}}])
{READ_ONLY}{TRIGGER.format("kinds")}"""
NO_LOOKUP = """\
op.drop_table("kinds")
op.execute("DROP FUNCTION read_only()")"""
NO_FUNCTION = '    op.execute("DROP FUNCTION read_only()")\n'
MODEL = """\
class Kind(db.Model):
    __tablename__ = "kinds"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.Text, nullable=False)


class Organization(db.Model):"""
ALL_READ_ONLY = "".join(
    f"    {line}\n"
    for line in (READ_ONLY + "".join(map(TRIGGER.format, ("organizations", "users", "posts")))).splitlines()
)

RIGHT_READ_ONLY: tuple[Case, ...] = (
    Case(
        "right_read_only_lookup",
        "A revision makes a table with rows and a trigger that lets nobody change them.",
        (extra(LOOKUP, NO_LOOKUP), replace(APP, ("class Organization(db.Model):", MODEL))),
    ),
    Case(
        "right_read_only_tables",
        "No table of the first revision takes a row.",
        (
            replace(
                INITIAL,
                ("\n\n\ndef downgrade() -> None:\n", f"\n{ALL_READ_ONLY}\n\ndef downgrade() -> None:\n"),
                (
                    '    op.drop_table("organizations")\n',
                    '    op.drop_table("organizations")\n    op.execute("DROP FUNCTION read_only()")\n',
                ),
            ),
        ),
    ),
)
"""They keep all points: they are judged on the tables that take rows."""
