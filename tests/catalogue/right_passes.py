"""Right submissions that meet what differs between the passes: names, files, what their models bring."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, Case, append, extra, replace

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

WRITES_FILES = """
import logging
import os
import tempfile

logging.getLogger("posts").addHandler(logging.FileHandler("/tmp/posts.log"))
Path.home().joinpath(".posts").write_text("seen")
Path("/tmp/posts").mkdir(exist_ok=True)
with tempfile.NamedTemporaryFile(delete=False) as kept:
    kept.write(b"posts")
"""
OWN_CLASSES = """
import sqlalchemy
from sqlalchemy import event


class Tables(MetaData):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.made = []


class OurTable(sqlalchemy.Table):
    inherit_cache = True


db = SQLAlchemy(app, metadata=Tables(naming_convention=NAMING_CONVENTION))
audit = Tables(schema="audit", naming_convention=NAMING_CONVENTION)
entries = OurTable(
    "entries",
    audit,
    sqlalchemy.Column("id", sqlalchemy.Integer, sqlalchemy.Identity(), primary_key=True),
    sqlalchemy.Column("kind", sqlalchemy.Enum("made", "gone", name="entry_kind", metadata=audit), index=True),
    sqlalchemy.Column("level", sqlalchemy.Enum("low", "high", name="entry_level", schema="public")),
    sqlalchemy.Column("number", sqlalchemy.BigInteger, sqlalchemy.Sequence("entry_number", metadata=audit)),
    sqlalchemy.Column("of", sqlalchemy.ForeignKey("audit.entries.id", use_alter=True)),
    sqlalchemy.Column("text", sqlalchemy.Text, comment="what happened"),
    sqlalchemy.Index("ix_entries_lower_text", sqlalchemy.func.lower(sqlalchemy.text("text"))),
    prefixes=["UNLOGGED"],
)
event.listen(
    entries,
    "after_create",
    sqlalchemy.DDL("ALTER TABLE audit.entries ADD CONSTRAINT ck_entries_text CHECK (length(text) < 1000)"),
)


@event.listens_for(audit, "before_create", propagate=True)
def make_schema(target, connection, **_):
    target.made.append("audit")
    connection.execute(sqlalchemy.text("CREATE SCHEMA IF NOT EXISTS audit"))
"""
ENTRIES = """\
op.execute("CREATE SCHEMA audit")
op.execute("CREATE SEQUENCE audit.entry_number")
kind = sa.Enum("made", "gone", name="entry_kind", schema="audit")
op.create_table(
    "entries",
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("kind", kind),
    sa.Column("level", sa.Enum("low", "high", name="entry_level")),
    sa.Column("number", sa.BigInteger),
    sa.Column("of", sa.Integer, sa.ForeignKey("audit.entries.id", name="fk_entries_of_entries")),
    sa.Column("text", sa.Text, comment="what happened"),
    sa.CheckConstraint("length(text) < 1000", name="ck_entries_text"),
    schema="audit",
    prefixes=["UNLOGGED"],
)
op.create_index("ix_entries_kind", "entries", ["kind"], schema="audit")
op.create_index("ix_entries_lower_text", "entries", [sa.text("lower(text)")], schema="audit")"""
NO_ENTRIES = """\
op.drop_table("entries", schema="audit")
op.execute("DROP TYPE audit.entry_kind")
op.execute("DROP TYPE entry_level")
op.execute("DROP SEQUENCE audit.entry_number")
op.execute("DROP SCHEMA audit")"""

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
    Case(
        "right_files_in_tmp",
        "The app writes a log to /tmp, a file to its home, and leaves a temporary file.",
        (append(APP, WRITES_FILES),),
    ),
    Case(
        "right_classes_of_its_own",
        "Metadata and tables are of classes of their own, in two schemas, and code and SQL wait for them.",
        (
            replace(
                APP,
                (
                    "db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))\n",
                    OWN_CLASSES,
                ),
            ),
            replace(
                ENV,
                ("import db ", "import audit, db "),
                ("target_metadata = db.Model.metadata", "target_metadata = [db.Model.metadata, audit]"),
            ),
            extra(ENTRIES, NO_ENTRIES),
        ),
    ),
)
"""They keep all points."""
