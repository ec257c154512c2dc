"""Submissions that leave so much in the database, or say so much, that reading it could end the grader."""

from __future__ import annotations

from dataclasses import replace

from tests.catalogue.case import FROM_START, Case, Edit, breaks_at, extra, revision, write

COMMENTS = """\
op.execute('''DO $$ BEGIN
FOR n IN 1..60 LOOP
    EXECUTE format('CREATE SEQUENCE counter_%s', n);
    EXECUTE format('COMMENT ON SEQUENCE counter_%s IS %L', n, repeat('x', 190000));
END LOOP; END $$''')"""
FUNCTIONS = """\
op.execute('''DO $$ BEGIN
FOR n IN 1..5100 LOOP
    EXECUTE format('CREATE FUNCTION answer_%s() RETURNS integer LANGUAGE sql AS %L', n, 'SELECT 1');
END LOOP; END $$''')"""
LABELS = """\
labels = ", ".join(f"'{n:060}'" for n in range(100_000))
op.execute(f"CREATE TYPE many AS ENUM ({labels})")"""
LONG_VERSION = """\
op.execute("ALTER TABLE alembic_version DROP CONSTRAINT alembic_version_pkc")
op.execute("ALTER TABLE alembic_version ALTER version_num TYPE text")
op.execute("INSERT INTO alembic_version VALUES (repeat('x', 20000000))")"""
LONG_ROWS = """\
columns = ", ".join(f"'1e131071'::numeric AS n{n}" for n in range(100))
op.execute(f"CREATE TABLE long_numbers AS SELECT {columns} FROM generate_series(1, 3)")"""
LONG_MESSAGE = '''\
op.execute("""
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = repeat('x', 20000000);
END $$
""")
op.execute("CREATE TRIGGER shout BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION shout()")'''
QUIET = """\
op.execute("DROP TRIGGER shout ON posts")
op.execute("DROP FUNCTION shout()")"""
MANY_TABLES = """\
op.execute("SET statement_timeout = 0")
for n in range(8):
    op.execute(
        f"CREATE TABLE filler{n} AS "
        "SELECT repeat(md5(n::text), 55) AS text FROM generate_series(1, 60000) AS n"
    )"""
HOARD = """\
op.execute('''DO $$ DECLARE hoard text[] := '{}'; BEGIN
FOR n IN 1..1000 LOOP hoard[n] := repeat(md5(n::text), 32000); END LOOP; END $$''')"""


def _differing(count: int) -> tuple[Edit, ...]:
    """Revisions that each write other comments of 1.8 MB, so that all schemas are large and different."""
    edits: list[Edit] = []
    parent = "672b0dfe84a9"
    for number in range(count):
        name = f"{number:012x}"
        up, down = _comments(str(number)), _comments(str(number - 1) if number else "")
        path = f"alembic/versions/{name}_other_comments.py"
        edits.append(write(path, revision(name, parent, "other comments", up, down)))
        parent = name
    return tuple(edits)


def _comments(text: str) -> str:
    return (
        'for column in ("id", "username", "email", "full_name", "bio", "avatar_url", "is_active", '
        '"organization_id", "created_at", "updated_at"):\n'
        f"    op.execute(f\"COMMENT ON COLUMN users.{{column}} IS '{{{text!r} * 180_000:.180000}}'\")"
    )


def _too_large(name: str, why: str, code: str) -> Case:
    return breaks_at(
        5,
        name,
        why,
        (extra(code),),
        "left more in the database than the grader reads",
        diagnoses=("schema_too_large",),
        flags=("limit_hit",),
    )


def _no_room(name: str, why: str, code: str) -> Case:
    return breaks_at(
        5,
        name,
        why,
        (extra(code),),
        "needed more disk or memory of the database server",
        diagnoses=("space_exhausted",),
        flags=("limit_hit",),
    )


LIMITS: tuple[Case, ...] = (
    _too_large("hostile_comments", "A revision writes 60 comments of 190 kB.", COMMENTS),
    _too_large("hostile_functions", "A revision makes thousands of functions.", FUNCTIONS),
    _too_large("hostile_labels", "A revision makes an enum with 100,000 labels.", LABELS),
    replace(
        _too_large("hostile_long_version", "A revision puts 20 MB into the version table.", LONG_VERSION),
        score=8.0,
        failed={"upgrade_head": FROM_START, "history": ("listed",)},
    ),
    Case(
        "hostile_long_rows",
        "A revision makes rows that take 1 kB on the disk and 13 MB as text.",
        (extra(LONG_ROWS, 'op.execute("DROP TABLE long_numbers")'),),
        score=90.0,
        failed={"models_match": ("own_models",)},
    ),
    Case(
        "hostile_long_message",
        "A trigger refuses rows with a message of 20 MB.",
        (extra(LONG_MESSAGE, QUIET),),
    ),
    Case(
        "hostile_other_comments",
        "Revisions after each of which the schema is another one of nearly 2 MB.",
        _differing(5),
        failed={
            "reversible_chain": ("revision_000000000004",),
            "data_survival": ("up_000000000003",),
        },
        flags=("limit_hit",),
    ),
    _no_room("hostile_many_tables", "A revision fills the disk with table after table.", MANY_TABLES),
    _no_room("hostile_hoard", "A statement takes all memory that its session gets.", HOARD),
)
"""Limits on what is read, and on what a server takes."""
