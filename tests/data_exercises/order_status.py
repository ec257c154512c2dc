"""The status of orders, a text that anybody could write, becomes an enum."""

from __future__ import annotations

from tests.data_exercises.exercise import Answer, Exercise

CRITERION = """\
[criteria.status]
kind = "data"
points = 80
before = "orders.status"
sql = '''
INSERT INTO orders (id, status) VALUES (10, 'open'), (11, 'paid'), (12, 'shipped'), (13, 'canceled');
INSERT INTO orders (status) VALUES (NULL);
'''

[[criteria.status.expect]]
title = "each order has its status"
query = "SELECT id, status FROM orders WHERE id BETWEEN 10 AND 13"
rows = [[13, "cancelled"], [12, "shipped"], [11, "paid"], [10, "open"]]

[[criteria.status.expect]]
title = "an order without a status has none"
query = "SELECT count(*) AS orders FROM orders WHERE status IS NULL"
rows = [[1]]

[[criteria.status.after_downgrade]]
query = "SELECT status FROM orders WHERE status <> 'canceled' AND status <> 'cancelled' ORDER BY id"
rows = [["open"], ["paid"], ["shipped"]]
"""
BASE = (
    """
op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("status", sa.String(20)))
""",
    'op.drop_table("orders")',
)
TYPE = """
status = sa.Enum("open", "paid", "shipped", "cancelled", name="order_status")
status.create(op.get_bind())
"""
SPELLED = "replace(status, 'canceled', 'cancelled')::order_status"
IN_PLACE = TYPE + f'op.alter_column("orders", "status", type_=status, postgresql_using="{SPELLED}")\n'
NO_TYPE = 'op.execute("DROP TYPE order_status")\n'
BACK = (
    """
op.alter_column("orders", "status", type_=sa.String(20), postgresql_using="status::text")
"""
    + NO_TYPE
)
NEW_COLUMN = (
    TYPE + 'op.add_column("orders", sa.Column("new", status))\n',
    'op.drop_column("orders", "new")\n' + NO_TYPE,
)
FILL = """
orders = sa.table("orders", sa.column("status", sa.String), sa.column("new"))
for old, new in {"open": "open", "paid": "paid", "shipped": "shipped", "canceled": "cancelled"}.items():
    value = sa.cast(new, sa.Enum(name="order_status"))
    op.execute(orders.update().where(orders.c.status == old).values(new=value))
"""
SWITCH = """
op.drop_column("orders", "status")
op.alter_column("orders", "new", new_column_name="status")
"""
SWITCH_BACK = """
op.alter_column("orders", "status", new_column_name="new")
op.add_column("orders", sa.Column("status", sa.String(20)))
op.execute("UPDATE orders SET status = new::text")
"""
ANEW = """
op.drop_column("orders", "status")
op.add_column("orders", sa.Column("status", status))
op.execute("UPDATE orders SET status = 'open'")
"""
CAPITALS = BACK.replace("status::text", "initcap(status::text)")

ORDER_STATUS = Exercise(
    "order_status",
    CRITERION,
    BASE,
    (
        Answer("in_place", ((IN_PLACE, BACK),)),
        Answer("one_revision", ((NEW_COLUMN[0] + FILL + SWITCH, BACK),)),
        Answer("three_revisions", (NEW_COLUMN, (FILL, "pass"), (SWITCH, SWITCH_BACK))),
        Answer(
            "wrong_default_for_all",
            ((TYPE + ANEW, BACK),),
            ("expect_1", "expect_2", "after_downgrade_1"),
            ("the same value in all of these rows, in status", "upgrade() of revision a001"),
        ),
        Answer(
            "wrong_status",
            (
                (
                    IN_PLACE.replace(
                        "replace(status, 'canceled', 'cancelled')",
                        "replace(replace(status, 'canceled', 'cancelled'), 'shipped', 'paid')",
                    ),
                    BACK,
                ),
            ),
            ("expect_1", "after_downgrade_1"),
            ("other values than expected, in status",),
        ),
        Answer(
            "wrong_text_on_the_way_back",
            ((IN_PLACE, CAPITALS),),
            ("after_downgrade_1",),
            ("3 rows are missing, and 4 rows are not expected", "downgrade() of revision a001"),
        ),
        Answer(
            "wrong_cast_fails",
            ((IN_PLACE.replace(SPELLED, "status::order_status"), BACK),),
            ("expect_1", "expect_2", "after_downgrade_1"),
            ("canceled",),
        ),
    ),
)
