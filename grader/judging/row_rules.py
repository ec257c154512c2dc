"""Whether tables take the rows that they have to take, and refuse those that they must not take.

The trial has tried the rows at head. What enforces a rule does not matter: a CHECK, a domain, an enum, a
trigger. Must not know how a row was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.assignment.row_rules import GivenRow, RowRule
from grader.judging import evidence, places, wording
from grader.judging.comparison.rules import names
from grader.judging.evidence import JudgedSchema
from grader.judging.rubric import Check, Unjudged
from grader.observations.model import Observations
from grader.observations.probes import TriedRow, TriedRows
from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot

_MOST_SAID = 200
_SHARED = (SchemaKind.FUNCTION, SchemaKind.TYPE, SchemaKind.DOMAIN_CONSTRAINT)
"""Kinds of things that may be what refuses a row, and that belong to no table."""


@dataclass(frozen=True)
class JudgedRule:
    """The check of one rule, and what to do if it failed."""

    check: Check
    hint: str


def judged(
    rule: RowRule, own: RowRule, observations: Observations, schema: JudgedSchema
) -> JudgedRule | Unjudged:
    """The check of one rule.

    Args:
        rule: in the words of the assignment.
        own: the same in those of the submission.
        observations: what was seen of the submission.
        schema: the schema at head that counts.
    """
    tried = next((item for item in observations.tried_rows if _is_of(item, rule)), None)
    upgrade = evidence.upgrade_step(observations)
    if tried is None and (upgrade is None or not upgrade.succeeded or upgrade.versions is None):
        tried = TriedRows(
            rule.table, (), (), "no row was tried, as the upgrade did not get to head", own_doing=True
        )
    if tried is None:
        return Unjudged(f"The rows for {rule.table} were not tried. Grade the submission again.")
    if tried.problem is not None and not tried.own_doing:
        return Unjudged(
            f"No row could be tried in {own.table}, for a reason that is not among the given columns: "
            f"{tried.problem}. Give values for more columns in the `accepted` rows of the rule."
        )
    wrong = tried.problem or _from_outside(own, observations, schema) or "; ".join(_wrong(tried, own))
    revision = evidence.last_changed_at(schema.trail, lambda snapshot: _state(snapshot, own))
    made = places.of_revision(observations, revision, own.table, own.columns) if revision else None
    check = Check(
        id=f"rows_{rule.table}_{'_'.join(rule.columns)}",
        title=title(own),
        passed=not wrong,
        expected=expected(own),
        found=wrong or "as expected",
        revision=revision,
        place=(made or places.of_models(observations, own.table, own.columns)) if wrong else None,
    )
    return JudgedRule(check, _hint(own, check, tried, observations) if wrong else "")


def title(rule: RowRule) -> str:
    """What a rule is for, in the words of the assignment if it has any."""
    return rule.title or f"{rule.table} takes right values of {', '.join(rule.columns)} and no wrong ones"


def expected(rule: RowRule) -> str:
    """What a rule asks of its table."""
    return f"takes {_listed(rule.accepted)}; refuses {_listed(rule.refused)}"


def problem_of(rule: RowRule, all_tried: tuple[TriedRows, ...]) -> str | None:
    """What tables did with the rows of a rule that they must not do; None if all is right."""
    tried = next((item for item in all_tried if _is_of(item, rule)), None)
    if tried is None:
        return f"no row was tried in {rule.table}"
    return tried.problem or "; ".join(_wrong(tried, rule)) or None


def with_own_ids(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The same checks; of several with one id, the second is numbered 2, and so on."""
    seen: Counter[str] = Counter()
    numbered = []
    for check in checks:
        seen[check.id] += 1
        number = seen[check.id]
        numbered.append(replace(check, id=f"{check.id}_{number}") if number > 1 else check)
    return tuple(numbered)


def _hint(own: RowRule, check: Check, tried: TriedRows, observations: Observations) -> str:
    """What to do where a table takes a row that it must not take, or the other way round."""
    models = places.of_models(observations, own.table, own.columns)
    at = f" ({models})" if models else ""
    made = f" ({check.place})" if check.place and check.revision else ""
    problem = f"{check.title}: {check.found}."
    if tried.own_doing and not check.found.startswith("there is no "):
        return problem
    if tried.own_doing:
        return (
            f"{problem} Add it to the models{at}, make a revision with `alembic revision --autogenerate`, "
            "see that its upgrade() holds the change, and upgrade."
        )
    if any(row.taken is False for row in tried.accepted):
        return (
            f"{problem} That is a right value: correct the rule in the models{at} and in the database{made}. "
            "In upgrade() of a new revision drop the constraint that PostgreSQL names, and create the right "
            "one; in downgrade() the opposite."
        )
    return (
        f"{problem} Give the table a rule: a CheckConstraint in the models{at}, and "
        f'`op.create_check_constraint("ck_{own.table}_...", "{own.table}", "...")` in the upgrade() of a '
        "revision, by hand, because autogenerate does not see CHECK constraints. The way back is "
        f'`op.drop_constraint("ck_{own.table}_...", "{own.table}")`.'
    )


def _is_of(tried: TriedRows, rule: RowRule) -> bool:
    """Whether these are the rows of a rule."""
    rows = (tried.accepted, rule.accepted), (tried.refused, rule.refused)
    return tried.table == rule.table and all(
        [row.values for row in seen] == list(asked) for seen, asked in rows
    )


def _wrong(tried: TriedRows, own: RowRule) -> list[str]:
    """What the table did that it must not do, in words."""
    found = []
    for row, shown in zip(tried.accepted, own.accepted, strict=True):
        if row.taken is False:
            found.append(f"{_row(shown)} is refused ({_said(row)})")
    for row, shown in zip(tried.refused, own.refused, strict=True):
        if row.taken:
            found.append(f"{_row(shown)} is taken")
        elif row.taken is False and not row.by_a_rule:
            found.append(f"{_row(shown)} is refused by no rule about it ({_said(row)})")
    return found


def _from_outside(own: RowRule, observations: Observations, schema: JudgedSchema) -> str | None:
    """What came from outside of the revisions, and may be what refused a row."""
    head = evidence.own_head(observations)
    for item in schema.outside:
        there = head.find(item.kind, item.name) if head else None
        belongs = there is not None and there.properties.get("table") == own.table
        if item.name == own.table or belongs or item.kind in _SHARED:
            return f"not known, because something outside of the revisions makes {wording.thing(item)}"
    return None


def _state(snapshot: SchemaSnapshot, own: RowRule) -> object:
    """What of a schema may refuse rows of the rule: rules that name the columns, or else their types."""
    columns = [snapshot.find(SchemaKind.COLUMN, f"{own.table}.{name}") for name in own.columns]
    if None in columns:
        return None
    rules = (
        *(item for item in snapshot.within(SchemaKind.CONSTRAINT, own.table) if _names(item, own)),
        *snapshot.within(SchemaKind.TRIGGER, own.table),
    )
    types = tuple((item.name, item.properties.get("type")) for item in columns if item)
    return tuple((item.name, item.properties.get("definition")) for item in rules) or types


def _names(item: SchemaObject, own: RowRule) -> bool:
    return item.properties.get("type") in ("check", "foreign key") and bool(
        set(names(item, "columns")) & set(own.columns)
    )


def _listed(rows: tuple[GivenRow, ...]) -> str:
    return wording.first_few([_row(row) for row in rows], 6, ", ")


def _row(row: Mapping[str, str]) -> str:
    values = " and ".join(f"{name} = {value}" for name, value in row.items())
    return values.replace(" = NULL", " NULL")


def _said(row: TriedRow) -> str:
    return row.said if len(row.said) <= _MOST_SAID else f"{row.said[:_MOST_SAID]}…"
