"""Rows that must be taken and rows that must not, whatever enforces it. Nothing stays of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.assignment.row_rules import RowRule
from grader.observations.probes import TriedRows
from grader.trial.rows.probing import NamedRule, try_rows

if TYPE_CHECKING:
    from tests.integration.trial.rows.student_database import Database

pytestmark = pytest.mark.postgres

CUSTOMERS = "CREATE TABLE customers (id serial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE);"
ORDERS = (
    "CREATE TABLE orders (id serial PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, "
    "code varchar(12) NOT NULL UNIQUE, quantity {} NOT NULL, placed_at timestamp NOT NULL {});"
)
QUANTITY = RowRule("orders", ({"quantity": "1"}, {"quantity": "7"}), ({"quantity": "0"}, {"quantity": "-1"}))


def tried(database: Database, rule: RowRule = QUANTITY) -> TriedRows:
    """What the tables of a database do with the rows of a rule, once all tables have rows."""
    assert database.seed().problems == {}
    before = database.rows()
    named = NamedRule(rule, rule.table, {name: name for name in rule.columns})
    (found,) = try_rows(database.student.connect_as, database.snapshot(), database.student.inspector, [named])
    assert database.rows() == before
    return found


def taken(found: TriedRows) -> tuple[list[bool | None], list[bool | None]]:
    return [row.taken for row in found.accepted], [row.taken for row in found.refused]


@pytest.mark.parametrize(
    "statements",
    [
        ORDERS.format("integer", ", CHECK (quantity > 0)"),
        ORDERS.format("integer", ", CHECK (NOT quantity <= 0)"),
        ORDERS.format("integer", ", discount integer NOT NULL, CHECK (quantity > 0 AND discount < quantity)"),
        "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);" + ORDERS.format("positive", ""),
        ORDERS.format("integer", "") + "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.quantity < 1 THEN RAISE EXCEPTION 'too few'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER look BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION look();",
        ORDERS.format("integer", "") + "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.quantity < 1 THEN RAISE EXCEPTION 'too few'; END IF; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER look AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION look();",
        ORDERS.format("integer", "") + "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.quantity < 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER look BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION look();",
        "CREATE TABLE numbers (quantity integer PRIMARY KEY CHECK (quantity > 0));"
        "INSERT INTO numbers SELECT generate_series(1, 50);"
        + ORDERS.format("integer", ", FOREIGN KEY (quantity) REFERENCES numbers"),
    ],
    ids=["check", "negated", "with_another", "domain", "trigger", "deferred", "silent", "lookup_table"],
)
def test_what_enforces_it_does_not_matter(database: Database, statements: str) -> None:
    database.run(CUSTOMERS + statements)
    found = tried(database)
    assert (found.problem, *taken(found)) == (None, [True, True], [False, False])
    assert all(row.by_a_rule and row.said for row in found.refused)


def test_a_table_without_a_rule_takes_all(database: Database) -> None:
    database.run(CUSTOMERS + ORDERS.format("integer", ""))
    assert taken(tried(database)) == ([True, True], [True, True])


def test_a_rule_that_is_too_strict(database: Database) -> None:
    database.run(CUSTOMERS + ORDERS.format("integer", ", CHECK (quantity BETWEEN 1 AND 5)"))
    found = tried(database)
    assert taken(found) == ([True, False], [False, False])
    assert (
        found.accepted[1].said
        == 'new row for relation "orders" violates check constraint "orders_quantity_check"'
    )


def test_an_enum_and_null(database: Database) -> None:
    database.run(
        "CREATE TYPE state AS ENUM ('new', 'sent');"
        "CREATE TABLE parcels (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state state NOT NULL, "
        "sent_on date, CHECK ((state = 'sent') = (sent_on IS NOT NULL)))"
    )
    rule = RowRule(
        "parcels",
        ({"state": "'new'", "sent_on": "NULL"}, {"state": "'sent'", "sent_on": "current_date - 1"}),
        ({"state": "'lost'"}, {"state": "NULL"}, {"state": "'sent'"}, {"sent_on": "'2026-01-31'"}),
    )
    found = tried(database, rule)
    assert taken(found) == ([True, True], [False] * 4)
    assert all(row.by_a_rule for row in found.refused)


def test_a_row_that_is_there_already_is_taken(database: Database) -> None:
    database.run(
        "CREATE TABLE states (id serial PRIMARY KEY, name text NOT NULL UNIQUE CHECK (name <> ''));"
        "INSERT INTO states (name) VALUES ('new')"
    )
    rule = RowRule("states", ({"name": "'new'"},), ({"name": "''"}, {"name": "'new'"}))
    found = tried(database, rule)
    assert taken(found) == ([True], [False, False])
    assert [row.by_a_rule for row in found.refused] == [True, False]


def test_values_that_do_not_fit_the_type_are_refused_by_no_rule(database: Database) -> None:
    database.run("CREATE TABLE flags (id serial PRIMARY KEY, on_sale boolean NOT NULL)")
    rule = RowRule("flags", ({"on_sale": "true"},), ({"on_sale": "1"},))
    assert [row.by_a_rule for row in tried(database, rule).refused] == [False]


def test_what_is_missing(database: Database) -> None:
    database.run("CREATE TABLE orders (id serial PRIMARY KEY)")
    found = tried(database)
    assert (found.own_doing, found.problem) == (True, "there is no column orders.quantity")
    found = tried(database, RowRule("items", ({"price": "1"},), ({"price": "0"},)))
    assert (found.own_doing, found.problem) == (True, "there is no table items")


STRICT = ", CHECK (quantity > 0), CHECK (md5(code) LIKE 'ffffffff%')"
"""No row of the harness keeps the second rule."""


def test_a_rule_of_other_columns_that_no_row_of_ours_keeps(database: Database) -> None:
    database.run(CUSTOMERS + ORDERS.format("integer", STRICT))
    database.run("CREATE UNIQUE INDEX ON orders (lower(code))")
    database.seed()
    named = NamedRule(QUANTITY, "orders", {"quantity": "quantity"})
    before = database.snapshot()
    (found,) = try_rows(database.student.connect_as, before, database.student.inspector, [named])
    assert (found.problem, *taken(found)) == (None, [True, True], [False, False])
    assert database.snapshot() == before


def test_other_columns_that_take_no_row_of_ours(database: Database) -> None:
    database.run(
        "CREATE DOMAIN odd AS text NOT NULL CHECK (md5(VALUE) LIKE 'ffffffff%');"
        + CUSTOMERS
        + ORDERS.format("integer", ", note odd, CHECK (quantity > 0)")
    )
    database.seed()
    named = NamedRule(QUANTITY, "orders", {"quantity": "quantity"})
    (found,) = try_rows(database.student.connect_as, database.snapshot(), database.student.inspector, [named])
    assert not found.own_doing
    assert found.problem is not None
    assert "odd" in found.problem
