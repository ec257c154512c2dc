"""What a criterion of the kind `schema` may ask for, graded on a real server: answers of a small shop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from grader.observations import model
from grader.report.model import CriterionReport, GradeReport, Status
from grader.runs.assignments import load
from grader.runs.graded import judged
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.shop import CHAIN, CUSTOMERS, NAMES, ORDERS, write_answer, write_assignment

pytestmark = pytest.mark.postgres

CRITERIA = """
[criteria.orders]
kind = "schema"
points = 70
tables = ["orders"]
foreign_keys = [{ key = "orders(customer_id) -> customers(id)", on_delete = "cascade" }]
indexes = ["orders(customer_id, placed_at)", { key = "customers(email)", unique = true }, "orders(id)"]
enums = { order_status = ["new", "paid", "sent"], "orders.status" = ["new", "paid", "sent"] }
absent = ["customers.full_name", "people"]

[[criteria.orders.checks]]
table = "orders"
title = "The quantity is above zero"
accepted = [{ quantity = 1 }]
refused = [{ quantity = 0 }, { quantity = -1 }]

[criteria.orders.defaults]
"orders.quantity" = { sql = "NULL" }
"orders.status" = "new"
"orders.placed_at" = { sql = "CURRENT_TIMESTAMP" }

[criteria.orders.columns]
"orders.quantity" = { type = "int4", nullable = false }
"customers.first_name" = { type = "varchar(40)" }
"""
Report = Callable[[Sequence[tuple[str, str]]], GradeReport]


@pytest.fixture
def report(tmp_path: Path, embedded_backend: EmbeddedBackend) -> Report:
    """Grades an answer."""

    def report_on(chain: Sequence[tuple[str, str]]) -> GradeReport:
        assignment = load(write_assignment(tmp_path, CRITERIA, points=70))
        workspace = tmp_path / "workspace"
        workspace.mkdir()
        runner = LocalRunner(assignment, embedded_backend, UnconfinedBackend(), workspace)
        result = grade(write_answer(tmp_path / "ada", chain), "ada", runner)
        assert result.fault is None
        assert result.observations is not None
        again = judged(model.decode(model.encode(result.observations)), assignment)
        assert again.report == result.report  # what is saved is enough to judge by
        return result.report

    return report_on


def orders(report: GradeReport) -> CriterionReport:
    return next(item for item in report.criteria if item.id == "orders")


def failed(report: GradeReport) -> dict[str, str]:
    """The failed checks with what was found."""
    return {item.id: item.found for item in orders(report).checks if item.status is not Status.PASSED}


def test_the_right_answer_gets_all_points(report: Report) -> None:
    found = report(CHAIN)
    assert failed(found) == {}
    assert (found.score, found.flags, len(orders(found).checks)) == (80.0, (), 15)
    revisions = {item.id: item.revision for item in orders(found).checks}
    assert revisions["absent_customers_full_name"] == "rev3"
    assert revisions["rows_orders_quantity"] == "rev2"


def changed(step: tuple[str, str], *changes: tuple[str, str]) -> tuple[str, str]:
    upgrade, downgrade = step
    for old, new in changes:
        assert old in upgrade
        upgrade = upgrade.replace(old, new)
    return upgrade, downgrade


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [
                ("ON DELETE CASCADE", "ON DELETE SET NULL"),
                ("(customer_id, placed_at)", "(placed_at, customer_id)"),
                ("'new', 'paid', 'sent'", "'new', 'sent', 'paid'"),
                ("CHECK (quantity > 0)", ""),
            ],
            {
                "foreign_key_orders_customer_id": "there is only a foreign key (customer_id) to "
                "customers(id) on delete set null",
                "index_orders_customer_id_placed_at": "there is only an index on (placed_at, customer_id)",
                "enum_order_status": "order_status is an enum of (new, sent, paid)",
                "enum_orders_status": "orders.status is public.order_status, an enum of (new, sent, paid)",
                "rows_orders_quantity": "quantity = 0 is taken; quantity = -1 is taken",
            },
        ),
        (
            [
                (" DEFAULT 'new'", ""),
                ("DEFAULT now()", "DEFAULT '2026-01-01'"),
                ("CHECK (quantity > 0)", "DEFAULT 1 CHECK (quantity >= 0)"),
            ],
            {
                "default_orders_status": "orders.status has no server default",
                "default_orders_placed_at": "the server default of orders.placed_at is "
                "'2026-01-01 00:00:00'::timestamp without time zone",
                "default_orders_quantity": "the server default of orders.quantity is 1",
                "rows_orders_quantity": "quantity = 0 is taken",
            },
        ),
    ],
    ids=["keys_and_types", "defaults"],
)
def test_what_is_wrong_is_told(
    report: Report, changes: list[tuple[str, str]], expected: dict[str, str]
) -> None:
    found = report((CUSTOMERS, changed(ORDERS, *changes), NAMES))
    assert failed(found) == expected
    assert orders(found).hint
    assert all(check.path for check in orders(found).checks if check.status is Status.FAILED)


def test_what_has_to_be_gone_and_what_was_never_made(report: Report) -> None:
    found = report((CUSTOMERS, ORDERS))
    assert failed(found) == {
        "column_customers_first_name": "there is no column customers.first_name",
        "absent_customers_full_name": "customers.full_name is still there",
    }
    assert "Known are" not in (orders(found).hint or "")


@pytest.mark.parametrize(
    ("changes"),
    [
        # Another way to write the same: a domain, a default that is worked out, a unique index.
        [
            ("CREATE TABLE", "CREATE DOMAIN amount AS integer CHECK (VALUE > 0); CREATE TABLE"),
            (
                "quantity integer NOT NULL CHECK (quantity > 0)",
                "quantity integer NOT NULL CHECK (sign(quantity) = 1)",
            ),
            ("DEFAULT 'new'", "DEFAULT ('n' || 'ew')::order_status"),
            ("DEFAULT now()", "DEFAULT LOCALTIMESTAMP"),
        ],
    ],
)
def test_other_ways_to_write_it(report: Report, changes: list[tuple[str, str]]) -> None:
    upgrade, downgrade = changed(ORDERS, *changes)
    assert failed(report((CUSTOMERS, (upgrade, f"{downgrade}; DROP DOMAIN amount"), NAMES))) == {}


def test_a_chain_that_does_not_get_to_head(report: Report) -> None:
    found = report((CUSTOMERS, ("SELECT 1 / 0", "SELECT 1")))
    assert (orders(found).status, found.status) == (Status.SKIPPED, "graded")


def test_rows_are_tried_where_the_downgrade_is_broken(report: Report) -> None:
    found = report((CUSTOMERS, ORDERS, (NAMES[0], "SELECT 1 / 0")))
    assert failed(found) == {}
