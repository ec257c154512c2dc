"""What a snapshot has of indexes, enums, defaults, foreign keys and what must be gone, in words."""

from __future__ import annotations

import pytest

from grader.assignment.objects import (
    ExpectedDefault,
    ExpectedEnum,
    ExpectedForeignKey,
    ExpectedIndex,
    Gone,
)
from grader.judging import lookup
from grader.judging.lookup import Found
from tests.unit.observation_builders import (
    EMPTY,
    Objects,
    column,
    foreign_key,
    snapshot,
    table,
    thing,
    unique_index,
)

STATUS = thing("type", "status", type="enum", labels=("new", "paid"), written="public.status")
ORDERS: Objects = (
    *EMPTY,
    STATUS,
    table("orders"),
    column("orders", "customer_id", "integer"),
    column("orders", "placed_at", "date"),
    thing(
        "column",
        "orders.status",
        table="orders",
        type="public.status[]",
        nullable=True,
        default="'new'::public.status",
    ),
    thing("column", "orders.total", table="orders", type="numeric(10,2)", nullable=True, default="0"),
    foreign_key("orders", "customer_id", "customers", on_delete="cascade"),
)


def with_index(*keys: str, unique: bool = False, **properties: object) -> Objects:
    return (*ORDERS, unique_index("orders", *keys, **{"unique": unique, **properties}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("objects", "unique", "expected"),
    [
        (with_index("customer_id", "placed_at"), None, (True, "an index on (customer_id, placed_at)")),
        (with_index("customer_id", "placed_at"), False, (True, "an index on (customer_id, placed_at)")),
        (
            with_index("customer_id", "placed_at"),
            True,
            (False, "there is only an index on (customer_id, placed_at)"),
        ),
        (
            with_index("customer_id", "placed_at", unique=True, backs_constraint="uq"),
            True,
            (True, "a unique index on (customer_id, placed_at)"),
        ),
        (
            with_index("placed_at", "customer_id"),
            None,
            (False, "there is only an index on (placed_at, customer_id)"),
        ),
        (with_index("customer_id"), None, (False, "there is only an index on (customer_id)")),
        (
            with_index("customer_id", "placed_at", predicate="(id > 3)"),
            None,
            (False, "there is only an index with a condition ((id > 3)) on (customer_id, placed_at)"),
        ),
        (
            with_index("customer_id", "placed_at", valid=False),
            None,
            (False, "there is only an invalid index on (customer_id, placed_at)"),
        ),
        (ORDERS, None, (False, "orders has no index on (customer_id, placed_at)")),
        (EMPTY, None, (False, "there is no table orders")),
    ],
)
def test_an_index_has_its_columns_in_order(
    objects: Objects, unique: bool | None, expected: tuple[bool, str]
) -> None:
    asked = ExpectedIndex("orders", ("customer_id", "placed_at"), unique)
    found = lookup.index(snapshot(objects), asked)
    assert (found.as_asked, found.text) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (ExpectedEnum(("new", "paid"), type="status"), (True, "status is an enum of (new, paid)")),
        (ExpectedEnum(("paid", "new"), type="status"), (False, "status is an enum of (new, paid)")),
        (ExpectedEnum(("new",), type="state"), (False, "there is no type state")),
        (
            ExpectedEnum(("new", "paid"), table="orders", column="status"),
            (True, "orders.status is public.status[], an enum of (new, paid)"),
        ),
        (
            ExpectedEnum(("new", "paid"), table="orders", column="total"),
            (False, "orders.total is numeric(10,2)"),
        ),
        (
            ExpectedEnum(("new", "paid"), table="orders", column="state"),
            (False, "there is no column orders.state"),
        ),
        (ExpectedEnum(("new", "paid"), table="people", column="state"), (False, "there is no table people")),
    ],
)
def test_an_enum_has_its_labels_in_order(asked: ExpectedEnum, expected: tuple[bool, str]) -> None:
    found = lookup.enum(snapshot(ORDERS), asked)
    assert (found.as_asked, found.text) == expected


def test_a_domain_is_no_enum() -> None:
    domain = thing("type", "status", type="domain", base="text", written="public.status")
    found = lookup.enum(snapshot((*EMPTY, domain)), ExpectedEnum(("new",), type="status"))
    assert found == Found(as_asked=False, text="status is a domain type and no enum")


@pytest.mark.parametrize(
    ("name", "sql", "as_asked"),
    [
        ("status", "'new'", True),
        ("status", "'paid'", False),
        ("status", "NULL", False),
        ("total", "0", True),
        ("total", "0.00", True),  # PostgreSQL says so
        ("total", "1", False),
        ("placed_at", "NULL", True),
        ("placed_at", "now()", False),
        ("nothing", "NULL", False),
    ],
)
def test_a_default_is_told_by_its_value(name: str, sql: str, as_asked: bool) -> None:
    same = {("numeric(10,2)", "0.00", "0")}
    found = lookup.default(snapshot(ORDERS), ExpectedDefault("orders", name, sql), same)
    assert found.as_asked is as_asked, found.text


@pytest.mark.parametrize(
    ("action", "as_asked"), [(None, True), ("cascade", True), ("set null", False), ("no action", False)]
)
def test_what_a_foreign_key_does_on_delete(action: str | None, as_asked: bool) -> None:
    asked = ExpectedForeignKey("orders", ("customer_id",), "customers", ("id",), action)
    found = lookup.foreign_key(snapshot(ORDERS), asked)
    assert found.as_asked is as_asked
    assert ("on delete cascade" in found.text) is (action is not None)


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (Gone("orders", "total"), (False, "orders.total is still there")),
        (Gone("orders", "sum"), (True, "there is no column orders.sum")),
        (Gone("orders"), (False, "a table named orders")),
        (Gone("people"), (True, "there is no table people")),
        (Gone("people", "name"), (True, "there is no column people.name")),
    ],
)
def test_what_must_be_gone(gone: Gone, expected: tuple[bool, str]) -> None:
    found = lookup.gone(snapshot(ORDERS), gone)
    assert (found.as_asked, found.text) == expected


def test_a_view_may_have_the_name_of_a_table_that_is_gone() -> None:
    view = thing("view", "people", relation="view", schema="public")
    assert lookup.gone(snapshot((*ORDERS, view)), Gone("people")).as_asked
