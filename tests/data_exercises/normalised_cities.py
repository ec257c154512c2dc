"""The cities of customers, texts, become a table that the customers refer to."""

from __future__ import annotations

from tests.data_exercises.exercise import Answer, Exercise

CRITERION = """\
[criteria.cities]
kind = "data"
points = 80
before = "cities"

[criteria.cities.rows]
customers = [
    { id = 1, name = "Ada", city = "London" },
    { id = 2, name = "Blaise", city = "Paris" },
    { id = 3, name = "Charles", city = "London" },
]

[[criteria.cities.expect]]
query = "SELECT c.name, t.name FROM customers AS c JOIN cities AS t ON t.id = c.city_id"
rows = [["Ada", "London"], ["Blaise", "Paris"], ["Charles", "London"]]

[[criteria.cities.expect]]
query = "SELECT name FROM cities"
rows = [["Paris"], ["London"]]

[[criteria.cities.after_downgrade]]
query = "SELECT id, city FROM customers ORDER BY id"
rows = [[1, "London"], [2, "Paris"], [3, "London"]]
"""
BASE = (
    """
op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.String(50), nullable=False),
                sa.Column("city", sa.String(50), nullable=False))
""",
    'op.drop_table("customers")',
)
TABLE = """
op.create_table("cities", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.String(50), nullable=False))
op.add_column("customers", sa.Column("city_id", sa.Integer, sa.ForeignKey("cities.id")))
"""
FILL = """
op.execute("INSERT INTO cities (name) SELECT DISTINCT city FROM customers")
op.execute("UPDATE customers SET city_id = cities.id FROM cities WHERE cities.name = customers.city")
"""
END = """
op.alter_column("customers", "city_id", nullable=False)
op.drop_column("customers", "city")
"""
BACK = """
op.add_column("customers", sa.Column("city", sa.String(50)))
op.execute("UPDATE customers SET city = (SELECT name FROM cities WHERE id = city_id)")
op.alter_column("customers", "city", nullable=False)
op.drop_column("customers", "city_id")
op.drop_table("cities")
"""
BY_TABLES = """
cities = sa.table("cities", sa.column("id"), sa.column("name"))
customers = sa.table("customers", sa.column("city"), sa.column("city_id"))
bind = op.get_bind()
for (name,) in bind.execute(sa.select(customers.c.city).distinct().order_by(customers.c.city)).all():
    number = bind.execute(cities.insert().values(name=name).returning(cities.c.id)).scalar_one()
    bind.execute(customers.update().where(customers.c.city == name).values(city_id=number))
"""
DUPLICATES = FILL.replace("DISTINCT city", "city")
ONE_FOR_ALL = FILL.replace(" FROM cities WHERE cities.name = customers.city", " FROM cities")
BY_POSITION = """
op.execute("INSERT INTO cities (id, name) SELECT row_number() OVER (ORDER BY city), city "
           "FROM customers GROUP BY city")
op.execute("UPDATE customers SET city_id = id % 2 + 1")
"""
EMPTY_AGAIN = BACK.replace("(SELECT name FROM cities WHERE id = city_id)", "''")

NORMALISED_CITIES = Exercise(
    "normalised_cities",
    CRITERION,
    BASE,
    (
        Answer("raw_sql", ((TABLE + FILL + END, BACK),)),
        Answer("tables_and_bind", ((TABLE + BY_TABLES + END, BACK),)),
        Answer("wrong_duplicates", ((TABLE + DUPLICATES + END, BACK),), ("expect_2",), ("1 row too many",)),
        Answer(
            "wrong_one_city_for_all",
            ((TABLE + ONE_FOR_ALL + END, BACK),),
            ("expect_1", "after_downgrade_1"),
        ),
        Answer(
            "wrong_join",
            ((TABLE + BY_POSITION + END, BACK),),
            ("expect_1", "after_downgrade_1"),
        ),
        Answer(
            "wrong_way_back_without_cities",
            ((TABLE + FILL + END, EMPTY_AGAIN),),
            ("after_downgrade_1",),
            ("the same value in all of these rows, in city", "downgrade() of revision a001"),
        ),
    ),
)
