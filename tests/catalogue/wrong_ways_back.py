"""Wrong answers with many mistakes: revisions that change nothing, and each fails on the way back.

A step fails for one reason only; these collect the reasons that are rare in a chain of four revisions.
"""

from __future__ import annotations

from tests.catalogue.case import Case, revision, write

BELOW = "672b0dfe84a9"

STATEMENTS = {
    "table_missing": 'op.drop_table("tags")',
    "column_missing": 'op.drop_column("users", "phone")',
    "constraint_missing": 'op.drop_constraint("uq_posts_title", "posts")',
    "index_missing": 'op.drop_index("ix_posts_title", table_name="posts")',
    "object_missing": 'op.execute("DROP TYPE mood")',
    "function_missing": 'op.execute("SELECT uuid_generate_v4()")',
    "table_exists": 'op.create_table("users", sa.Column("id", sa.Integer()))',
    "column_exists": 'op.add_column("users", sa.Column("email", sa.Text()))',
    "object_exists": 'op.create_unique_constraint("uq_users_email", "users", ["email"])',
    "second_primary_key": 'op.create_primary_key("key", "users", ["email"])',
    "dependents_exist": 'op.drop_table("organizations")',
    "column_used_by_view": (
        'op.execute("CREATE VIEW titles AS SELECT title FROM posts")\n'
        'op.alter_column("posts", "title", type_=sa.Text())'
    ),
    "cast_needed": 'op.alter_column("posts", "title", type_=sa.Integer())',
    "default_does_not_fit": (
        'op.alter_column("posts", "status", server_default="draft")\n'
        'op.alter_column("posts", "status", type_=sa.Integer(), postgresql_using="length(status)")'
    ),
    "foreign_key_types_differ": 'op.create_foreign_key("fk", "users", "organizations", ["email"], ["id"])',
    "foreign_key_target_not_unique": (
        'op.create_foreign_key("fk", "users", "organizations", ["full_name"], ["plan"])'
    ),
    "not_in_transaction": 'op.execute("CREATE INDEX CONCURRENTLY ix ON users (full_name)")',
    "wrong_kind_of_object": 'op.execute("DROP VIEW users")',
    "extension_unavailable": 'op.execute("CREATE EXTENSION no_such_extension")',
    "space_exhausted": 'op.execute("SELECT array_fill(0, ARRAY[200000000])")',
    "sql_syntax": 'op.execute("ALTER TABLE users MODIFY username VARCHAR(80)")',
    "null_written": "op.execute(\"INSERT INTO organizations (name) VALUES ('a')\")",
    "duplicate_key": "op.execute(\"INSERT INTO organizations (name, slug) VALUES ('a', 'a'), ('a', 'b')\")",
    "value_out_of_range": 'op.execute("UPDATE posts SET view_count = 99999999999")',
    "connection_lost": 'op.execute("SELECT pg_terminate_backend(pg_backend_pid())")',
}
"""Downgrades that PostgreSQL refuses, by the id of the diagnosis."""

OPERATIONS = {
    "enum_without_name": 'op.add_column("posts", sa.Column("mood", sa.Enum("calm", "wild")))',
    "column_without_type": 'op.add_column("posts", sa.Column("mood"))',
    "type_of_other_database": (
        'from sqlalchemy.dialects import mysql\nop.add_column("posts", sa.Column("mood", mysql.TINYINT()))'
    ),
    "sql_not_text": 'op.get_bind().execute("SELECT 1")',
    "sql_parameter_missing": 'op.execute(sa.text("UPDATE posts SET title = :title"))',
    "transaction_aborted": (
        'try:\n    op.execute("SELECT * FROM tags")\nexcept sa.exc.ProgrammingError:\n'
        '    op.execute("SELECT 1")'
    ),
    "asks_for_input": 'input("Really? ")',
    "operation_unknown": 'op.rename_column("posts", "title", "headline")',
    "batch_column_missing": (
        'with op.batch_alter_table("posts", recreate="always") as batch_op:\n'
        '    batch_op.alter_column("headline", nullable=True)'
    ),
    "file_missing": 'open("categories.csv")',
    "file_not_writable": 'open("/proc/sys/kernel/ostype", "w")',
    "endless_recursion": "downgrade()",
    "attribute_missing": '"posts".drop()',
    "arguments_wrong": 'op.drop_column("posts")',
    "too_many_connections": (
        "import os\n"
        'engines = [sa.create_engine(os.environ["DIRECT_URL"]) for _ in range(40)]\n'
        "connections = [engine.connect() for engine in engines]"
    ),
}
"""Downgrades that Alembic, SQLAlchemy or Python refuse, by the id of the diagnosis."""

BASE = "from sqlalchemy import orm\nBase = orm.declarative_base()\n"
MODELS = {
    "relationship_unknown_class": (
        'class Note(Base):\n    __tablename__ = "notes"\n    id = sa.Column(sa.Integer, primary_key=True)\n'
        '    author = orm.relationship("Author")\nNote()'
    ),
    "relationship_without_foreign_key": (
        'class Note(Base):\n    __tablename__ = "notes"\n    id = sa.Column(sa.Integer, primary_key=True)\n'
        '    others = orm.relationship("Note")\nNote()'
    ),
    "reserved_attribute": (
        "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
        "class Note(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "    metadata = db.Column(db.Text)"
    ),
    "annotation_not_mapped": (
        'class Note(Base):\n    __tablename__ = "notes"\n    id: int = orm.mapped_column(primary_key=True)'
    ),
    "column_defined_twice": (
        'sa.Table("notes", Base.metadata, sa.Column("id", sa.Integer), sa.Column("id", sa.Integer))'
    ),
    "column_arguments_wrong": 'sa.Column("id", sa.Integer, primary=True)',
    "mapping_error": "class Note(Base):\n    id = sa.Column(sa.Integer, primary_key=True)",
}
"""Models that SQLAlchemy cannot make sense of, by the id of the diagnosis."""


def _all_ways(name: str, why: str, bodies: dict[str, str], before: str = "") -> Case:
    """A chain in which every downgrade above the reference's head fails, each in its own way."""
    numbers = [f"e{number:011d}" for number in range(len(bodies))]
    edits = tuple(
        write(
            f"alembic/versions/{number}_{diagnosis}.py",
            revision(number, parent, diagnosis.replace("_", " "), "pass", before + body),
        )
        for number, parent, (diagnosis, body) in zip(numbers, [BELOW, *numbers], bodies.items(), strict=False)
    )
    return Case(
        name,
        why,
        edits,
        score=85.0,
        failed={
            "downgrade": ("undone", "schema"),
            "reversible_chain": tuple(f"revision_{number}" for number in numbers),
            "data_survival": (f"down_{numbers[-1]}",),
        },
        skipped={"reapply": "downgrade"},
        diagnoses=tuple(bodies),
    )


WRONG_WAYS_BACK: tuple[Case, ...] = (
    _all_ways("wrong_ways_back_in_sql", "Downgrades that PostgreSQL refuses.", STATEMENTS),
    _all_ways("wrong_ways_back_in_code", "Downgrades that fail before PostgreSQL hears of them.", OPERATIONS),
    _all_ways("wrong_ways_back_in_models", "Downgrades that define models.", MODELS, BASE),
)
