"""Right answers whose models and database say the same in different words, or need each other."""

from __future__ import annotations

from tests.catalogue.case import APP, CATEGORIES, Case, Edit, extra, replace

_FIRST_VIEW = '@app.get("/users")'
_DIALECT = (
    "from sqlalchemy import MetaData\n",
    "from sqlalchemy import MetaData\nfrom sqlalchemy.dialects import postgresql\n",
)


def model(name: str, *lines: str) -> tuple[str, str]:
    """One more model in `app.py`, with a table of the same name in lower case and a column `id`."""
    body = "".join(f"    {line}\n" for line in lines)
    return (
        _FIRST_VIEW,
        (
            f'class {name}(db.Model):\n    __tablename__ = "{name.lower()}"\n'
            f"    id = db.Column(db.Integer, primary_key=True)\n{body}\n\n{_FIRST_VIEW}"
        ),
    )


def statements(*sql: str) -> str:
    """A body of `upgrade()` or `downgrade()` that executes these."""
    return "\n".join(f"op.execute({item!r})" for item in sql)


ENUM_OF_A_REVISION: tuple[Edit, ...] = (
    replace(
        APP,
        _DIALECT,
        model(
            "Ticket",
            'state = db.Column(postgresql.ENUM(name="ticket_state", create_type=False), nullable=False)',
            'before = db.Column(db.Enum("new", "done", name="ticket_state", create_type=False))',
        ),
    ),
    extra(
        statements(
            "CREATE TYPE ticket_state AS ENUM ('new', 'done')",
            "CREATE TABLE ticket (id serial PRIMARY KEY, state ticket_state NOT NULL, before ticket_state)",
        ),
        statements("DROP TABLE ticket", "DROP TYPE ticket_state"),
    ),
)

OBJECTS_OF_A_REVISION: tuple[Edit, ...] = (
    replace(
        APP,
        _DIALECT,
        model(
            "Invoice",
            "number = db.Column(db.Text, server_default=db.text(\"'R-' || nextval('invoice_number')\"))",
            'code = db.Column(db.Text, server_default=db.text("short_code()"), nullable=False)',
            'city = db.Column(db.String(40, collation="by_letters"))',
            'amount = db.Column(postgresql.DOMAIN("money_amount", db.Numeric(10, 2), create_type=False))',
            '__table_args__ = (db.CheckConstraint("is_code(code)", name="ck_code"),)',
        ),
    ),
    extra(
        statements(
            "CREATE SEQUENCE invoice_number START 1000",
            (
                "CREATE FUNCTION short_code() RETURNS text LANGUAGE sql "
                "AS $$ SELECT left(md5(random()::text), 8) $$"
            ),
            (
                "CREATE FUNCTION is_code(text) RETURNS boolean LANGUAGE sql IMMUTABLE "
                "AS $$ SELECT length($1) = 8 $$"
            ),
            'CREATE COLLATION by_letters FROM "C"',
            "CREATE DOMAIN money_amount AS numeric(10, 2) CHECK (VALUE >= 0)",
            "CREATE TABLE invoice (id serial PRIMARY KEY, "
            "number text DEFAULT 'R-' || nextval('invoice_number'), "
            "code text NOT NULL DEFAULT short_code() CHECK (is_code(code)), "
            "city varchar(40) COLLATE by_letters, amount money_amount)",
        ),
        statements(
            "DROP TABLE invoice",
            "DROP DOMAIN money_amount",
            "DROP COLLATION by_letters",
            "DROP FUNCTION is_code(text)",
            "DROP FUNCTION short_code()",
            "DROP SEQUENCE invoice_number",
        ),
    ),
)

DEFAULTS_IN_OTHER_WORDS: tuple[Edit, ...] = (
    replace(
        APP,
        _DIALECT,
        model(
            "Setting",
            "NEXT = db.text(\"nextval('setting_number')\")",
            "tags = db.Column(postgresql.ARRAY(db.Text), server_default=db.text(\"'{}'\"))",
            "labels = db.Column(postgresql.ARRAY(db.Text), server_default=db.text(\"'{a,b}'\"))",
            'data = db.Column(db.JSON, server_default=db.text("\'{\\"a\\": \\"b\\"}\'"))',
            "more = db.Column(postgresql.JSONB, server_default=db.text(\"'[]'::jsonb\"))",
            'price = db.Column(db.Numeric(10, 2), server_default="0")',
            'share = db.Column(db.Numeric, server_default="0.0")',
            'depth = db.Column(db.Integer, server_default=db.text("-1"))',
            'size = db.Column(db.Integer, server_default=db.text("60 * 60"))',
            "wait = db.Column(db.Interval, server_default=db.text(\"'90 minutes'\"))",
            'lang = db.Column(db.String(8), server_default="en")',
            'active = db.Column(db.Boolean, server_default="t")',
            "at = db.Column(db.DateTime, server_default=db.text(\"timezone('UTC', now())\"))",
            "day = db.Column(db.Date, server_default=db.func.current_date())",
            "made = db.Column(db.DateTime(timezone=True), server_default=db.func.now())",
            'number = db.Column(db.Integer, db.Sequence("setting_number"), server_default=NEXT)',
            "name = db.Column(db.Text, server_default=db.text(\"'S-' || nextval('setting_number')\"))",
        ),
    ),
    extra(
        statements(
            "CREATE SEQUENCE setting_number",
            "CREATE TABLE setting (id serial PRIMARY KEY, tags text[] DEFAULT ARRAY[]::text[], "
            "labels text[] DEFAULT ARRAY['a', 'b']::varchar[], data json DEFAULT '{\"a\":\"b\"}', "
            "more jsonb DEFAULT jsonb_build_array(), price numeric(10, 2) DEFAULT 0.00, "
            "share numeric DEFAULT '0', "
            "depth integer DEFAULT ('-1')::integer, size integer DEFAULT 3600, "
            "wait interval DEFAULT '01:30:00'::interval, lang varchar(8) DEFAULT (('en'::text)), "
            "active boolean DEFAULT (1 = 1), at timestamp DEFAULT (now() AT TIME ZONE 'utc'), "
            "day date DEFAULT ('now'::text)::date, made timestamptz DEFAULT CURRENT_TIMESTAMP, "
            "number integer DEFAULT nextval('public.setting_number'::regclass), "
            "name text DEFAULT 'S-'::text || nextval('setting_number'::text)::text)",
        ),
        statements("DROP TABLE setting", "DROP SEQUENCE setting_number"),
    ),
)

BESIDE_THE_TABLES: tuple[Edit, ...] = (
    extra(
        statements(
            (
                "CREATE MATERIALIZED VIEW post_counts AS "
                "SELECT user_id, count(*) AS posts FROM posts GROUP BY user_id"
            ),
            "CREATE UNIQUE INDEX post_counts_user ON post_counts (user_id)",
            "CREATE INDEX post_counts_posts ON post_counts (posts DESC)",
            "CREATE VIEW titles AS SELECT id, title FROM posts",
            "CREATE RULE no_titles AS ON DELETE TO titles DO INSTEAD NOTHING",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$",
            "CREATE TRIGGER touch_posts BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch()",
            "CREATE CONSTRAINT TRIGGER touch_users AFTER UPDATE ON users DEFERRABLE "
            "FOR EACH ROW EXECUTE FUNCTION touch()",
            "ALTER TABLE posts ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY everybody ON posts USING (true)",
        ),
        statements(
            "DROP POLICY everybody ON posts",
            "ALTER TABLE posts DISABLE ROW LEVEL SECURITY",
            "DROP TRIGGER touch_users ON users",
            "DROP TRIGGER touch_posts ON posts",
            "DROP FUNCTION touch()",
            "DROP VIEW titles",
            "DROP MATERIALIZED VIEW post_counts",
        ),
    ),
)

SHARED_SEQUENCE: tuple[Edit, ...] = (
    replace(
        APP,
        model("Offer", "no = db.Column(db.Integer, server_default=db.text(\"nextval('document_no')\"))"),
    ),
    replace(
        APP,
        model(
            "Bill",
            '__table_args__ = {"schema": "accounts"}',
            "no = db.Column(db.Integer, server_default=db.text(\"nextval('document_no')\"))",
        ),
    ),
    extra(
        statements(
            "CREATE SEQUENCE document_no",
            "CREATE SCHEMA accounts",
            "CREATE TABLE offer (id serial PRIMARY KEY, no integer DEFAULT nextval('document_no'))",
            "CREATE TABLE accounts.bill (id serial PRIMARY KEY, no integer DEFAULT nextval('document_no'))",
            "ALTER SEQUENCE document_no OWNED BY offer.no",
        ),
        statements("DROP SCHEMA accounts CASCADE", "DROP TABLE offer"),
    ),
)

EXTENSION_TYPES: tuple[Edit, ...] = (
    replace(
        APP,
        _DIALECT,
        model(
            "Person",
            "email = db.Column(postgresql.CITEXT, unique=True)",
            'key = db.Column(postgresql.UUID, server_default=db.text("uuid_generate_v4()"), nullable=False)',
        ),
    ),
    extra(
        statements(
            "CREATE EXTENSION citext",
            'CREATE EXTENSION "uuid-ossp"',
            (
                "CREATE TABLE person (id serial PRIMARY KEY, email citext UNIQUE, "
                "key uuid NOT NULL DEFAULT uuid_generate_v4())"
            ),
        ),
        statements("DROP TABLE person", 'DROP EXTENSION "uuid-ossp"', "DROP EXTENSION citext"),
    ),
)

PARTS_OF_SQL: tuple[Edit, ...] = (
    replace(
        APP,
        model(
            "Entry",
            '__table_args__ = {"postgresql_partition_by": "RANGE (id)"}',
            "no = db.Column(db.Integer, index=True)",
        ),
    ),
    extra(
        statements(
            "CREATE TABLE entry (id serial PRIMARY KEY, no integer) PARTITION BY RANGE (id)",
            "CREATE INDEX entries_by_number ON entry (no)",
            "CREATE TABLE first_entries PARTITION OF entry FOR VALUES FROM (0) TO (1000000)",
            "CREATE SEQUENCE entry_no",
            (
                "CREATE FUNCTION number_entry() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.no := nextval('entry_no'); RETURN NEW; END $$"
            ),
            "CREATE TRIGGER number BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION number_entry()",
        ),
        statements("DROP TABLE entry", "DROP FUNCTION number_entry()", "DROP SEQUENCE entry_no"),
    ),
)

RIGHT_COMPARISON: tuple[Case, ...] = (
    Case(
        "right_sequence_of_two_tables",
        "A sequence that a column owns and another table uses too, which is in a schema of its own.",
        SHARED_SEQUENCE,
    ),
    Case(
        "right_types_of_extensions",
        "The models use a type and a function of extensions that a revision makes.",
        EXTENSION_TYPES,
    ),
    Case(
        "right_partitions_and_numbers",
        "Partitions of a table, and a sequence that a trigger's function uses.",
        PARTS_OF_SQL,
    ),
    Case(
        "right_enum_of_a_revision",
        "The models use an enum that a revision makes, and do not make it themselves.",
        ENUM_OF_A_REVISION,
    ),
    Case(
        "right_objects_of_a_revision",
        "The models need a sequence, functions, a collation and a domain that a revision makes.",
        OBJECTS_OF_A_REVISION,
    ),
    Case(
        "right_defaults_in_other_words",
        "Server defaults that models and revision write differently.",
        DEFAULTS_IN_OTHER_WORDS,
    ),
    Case(
        "right_beside_the_tables",
        "A materialised view with indexes, a rule, triggers and row security, all in SQL.",
        BESIDE_THE_TABLES,
    ),
    Case(
        "right_foreign_key_actions",
        "A foreign key with actions and deferral of which the exercise says nothing, in the models as well.",
        (
            replace(
                APP,
                (
                    'category_id = db.Column(db.Integer, db.ForeignKey("categories.id"))',
                    (
                        "category_id = db.Column(\n        db.Integer,\n        db.ForeignKey(\n            "
                        '"categories.id", ondelete="SET NULL", onupdate="CASCADE", deferrable=True, '
                        'initially="DEFERRED", match="FULL"\n        ),\n    )'
                    ),
                ),
            ),
            replace(
                CATEGORIES,
                (
                    '["category_id"], ["id"]\n',
                    (
                        '["category_id"], ["id"],\n        ondelete="SET NULL", onupdate="CASCADE", '
                        'deferrable=True, initially="DEFERRED", match="FULL",\n'
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_comments_in_models",
        "Comments on tables and columns that only the models have.",
        (
            replace(
                APP,
                ("bio = db.Column(db.Text)", 'bio = db.Column(db.Text, comment="in their own words")'),
                (
                    '    __tablename__ = "posts"\n',
                    '    __tablename__ = "posts"\n    __table_args__ = {"comment": "what users write"}\n',
                ),
            ),
        ),
    ),
)
