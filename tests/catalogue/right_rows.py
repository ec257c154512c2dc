"""Right answers whose revisions hold only over rows such as the app writes, and tables that take no rows."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    EXTRA_ID,
    INITIAL,
    Case,
    Edit,
    extra,
    replace,
    revision,
    write,
)

SECOND_ID = "b83f0a5d67c1"
SECOND = f"alembic/versions/{SECOND_ID}_and_another_change.py"
TYPES = (
    ("role", "sa.String(20)", 'db.Enum("admin", "author", "editor", name="user_role"), default="author"'),
    ("age", "sa.String(10)", "db.Integer"),
    ("settings", "sa.Text()", "postgresql.JSONB"),
    ("token", "sa.String(36)", "postgresql.UUID"),
    ("born", "sa.Text()", "db.Date"),
    ("newsletter", "sa.String(8)", "db.Boolean, default=True"),
    ("tags", "sa.Text()", "postgresql.ARRAY(db.String(80))"),
)
CAST = ("user_role", "integer", "jsonb", "uuid", "date", "boolean")


def columns(*parts: tuple[str, str, str], table_args: str = "") -> tuple[Edit, ...]:
    """Columns of `users`: name, type in the first revision (or nothing), and what the model says at head."""
    initial = "".join(f'        sa.Column("{name}", {old}),\n' for name, old, _ in parts if old)
    models = "".join(f"    {name} = db.Column({new})\n" for name, _, new in parts)
    constraints = f"    __table_args__ = ({table_args},)\n" if table_args else ""
    return (
        replace(APP, ("    bio = db.Column", f"{constraints}{models}    bio = db.Column")),
        replace(
            APP,
            (
                "from sqlalchemy import MetaData\n",
                "from sqlalchemy import MetaData\nfrom sqlalchemy.dialects import postgresql\n",
            ),
        ),
        replace(INITIAL, ('        sa.Column("full_name"', f'{initial}        sa.Column("full_name"')),
    )


def second(upgrade: str, downgrade: str = "pass") -> Edit:
    """A revision on top of `extra`."""
    return write(SECOND, revision(SECOND_ID, EXTRA_ID, "and another change", upgrade, downgrade))


def model(name: str, *lines: str) -> Edit:
    """One more model."""
    body = "\n".join(f"    {line}" for line in lines)
    return replace(
        APP, ('\n\n@app.get("/users")\n', f'\n\nclass {name}(db.Model):\n{body}\n\n\n@app.get("/users")\n')
    )


def lines(*parts: str) -> str:
    """The body of a function of a revision."""
    return "\n".join(parts)


def sql(*statements: str) -> str:
    """Lines of a revision that run statements."""
    return "\n".join(f'op.execute("{statement}")' for statement in statements)


ROLES = model(
    "Role",
    '__tablename__ = "roles"',
    "id = db.Column(db.Integer, primary_key=True)",
    "name = db.Column(db.String(20), nullable=False)",
)
MAKE_ROLES = (
    'roles = op.create_table(\n    "roles",\n    sa.Column("id", sa.Integer(), nullable=False),\n'
    '    sa.Column("name", sa.String(20), nullable=False),\n'
    '    sa.PrimaryKeyConstraint("id", name="pk_roles"),\n)\n'
)
FILL_ROLES = 'op.bulk_insert(roles, [{"name": "reader"}, {"name": "author"}, {"name": "editor"}])\n'

OLD_STATES = "\"state in ('new', 'done')\""
NEW_STATES = "\"state in ('open', 'done')\""

RIGHT_ROWS: tuple[Case, ...] = (
    Case(
        "right_texts_become_types",
        "Texts become an enum, a number, JSON, a UUID, a date, a boolean and a list.",
        (
            *columns(*TYPES),
            extra(
                "op.execute(\"CREATE TYPE user_role AS ENUM ('admin', 'author', 'editor')\")\n"
                + "".join(
                    f'op.execute("ALTER TABLE users ALTER {name} TYPE {kind} USING {name}::{kind}")\n'
                    for (name, _, _), kind in zip(TYPES, CAST, strict=False)
                )
                + sql("ALTER TABLE users ALTER tags TYPE varchar(80)[] USING string_to_array(tags, ',')"),
                "".join(
                    f'op.alter_column("users", "{name}", type_={old}, postgresql_using="{name}::text")\n'
                    for name, old, _ in TYPES[:-1]
                )
                + "op.execute(\"ALTER TABLE users ALTER tags TYPE text USING array_to_string(tags, ',')\")\n"
                + 'op.execute("DROP TYPE user_role")',
            ),
        ),
    ),
    Case(
        "right_checks_added_later",
        "CHECK constraints over columns that had none, and unique ones.",
        (
            *columns(
                ("state", "sa.String(20)", 'db.String(20), default="new"'),
                ("code", "sa.String(20)", "db.String(20)"),
                ("visits", "sa.Integer()", "db.Integer, default=0"),
                ("handle", "sa.String(60)", "db.String(60)"),
                ("contact", "sa.String(60)", "db.String(60)"),
                ("starts_on", "sa.Date()", "db.Date"),
                ("ends_on", "sa.Date()", "db.Date"),
                table_args=(
                    "db.CheckConstraint(\"state in ('new', 'active', 'left')\", name='state'), "
                    "db.CheckConstraint('length(code) > 2 and code = upper(code)', name='code'), "
                    "db.CheckConstraint('visits between 0 and 9', name='visits'), "
                    "db.CheckConstraint(\"handle ~ '^[a-z0-9-]+$'\", name='handle'), "
                    "db.CheckConstraint(\"contact like '%@%'\", name='contact'), "
                    "db.CheckConstraint('starts_on > ends_on', name='order'), "
                    "db.UniqueConstraint('organization_id', 'code', name='codes'), "
                    "db.Index('handles', 'handle', unique=True, postgresql_where=db.text('is_active'))"
                ),
            ),
            extra(
                "op.create_check_constraint('state', 'users', \"state in ('new', 'active', 'left')\")\n"
                "op.create_check_constraint('code', 'users', 'length(code) > 2 and code = upper(code)')\n"
                "op.create_check_constraint('visits', 'users', 'visits between 0 and 9')\n"
                "op.create_check_constraint('handle', 'users', \"handle ~ '^[a-z0-9-]+$'\")\n"
                "op.create_check_constraint('contact', 'users', \"contact like '%@%'\")\n"
                "op.create_check_constraint('order', 'users', 'starts_on > ends_on')\n"
                "op.create_unique_constraint('codes', 'users', ['organization_id', 'code'])\n"
                "op.create_index('handles', 'users', ['handle'], unique=True, "
                "postgresql_where=sa.text('is_active'))",
                "op.drop_index('handles', 'users')\n"
                "for name in ('codes', 'order', 'contact', 'handle', 'visits', 'code', 'state'):\n"
                "    op.drop_constraint(name, 'users')",
            ),
        ),
    ),
    Case(
        "right_lengths_added_later",
        "Lengths that all that the app writes fits into; a column without values is filled first.",
        (
            *columns(
                ("nick", "sa.Text()", "db.String(30)"),
                ("motto", "sa.String(200)", "db.String(20)"),
                ("grade", "sa.String(20)", 'db.String(5), default="basic"'),
                ("tier", "", "db.Integer, nullable=False"),
            ),
            extra(
                lines(
                    'op.alter_column("users", "nick", type_=sa.String(30))',
                    'op.alter_column("users", "motto", type_=sa.String(20))',
                    'op.alter_column("users", "grade", type_=sa.String(5))',
                    'op.add_column("users", sa.Column("tier", sa.Integer()))',
                    sql("UPDATE users SET tier = CASE grade WHEN 'basic' THEN 0 WHEN 'pro' THEN 1 END"),
                    'op.alter_column("users", "tier", nullable=False)',
                ),
                'op.drop_column("users", "tier")\n'
                'op.alter_column("users", "grade", type_=sa.String(20))\n'
                'op.alter_column("users", "motto", type_=sa.String(200))\n'
                'op.alter_column("users", "nick", type_=sa.Text())',
            ),
        ),
    ),
    Case(
        "right_column_split",
        "A name is split into two columns, and put together again on the way back.",
        (
            *columns(
                ("legal_name", "sa.String(120)", "db.String(120)"),
            )[:1],
            replace(
                APP,
                (
                    "    legal_name = db.Column(db.String(120))\n",
                    "    given_name = db.Column(db.String(60))\n    family_name = db.Column(db.String(60))\n",
                ),
            ),
            replace(
                INITIAL,
                (
                    '        sa.Column("full_name"',
                    '        sa.Column("legal_name", sa.String(120)),\n        sa.Column("full_name"',
                ),
            ),
            extra(
                'op.add_column("users", sa.Column("given_name", sa.String(60)))\n'
                'op.add_column("users", sa.Column("family_name", sa.String(60)))\n'
                "op.execute(\"UPDATE users SET given_name = split_part(legal_name, ' ', 1), \"\n"
                "           \"family_name = split_part(legal_name, ' ', 2)\")\n"
                'op.drop_column("users", "legal_name")',
                'op.add_column("users", sa.Column("legal_name", sa.String(120)))\n'
                "op.execute(\"UPDATE users SET legal_name = given_name || ' ' || family_name\")\n"
                'op.drop_column("users", "family_name")\n'
                'op.drop_column("users", "given_name")',
            ),
        ),
    ),
    Case(
        "right_lookup_table",
        "A text gives way to a table that a revision fills; each user refers to it. One row more later.",
        (
            ROLES,
            replace(
                INITIAL,
                (
                    '        sa.Column("full_name"',
                    '        sa.Column("role", sa.String(20)),\n        sa.Column("full_name"',
                ),
            ),
            *columns(
                ("role_id", "", 'db.Integer, db.ForeignKey("roles.id", name="fk_users_role"), nullable=False')
            ),
            extra(
                lines(
                    MAKE_ROLES,
                    FILL_ROLES,
                    'op.add_column("users", sa.Column("role_id", sa.Integer()))',
                    sql("UPDATE users SET role_id = (SELECT id FROM roles WHERE name = role)"),
                    'op.drop_column("users", "role")',
                    'op.alter_column("users", "role_id", nullable=False)',
                    'op.create_foreign_key("fk_users_role", "users", "roles", ["role_id"], ["id"])',
                ),
                lines(
                    'op.add_column("users", sa.Column("role", sa.String(20)))',
                    sql("UPDATE users SET role = (SELECT name FROM roles WHERE id = role_id)"),
                    'op.drop_constraint("fk_users_role", "users")',
                    'op.drop_column("users", "role_id")\nop.drop_table("roles")',
                ),
            ),
            second(
                sql("INSERT INTO roles (name) VALUES ('owner')"),
                sql("DELETE FROM roles WHERE name = 'owner'"),
            ),
        ),
    ),
    Case(
        "right_read_only_lookup",
        "A table with rows of a revision and a trigger that refuses all others.",
        (
            ROLES,
            extra(
                MAKE_ROLES
                + 'op.bulk_insert(roles, [{"id": 1, "name": "reader"}, {"id": 2, "name": "author"}])\n'
                + 'op.execute("""\nCREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$\n'
                "BEGIN RAISE EXCEPTION 'roles are fixed'; END $$;\n"
                "CREATE TRIGGER fixed BEFORE INSERT OR UPDATE OR DELETE ON roles\n"
                'FOR EACH STATEMENT EXECUTE FUNCTION refuse()\n""")',
                'op.drop_table("roles")\nop.execute("DROP FUNCTION refuse()")',
            ),
        ),
    ),
    Case(
        "right_column_to_lookup",
        "The values of a column move into a table of their own.",
        (
            model(
                "City",
                '__tablename__ = "cities"',
                "id = db.Column(db.Integer, primary_key=True)",
                "name = db.Column(db.String(80), unique=True)",
            ),
            *columns(("city_id", "", 'db.Integer, db.ForeignKey("cities.id", name="fk_users_city")')),
            replace(
                INITIAL,
                (
                    '        sa.Column("full_name"',
                    '        sa.Column("city", sa.String(80)),\n        sa.Column("full_name"',
                ),
            ),
            extra(
                lines(
                    'op.create_table("cities", sa.Column("id", sa.Integer(), primary_key=True), '
                    'sa.Column("name", sa.String(80)), sa.UniqueConstraint("name", name="uq_cities_name"))',
                    'op.add_column("users", sa.Column("city_id", sa.Integer()))',
                    'op.create_foreign_key("fk_users_city", "users", "cities", ["city_id"], ["id"])',
                    sql(
                        "INSERT INTO cities (name) SELECT DISTINCT city FROM users WHERE city IS NOT NULL",
                        "UPDATE users SET city_id = cities.id FROM cities WHERE cities.name = users.city",
                    ),
                    'op.drop_column("users", "city")',
                ),
                lines(
                    'op.add_column("users", sa.Column("city", sa.String(80)))',
                    sql("UPDATE users SET city = cities.name FROM cities WHERE cities.id = users.city_id"),
                    'op.drop_column("users", "city_id")',
                    'op.drop_table("cities")',
                ),
            ),
        ),
    ),
    Case(
        "right_tables_without_rows",
        "Tables that take no row that could be thought of: a hard CHECK, a trigger, a rule, row security.",
        (
            model(
                "Hard",
                '__tablename__ = "hard"',
                '__table_args__ = (db.CheckConstraint("a % 7919 = 4 and a > 70000", name="hard"),)',
                "a = db.Column(db.Integer, primary_key=True, autoincrement=False)",
            ),
            model("Locked", '__tablename__ = "locked"', "id = db.Column(db.Integer, primary_key=True)"),
            model("Hidden", '__tablename__ = "hidden"', "id = db.Column(db.Integer, primary_key=True)"),
            extra(
                'a = sa.Column("a", sa.Integer(), primary_key=True, autoincrement=False)\n'
                'op.create_table("hard", a)\n'
                'op.create_check_constraint("hard", "hard", "a % 7919 = 4 and a > 70000")\n'
                'op.create_table("locked", sa.Column("id", sa.Integer(), primary_key=True))\n'
                'op.execute("CREATE RULE nothing AS ON INSERT TO locked DO INSTEAD NOTHING")\n'
                'op.create_table("hidden", sa.Column("id", sa.Integer(), primary_key=True))\n'
                'op.execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")',
                'op.drop_table("hidden")\nop.drop_table("locked")\nop.drop_table("hard")',
            ),
        ),
    ),
    Case(
        "right_enum_value_added",
        "An enum gets a value that no row has when it is taken away again.",
        (
            *columns(
                (
                    "level",
                    'sa.Enum("low", "high", name="level")',
                    'db.Enum("low", "high", "top", name="level"), default="low"',
                )
            ),
            replace(
                INITIAL,
                (
                    '    op.drop_table("organizations")',
                    '    op.drop_table("organizations")\n    op.execute("DROP TYPE level")',
                ),
            ),
            extra(
                "op.execute(\"ALTER TYPE level ADD VALUE 'top'\")",
                'op.execute("ALTER TYPE level RENAME TO old_level")\n'
                "op.execute(\"CREATE TYPE level AS ENUM ('low', 'high')\")\n"
                'op.execute("ALTER TABLE users ALTER level TYPE level USING level::text::level")\n'
                'op.execute("DROP TYPE old_level")',
            ),
        ),
    ),
    Case(
        "right_new_names",
        "A column, a label of an enum and a value of a CHECK get new names; a CHECK comes with them.",
        (
            *columns(
                ("mood", 'sa.Enum("new", "done", name="mood")', 'db.Enum("open", "done", name="mood")'),
                ("state", f"sa.String(20), sa.CheckConstraint({OLD_STATES}, name='states')", "db.String(20)"),
                ("grade", "sa.String(20)", "db.String(20)"),
                table_args=(
                    f"db.CheckConstraint({NEW_STATES}, name='states'), "
                    "db.CheckConstraint(\"level in ('low', 'high')\", name='level')"
                ),
            ),
            replace(APP, ("    grade = db.Column", "    level = db.Column")),
            replace(
                INITIAL,
                (
                    '    op.drop_table("organizations")',
                    '    op.drop_table("organizations")\n    op.execute("DROP TYPE mood")',
                ),
            ),
            extra(
                lines(
                    sql("ALTER TYPE mood RENAME VALUE 'new' TO 'open'"),
                    'op.drop_constraint("states", "users")',
                    sql("UPDATE users SET state = 'open' WHERE state = 'new'"),
                    f'op.create_check_constraint("states", "users", {NEW_STATES})',
                    'op.alter_column("users", "grade", new_column_name="level")',
                    "op.create_check_constraint('level', 'users', \"level in ('low', 'high')\")",
                ),
                lines(
                    'op.drop_constraint("level", "users")',
                    'op.alter_column("users", "level", new_column_name="grade")',
                    'op.drop_constraint("states", "users")',
                    sql("UPDATE users SET state = 'new' WHERE state = 'open'"),
                    f'op.create_check_constraint("states", "users", {OLD_STATES})',
                    sql("ALTER TYPE mood RENAME VALUE 'open' TO 'new'"),
                ),
            ),
        ),
    ),
)
