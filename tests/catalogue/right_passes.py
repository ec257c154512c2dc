"""Right submissions that meet what differs between the passes: names, files, what their models bring."""

from __future__ import annotations

from tests.catalogue.case import APP, Case, extra, replace

NAMES = """\
bind = op.get_bind()
database, user = bind.execute(sa.text("SELECT current_database(), current_user")).one()
op.add_column("posts", sa.Column("written_by", sa.Text(), server_default=sa.text("CURRENT_USER")))
op.execute(f"COMMENT ON TABLE posts IS 'made by {user} in {database}'")
op.execute(f'ALTER DEFAULT PRIVILEGES FOR ROLE "{user}" GRANT SELECT ON TABLES TO PUBLIC')
op.execute(f'CREATE SCHEMA "{user}_archive"')
print("made by", user, "in", database)"""
NO_NAMES = """\
user = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
op.execute(f'DROP SCHEMA "{user}_archive"')
op.execute(f'ALTER DEFAULT PRIVILEGES FOR ROLE "{user}" REVOKE SELECT ON TABLES FROM PUBLIC')
op.execute("COMMENT ON TABLE posts IS NULL")
op.drop_column("posts", "written_by")"""

WRITTEN_BY = 'written_by = db.Column(db.Text, server_default=db.text("CURRENT_USER"))\n'

RIGHT_PASSES: tuple[Case, ...] = (
    Case(
        "right_names_of_database_and_role",
        "A revision writes the names of its database and role into the schema.",
        (
            extra(NAMES, NO_NAMES),
            replace(
                APP,
                (
                    'status = db.Column(db.String(20), default="draft")\n',
                    'status = db.Column(db.String(20), default="draft")\n    ' + WRITTEN_BY,
                ),
            ),
        ),
    ),
)
"""They keep all points."""
