"""An assignment that does not fit its own reference is refused, with the key, the line and the right word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import ConfigurationError
from grader.observations.probes import TriedRow, TriedRows
from grader.observations.reference import ReferenceFacts
from grader.runs.assignments import load
from grader.runs.own_reference import check
from tests.shop import write_assignment
from tests.unit.observation_builders import (
    EMPTY,
    column,
    foreign_key,
    primary_key,
    snapshot,
    table,
    thing,
    unique_index,
)

SQL = "CREATE TABLE orders (id integer)"
STATUS = thing("type", "status", type="enum", labels=("new", "paid"), written="public.status")
REFERENCE = snapshot(
    (
        *EMPTY,
        STATUS,
        table("customers"),
        column("customers", "id", "integer", nullable=False),
        column("customers", "email", "character varying(80)", nullable=False),
        primary_key("customers", "id"),
        table("orders"),
        column("orders", "id", "integer", nullable=False),
        column("orders", "customer_id", "integer", nullable=False),
        column("orders", "quantity", "integer", nullable=False),
        column("orders", "status", "public.status", nullable=False),
        foreign_key("orders", "customer_id", "customers", on_delete="cascade"),
        unique_index("orders", "customer_id", unique=False),
    )
)
TYPES = {
    "int": "integer",
    "text": "text",
    "varchar(80)": "character varying(80)",
    "varchar(40)": "character varying(40)",
}
FACTS = ReferenceFacts(
    REFERENCE,
    types=TYPES,
    unknown_types={"intger": 'type "intger" does not exist'},
    type_names=("integer", "interval", "text"),
    tried_rows=(
        TriedRows(
            "orders", (TriedRow({"quantity": "1"}, taken=True),), (TriedRow({"quantity": "0"}, taken=True),)
        ),
    ),
)
FITTING = """
[criteria.orders]
kind = "schema"
points = 40
tables = ["orders"]
columns = { "orders.quantity" = { type = "int", nullable = false } }
primary_keys = ["customers(id)"]
foreign_keys = [{ key = "orders(customer_id) -> customers(id)", on_delete = "cascade" }]
indexes = ["orders(customer_id)"]
enums = { "orders.status" = ["new", "paid"] }
defaults = { "orders.status" = { sql = "NULL" } }
absent = ["people", "orders.name"]

[criteria.email]
kind = "column_change"
points = 20
column = "customers.email"
from = { type = "varchar(40)" }
to = { type = "varchar(80)" }
"""
CHECKS = """
[[criteria.orders.checks]]
table = "orders"
accepted = [{ quantity = 1 }]
refused = [{ quantity = 0 }]
"""


def refused(folder: Path, criteria: str, top: str = "", facts: ReferenceFacts = FACTS) -> str:
    """The message that an assignment gets."""
    path = write_assignment(folder, criteria, points=60, reference=SQL, top=top)
    with pytest.raises(ConfigurationError) as caught:
        check(load(path), facts)
    assert str(path) in caught.value.message
    number = int(caught.value.message.partition("line ")[2].partition(":")[0])
    return f"{path.read_text(encoding='utf-8').splitlines()[number - 1]} | {caught.value.message}"


def test_one_that_fits_is_fine(tmp_path: Path) -> None:
    top = '[aliases]\norders = ["sales"]\n"orders.quantity" = ["amount"]\n'
    facts = replace(FACTS, unknown_types={})
    check(load(write_assignment(tmp_path, FITTING, points=60, reference=SQL, top=top)), facts)
    check(load(write_assignment(tmp_path, FITTING, points=60, top=top)), replace(facts, snapshot=None))


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            'tables = ["orders"]',
            'tables = ["oders"]',
            "tables =",
            "names the table oders, which the reference schema does not have. Did you mean `orders`?",
        ),
        (
            '"orders.quantity" = {',
            '"orders.qantity" = {',
            "columns =",
            "which the reference schema does not have. Did you mean `orders.quantity`?",
        ),
        (
            'type = "int"',
            'type = "intger"',
            "columns =",
            'which PostgreSQL does not take: type "intger" does not exist. Did you mean `integer`?',
        ),
        (
            'type = "int",',
            'type = "varchar(80)",',
            "columns =",
            "expected character varying(80), not null, but orders.quantity is integer, not null.",
        ),
        ('"customers(id)"]', '"customers(email)"]', "primary_keys =", "a primary key on (id)"),
        ('-> customers(id)"', '-> customer(id)"', "foreign_keys =", "names the table customer,"),
        ('"cascade"', '"set null"', "foreign_keys =", "on delete cascade"),
        (
            'indexes = ["orders(customer_id)"]',
            'indexes = ["orders(customer_id, id)"]',
            "indexes =",
            "there is only an index on (customer_id)",
        ),
        ('["new", "paid"]', '["new", "sent"]', "enums =", "an enum of (new, paid)"),
        ('{ sql = "NULL" }', '"new"', "defaults =", "orders.status has no server default"),
        ('absent = ["people"', 'absent = ["customers"', "absent =", "a table named customers"),
        (
            'to = { type = "varchar(80)"',
            'to = { type = "text"',
            "to =",
            "customers.email is character varying(80)",
        ),
        (
            'column = "customers.email"',
            'column = "customers.mail"',
            "to =",
            "Did you mean `customers.email`?",
        ),
        (
            "\n[criteria.email]",
            f"\n{CHECKS}\n[criteria.email]",
            "[[criteria.orders.checks]]",
            "quantity = 0 is taken",
        ),
    ],
)
def test_one_that_does_not_fit(tmp_path: Path, old: str, new: str, line: str, said: str) -> None:
    assert old in FITTING
    message = refused(tmp_path, FITTING.replace(old, new))
    assert message.startswith(line)
    assert said in message


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        (
            'oders = ["sales"]',
            "names the table oders, which the reference schema does not have. Did you mean `orders`?",
        ),
        ('"orders.amount" = ["quantity"]', "names the column orders.amount"),
        ('orders = ["customers"]', 'has "customers", which has a meaning of its own'),
        ('"orders.quantity" = ["status"]', 'has "status", which has a meaning of its own'),
        ('orders = ["sales"]\ncustomers = ["sales"]', 'has "sales", which stands for orders already'),
        ('"orders.quantity" = ["orders.amount"]', 'has "orders.amount": write the other name alone'),
    ],
)
def test_aliases_that_make_no_sense(tmp_path: Path, aliases: str, said: str) -> None:
    message = refused(tmp_path, FITTING, f"[aliases]\n{aliases}\n", replace(FACTS, unknown_types={}))
    assert message.startswith(aliases.splitlines()[-1])
    assert said in message


def test_aliases_without_a_reference(tmp_path: Path) -> None:
    path = write_assignment(tmp_path, FITTING, points=60, top='[aliases]\noders = ["sales"]\n')
    with pytest.raises(ConfigurationError, match="names the table oders, which no criterion names"):
        check(load(path), ReferenceFacts(None, types=TYPES))


@pytest.mark.parametrize(
    ("accept", "said"),
    [
        ('column = "orders.qantity"\ntype = "int"', "names the column orders.qantity"),
        ('column = "orders.quantity"\ntype = "intger"', 'has the type "intger"'),
    ],
)
def test_accepted_types(tmp_path: Path, accept: str, said: str) -> None:
    assert said in refused(tmp_path, FITTING, f"[[accept]]\n{accept}\n")


def test_an_accepted_type_stands_for_that_of_the_reference(tmp_path: Path) -> None:
    top = '[[accept]]\ncolumn = "customers.email"\ntype = ["varchar(40)", "varchar(80)"]\n'
    criteria = FITTING.replace('from = { type = "varchar(40)"', 'from = { type = "int"').replace(
        'to = { type = "varchar(80)"', 'to = { type = "varchar(40)"'
    )
    check(load(write_assignment(tmp_path, criteria, points=60, reference=SQL, top=top)), FACTS)


def test_what_is_marked_as_not_in_the_reference(tmp_path: Path) -> None:
    criteria = FITTING.replace("points = 40", "points = 40\nin_reference = false").replace(
        "orders.quantity", "orders.sum"
    )
    check(load(write_assignment(tmp_path, criteria, points=60, reference=SQL)), FACTS)


def test_a_file_that_is_not_at_hand(tmp_path: Path) -> None:
    path = write_assignment(tmp_path, FITTING.replace('["orders"]', '["oders"]'), points=60, reference=SQL)
    assignment = replace(load(path), path=None)
    with pytest.raises(
        ConfigurationError, match=r"the assignment file: `criteria\.orders\.tables` names the table"
    ):
        check(assignment, FACTS)


DATA = """
[criteria.names]
kind = "data"
points = 60
before = "customers.email"
rows = { people = [{ full_name = "Ada" }] }

[[criteria.names.expect]]
query = "SELECT email FROM customers;"
rows = [["a"]]

[[criteria.names.after_downgrade]]
query = "SELECT full_name FROM people"
rows = [["Ada"]]
"""
OLD_NAMES = '[aliases]\npeople = ["persons"]\n"people.full_name" = ["name"]\n'


def test_rows_of_an_earlier_schema_fit(tmp_path: Path) -> None:
    missing = {"SELECT full_name FROM people": ("42P01", 'relation "people" does not exist')}
    facts = replace(FACTS, unknown_types={}, refused_queries=missing)
    check(load(write_assignment(tmp_path, DATA, points=60, reference=SQL, top=OLD_NAMES)), facts)


@pytest.mark.parametrize(
    ("criteria", "refusal", "line", "said"),
    [
        (
            DATA.replace("customers.email", "customers.mail"),
            ("", ""),
            "before =",
            "names the column customers.mail, which the reference schema does not have",
        ),
        (
            DATA,
            ("SELECT email FROM customers", "42703"),
            "[[criteria.names.expect]]",
            "cannot answer: no such",
        ),
        (DATA, ("SELECT email FROM customers", "42601"), "[[criteria.names.expect]]", "can read: no such"),
        (DATA, ("SELECT full_name FROM people", "42601"), "[[criteria.names.after_", "can read: no such"),
    ],
)
def test_a_criterion_about_rows_that_the_reference_does_not_fit(
    tmp_path: Path, criteria: str, refusal: tuple[str, str], line: str, said: str
) -> None:
    query, code = refusal
    facts = replace(FACTS, unknown_types={}, refused_queries={query: (code, "no such")})
    message = refused(tmp_path, criteria, facts=facts)
    assert said in message
    assert message.startswith(("query =", line))
    if code != "42601":
        marked = criteria.replace("points = 60", "points = 60\nin_reference = false")
        check(load(write_assignment(tmp_path, marked, points=60, reference=SQL)), facts)


ITEM = """
[[checklist]]
text = "Add it to the model"
models = [{models}]
"""


def test_a_checklist_of_what_the_reference_has_fits(tmp_path: Path) -> None:
    item = ITEM.format(models='"customers", "customers.email varchar(80)"')
    check(load(write_assignment(tmp_path, FITTING + item, points=60, reference=SQL)), FACTS)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ('"customer"', "names the table customer, which the reference schema does not have. Did you mean"),
        ('"customers.mail"', "names the column customers.mail, which the reference schema does not have."),
        ('"orders.id intger"', 'has the type "intger", which PostgreSQL does not take'),
    ],
)
def test_a_checklist_of_something_else_is_refused(tmp_path: Path, models: str, message: str) -> None:
    said = refused(tmp_path, FITTING + ITEM.format(models=models))
    assert said.startswith(f"models = [{models}] | ")
    assert f"`checklist.models` {message}" in said
