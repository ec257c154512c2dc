"""Right answers that use more of PostgreSQL or of Python than the exercise asks for."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, PROFILE, Case, extra, replace

TRUSTED = """\
for name in ("citext", "pg_trgm", "uuid-ossp", "pgcrypto", "hstore", "ltree", "btree_gist", "unaccent"):
    op.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
op.execute("UPDATE users SET full_name = unaccent(full_name) WHERE email::citext = 'ADA@example.org'")
op.execute("UPDATE posts SET content = encode(digest(content, 'sha256'), 'hex') WHERE title % 'draft'")"""
UNTRUSTED_AGAIN = """\
for name in ("citext", "pg_trgm", "uuid-ossp", "pgcrypto", "hstore", "ltree", "btree_gist", "unaccent"):
    op.execute(f'DROP EXTENSION "{name}"')"""
TAGS = """\
for name in ("citext", "uuid-ossp", "pg_trgm"):
    op.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
from sqlalchemy.dialects.postgresql import CITEXT
op.create_table(
    "tags",
    sa.Column("id", sa.Uuid(), server_default=sa.text("uuid_generate_v4()"), primary_key=True),
    sa.Column("name", CITEXT(), nullable=False, unique=True),
)
op.create_index(
    "ix_posts_title", "posts", ["title"], postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}
)"""
NO_TAGS = """\
op.drop_index("ix_posts_title", "posts")
op.drop_table("tags")
for name in ("citext", "uuid-ossp", "pg_trgm"):
    op.execute(f'DROP EXTENSION "{name}"')"""
POSTGRES_TYPES = (
    "from sqlalchemy.pool import NullPool\n",
    "from sqlalchemy.dialects.postgresql import CITEXT\nfrom sqlalchemy.pool import NullPool\n",
)
TAG_MODEL = (
    "class Category(db.Model):\n",
    """class Tag(db.Model):
    __tablename__ = "tags"

    id = db.Column(db.Uuid, primary_key=True, server_default=db.text("uuid_generate_v4()"))
    name = db.Column(CITEXT, unique=True, nullable=False)


class Category(db.Model):
""",
)
TITLE_INDEX = (
    '    __tablename__ = "posts"\n',
    """    __tablename__ = "posts"
    __table_args__ = (
        db.Index("ix_posts_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
    )
""",
)
ENTRIES = """\
op.execute("CREATE SCHEMA audit")
op.create_table(
    "entries",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
    sa.Column("what", sa.String(100), nullable=False),
    schema="audit",
)"""
NO_ENTRIES = """\
op.drop_table("entries", schema="audit")
op.execute("DROP SCHEMA audit")"""
ENTRY_MODEL = (
    "class Category(db.Model):\n",
    """class Entry(db.Model):
    __tablename__ = "entries"
    __table_args__ = {"schema": "audit"}

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("users.id"), nullable=False)
    what = db.Column(db.String(100), nullable=False)


class Category(db.Model):
""",
)
VERSIONS_ELSEWHERE = (
    (
        "with engine.connect() as connection:\n",
        (
            "with engine.begin() as connection:\n"
            '        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ops")\n'
            "    with engine.connect() as connection:\n"
        ),
    ),
    (
        "context.configure(connection=connection, ",
        'context.configure(connection=connection, version_table_schema="ops", ',
    ),
)

RIGHT_POSTGRES: tuple[Case, ...] = (
    Case(
        "right_trusted_extensions",
        "Extensions that PostgreSQL calls trusted, and their functions and operators.",
        (extra(TRUSTED, UNTRUSTED_AGAIN),),
        needs=("contrib",),
    ),
    Case(
        "right_extension_as_on_supabase",
        "An extension in the schema `extensions`, which is searched.",
        (
            extra(
                'op.execute("CREATE EXTENSION IF NOT EXISTS \\"uuid-ossp\\" WITH SCHEMA extensions")\n'
                'op.execute("UPDATE posts SET content = uuid_generate_v4()::text WHERE content IS NULL")',
                'op.execute("DROP EXTENSION \\"uuid-ossp\\"")',
            ),
        ),
        needs=("contrib",),
    ),
    Case(
        "right_extensions_in_models",
        "A table with a type and a default of extensions, and an index with operators of a third.",
        (extra(TAGS, NO_TAGS), replace(APP, POSTGRES_TYPES, TAG_MODEL, TITLE_INDEX)),
        needs=("contrib",),
    ),
    Case(
        "right_schema_in_models",
        "A table in a schema besides public, in a revision and in the models, that refers to one in public.",
        (extra(ENTRIES, NO_ENTRIES), replace(APP, ENTRY_MODEL)),
    ),
    Case(
        "right_moddatetime",
        "The extension that managed services offer for `updated_at`.",
        (
            extra(
                'op.execute("CREATE EXTENSION IF NOT EXISTS moddatetime SCHEMA extensions")\n'
                'op.execute("CREATE TRIGGER touch BEFORE UPDATE ON posts FOR EACH ROW "\n'
                '    "EXECUTE FUNCTION moddatetime(updated_at)")',
                'op.execute("DROP TRIGGER touch ON posts")\nop.execute("DROP EXTENSION moddatetime")',
            ),
        ),
        needs=("moddatetime",),
    ),
    Case(
        "right_unjudged_postgis",
        "An extension that the student's service has and none of our servers.",
        (extra('op.execute("CREATE EXTENSION postgis")', 'op.execute("DROP EXTENSION postgis")'),),
        needs=("postgis",),
    ),
    Case(
        "right_view_in_a_schema_of_its_own",
        "A schema besides public, with a view and a table's copy in it.",
        (
            extra(
                'op.execute("CREATE SCHEMA IF NOT EXISTS extensions")\n'
                'op.execute("CREATE SCHEMA reports")\n'
                'op.execute("CREATE VIEW reports.recent AS SELECT id, title FROM public.posts")',
                'op.execute("DROP SCHEMA reports CASCADE")',
            ),
        ),
    ),
    Case(
        "right_version_table_elsewhere",
        "The version table stands in a schema of its own, which env.py makes.",
        (replace(ENV, *VERSIONS_ELSEWHERE),),
    ),
    Case(
        "right_icu_collation",
        "A collation of ICU, one that is not deterministic, and an order by a third.",
        (
            extra(
                "op.execute(\"CREATE COLLATION german (provider = icu, locale = 'de-DE')\")\n"
                "op.execute(\"CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', "
                'deterministic = false)")\n'
                "op.execute(\"UPDATE users SET bio = '' WHERE username COLLATE \\\"en-US-x-icu\\\" < 'a'\")",
                'op.execute("DROP COLLATION german")\nop.execute("DROP COLLATION nocase")',
            ),
        ),
        needs=("icu",),
    ),
    Case(
        "right_system_collation",
        "An order by a collation of the operating system.",
        (extra("op.execute(\"UPDATE users SET bio = '' WHERE username COLLATE \\\"en_US.utf8\\\" < 'a'\")"),),
        needs=("en_US.utf8",),
    ),
    Case(
        "right_extension_of_env",
        "An extension that env.py makes, for a column that a revision adds.",
        (
            replace(
                ENV,
                (
                    "        context.configure(connection=connection, target_metadata=target_metadata)\n",
                    (
                        '        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS citext")\n'
                        "        connection.commit()\n"
                        "        context.configure(connection=connection, target_metadata=target_metadata)\n"
                    ),
                ),
                (
                    "    with context.begin_transaction():\n        context.run_migrations()\n\n\ndef",
                    (
                        "    with context.begin_transaction():\n"
                        '        context.execute("CREATE EXTENSION IF NOT EXISTS citext")\n'
                        "        context.run_migrations()\n\n\ndef"
                    ),
                ),
            ),
            replace(APP, POSTGRES_TYPES, ("    bio = db", "    nick = db.Column(CITEXT)\n    bio = db")),
            extra(
                "from sqlalchemy.dialects.postgresql import CITEXT\n"
                'op.add_column("users", sa.Column("nick", CITEXT()))',
                'op.drop_column("users", "nick")',
            ),
        ),
        needs=("contrib",),
    ),
    Case(
        "right_newer_syntax",
        "f-strings with their own quotes, in a revision and in the models; type parameters.",
        (
            replace(
                PROFILE,
                (
                    "def upgrade() -> None:\n",
                    'def upgrade() -> None:\n    assert f"{", ".join(["bio"])}" == "bio"\n',
                ),
            ),
            replace(
                APP,
                (
                    "def utc_now()",
                    "def first[T](items: list[T]) -> T:\n    return items[0]\n\n\ndef utc_now()",
                ),
            ),
        ),
        needs=("python3.12",),
    ),
    Case(
        "right_newer_library",
        "A name that the standard library has from Python 3.12 on.",
        (replace(APP, ("import os\n", "import os\nfrom itertools import batched\n")),),
        needs=("python3.12",),
    ),
    Case(
        "right_older_library",
        "A module that the standard library had before Python 3.12.",
        (replace(APP, ("import os\n", "import os\nfrom distutils.util import strtobool\n")),),
        needs=("python3.11",),
    ),
)
