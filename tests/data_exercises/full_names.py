"""Full names are split: the last word is the last name, and all before it is the first name."""

from __future__ import annotations

from tests.data_exercises.exercise import Answer, Exercise

CRITERION = """\
[criteria.names]
kind = "data"
points = 80
before = "users.first_name"

[[criteria.names.rows.users]]
id = 1
full_name = "Ada Lovelace"

[[criteria.names.rows.users]]
id = 2
full_name = "Grace Brewster Hopper"

[[criteria.names.rows.users]]
id = 3
full_name = "Plato"

[[criteria.names.expect]]
query = "SELECT id, first_name, last_name FROM users ORDER BY id"
rows = [
    [1, "Ada", "Lovelace"],
    [2, "Grace Brewster", "Hopper"],
    { id = 3, first_name = "Plato" },
]

[[criteria.names.after_downgrade]]
query = "SELECT id, full_name FROM users ORDER BY id"
rows = [[1, "Ada Lovelace"], [2, "Grace Brewster Hopper"], [3, "Plato"]]
"""
BASE = (
    """
op.create_table("users", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("full_name", sa.String(120), nullable=False))
""",
    'op.drop_table("users")',
)
ADD = """
op.add_column("users", sa.Column("first_name", sa.String(120)))
op.add_column("users", sa.Column("last_name", sa.String(120)))
"""
DROP = 'op.drop_column("users", "full_name")'
SPLIT = r"""
op.execute(r"UPDATE users SET first_name = regexp_replace(full_name, '\s+\S+$', ''), "
           r"last_name = substring(full_name from '\s(\S+)$')")
"""
REMOVE = """
op.drop_column("users", "first_name")
op.drop_column("users", "last_name")
"""
RESTORE = """
op.add_column("users", sa.Column("full_name", sa.String(120)))
op.execute("UPDATE users SET full_name = concat_ws(' ', first_name, last_name)")
op.alter_column("users", "full_name", nullable=False)
"""
BACK = RESTORE + REMOVE
BY_ORM = """
from sqlalchemy.orm import Session, declarative_base
class User(declarative_base()):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    full_name = sa.Column(sa.String)
    first_name = sa.Column(sa.String)
    last_name = sa.Column(sa.String)
with Session(bind=op.get_bind()) as session:
    for user in session.query(User):
        *first, last = user.full_name.split()
        user.first_name, user.last_name = (" ".join(first), last) if first else (last, None)
    session.commit()
"""
IN_BATCHES = """
users = sa.table("users", *map(sa.column, ("id", "full_name", "first_name", "last_name")))
bind, last_id = op.get_bind(), 0
while rows := bind.execute(sa.select(users.c.id, users.c.full_name).where(users.c.id > last_id)
                           .order_by(users.c.id).limit(2)).all():
    for row in rows:
        first, _, last = row.full_name.rpartition(" ")
        values = {"first_name": first or last, "last_name": last if first else None}
        bind.execute(users.update().where(users.c.id == row.id).values(**values))
    last_id = rows[-1].id
"""
RENAMED = """
op.alter_column("users", "full_name", new_column_name="first_name")
op.add_column("users", sa.Column("last_name", sa.String(120)))
op.execute(r"UPDATE users SET last_name = substring(first_name from '\\s(\\S+)$'), "
           r"first_name = regexp_replace(first_name, '\\s+\\S+$', '')")
"""
RENAMED_BACK = """
op.execute("UPDATE users SET first_name = concat_ws(' ', first_name, last_name)")
op.drop_column("users", "last_name")
op.alter_column("users", "first_name", new_column_name="full_name")
"""
NEW_TABLE = (
    """
op.create_table("people", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("first_name", sa.String(120)), sa.Column("last_name", sa.String(120)))
""",
    'op.drop_table("people")',
)
COPIED = (
    r"""
op.execute(r"INSERT INTO people SELECT id, regexp_replace(full_name, '\s+\S+$', ''), "
           r"substring(full_name from '\s(\S+)$') FROM users")
""",
    'op.execute("DELETE FROM people")',
)
TABLE_REPLACED = (
    """
op.drop_table("users")
op.rename_table("people", "users")
""",
    """
op.rename_table("users", "people")
op.create_table("users", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("full_name", sa.String(120), nullable=False))
op.execute("INSERT INTO users SELECT id, concat_ws(' ', first_name, last_name) FROM people")
""",
)
MIDDLE_LOST = """
op.execute("UPDATE users SET first_name = split_part(full_name, ' ', 1), "
           "last_name = nullif(split_part(full_name, ' ', 2), '')")
"""
SWAPPED = r"""
op.execute(r"UPDATE users SET last_name = regexp_replace(full_name, '\s+\S+$', ''), "
           r"first_name = substring(full_name from '\s(\S+)$')")
"""
FIRST_ALONE = BACK.replace("concat_ws(' ', first_name, last_name)", "first_name")
NOT_NULL = """
op.add_column("users", sa.Column("email", sa.String(120), nullable=False))
"""

FULL_NAMES = Exercise(
    "full_names",
    CRITERION,
    BASE,
    (
        Answer("raw_sql", ((ADD + SPLIT + DROP, BACK),)),
        Answer("orm_session", ((ADD + BY_ORM + DROP, BACK),)),
        Answer("batches", ((ADD + IN_BATCHES + DROP, BACK),)),
        Answer(
            "three_revisions",
            (
                (ADD, REMOVE),
                (SPLIT, "pass"),
                (DROP, RESTORE),
            ),
        ),
        Answer("renamed_in_place", ((RENAMED, RENAMED_BACK),)),
        Answer("table_replaced", (NEW_TABLE, COPIED, TABLE_REPLACED)),
        Answer(
            "wrong_nothing_filled",
            ((ADD, REMOVE),),
            ("expect_1",),
            (
                "NULL where a value is expected, in first_name and last_name",
                "upgrade() of revision a001",
                "a001_step.py, line",
            ),
        ),
        Answer(
            "wrong_swapped",
            ((ADD + SWAPPED + DROP, BACK),),
            ("expect_1", "after_downgrade_1"),
            ("each other's place, in first_name and last_name",),
        ),
        Answer(
            "wrong_middle_names_lost", ((ADD + MIDDLE_LOST + DROP, BACK),), ("expect_1", "after_downgrade_1")
        ),
        Answer(
            "wrong_way_back_loses_last_names",
            ((ADD + SPLIT + DROP, FIRST_ALONE),),
            ("after_downgrade_1",),
            ("downgrade() of revision a001",),
        ),
        Answer(
            "wrong_row_refused",
            ((NOT_NULL, 'op.drop_column("users", "email")'), (ADD + SPLIT + DROP, BACK)),
            ("expect_1", "after_downgrade_1"),
            (
                "Just before revision a002",
                '"email"',
                "server default",
                "See migrations/versions/a001_step.py, line",
            ),
        ),
        Answer(
            "wrong_made_in_one_go",
            (),
            ("expect_1", "after_downgrade_1"),
            ("no revision makes users.first_name",),
        ),
    ),
)
