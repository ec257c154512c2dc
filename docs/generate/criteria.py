"""A page for every criterion: what it asks for, what it looks at, and a wrong and a right migration."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from docs.generate.catalogue import RIGHT, changed_paths, linked, pair
from docs.generate.markdown import boxed, code, folded, page, table, text
from docs.generate.trials import EXAMPLES, Trial
from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.judging.criteria import CRITERIA
from grader.judging.rubric import Criterion, Verdict
from grader.report.model import CheckReport, Status
from grader.report.render import words
from tests.catalogue import CASES, case_named

_ENUM_RIGHT = "right_enum_with_way_back"


@dataclass(frozen=True)
class Pair:
    """Which file of an example is shown beside which file of a right submission."""

    path: str
    right: str = RIGHT
    right_path: str | None = None


SHOWN = {
    "wrong_category_id_not_null": Pair(
        "alembic/versions/c15a8e3f9b60_add_categories_and_give_posts_a_category.py"
    ),
    "wrong_enum_left_behind": Pair(
        "alembic/versions/4d7e91c03ab2_one_more_change.py",
        _ENUM_RIGHT,
        "alembic/versions/8e31d4b2c6f9_mood.py",
    ),
}
"""Where an example has more than one file that differs, or is not to be compared with the reference."""


def criterion_pages(assignment: Assignment, trials: dict[str, Trial]) -> Iterator[tuple[str, str]]:
    """The path and the text of each page.

    Args:
        assignment: where the points come from.
        trials: the examples, graded.
    """
    for item in CRITERIA:
        yield f"criteria/{item.id}.md", _page(item, assignment.criterion(item.id), trials)


def _page(item: Criterion, settings: CriterionSettings | None, trials: dict[str, Trial]) -> str:
    right = trials[RIGHT].verdicts[item.id]
    return page(
        f"# {text(item.title)}",
        _facts(item, settings, right),
        _text(item),
        "## What is looked at",
        "The checks, as the reference solution meets them:",
        _checks(right, settings),
        *_example(item, EXAMPLES[item.id], trials),
        "## Other ways to fail it",
        _others(item),
        "What else is right or wrong: [the rubric](../rubric.md).",
    )


def worth(settings: CriterionSettings | None) -> str:
    """What a criterion is worth, in words."""
    if settings is None:
        return "not part of the assignment"
    if settings.group is Group.PRACTICE and not settings.points:
        return "practice, no points as delivered"
    bonus = "bonus, " if settings.group is Group.BONUS else ""
    return f"{bonus}{words.number(settings.points)} points"


def _facts(item: Criterion, settings: CriterionSettings | None, right: Verdict) -> str:
    facts = [code(item.id), worth(settings)]
    if right.all_or_nothing:
        facts.append("all or nothing")
    facts += [f"needs [{code(name)}]({name}.md)" for name in item.requires]
    return " · ".join(facts)


def _text(item: Criterion) -> str:
    """The criterion's own docstring: its first line is the rubric's text."""
    paragraphs = inspect.cleandoc(item.function.__doc__ or "").split("\n\n")
    first, *more = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return "\n\n".join((f"**Passes when:** {text(first)}", *map(text, more)))


def _checks(right: Verdict, settings: CriterionSettings | None) -> str:
    total = sum(check.weight for check in right.checks)
    points = settings.points if settings is not None and not right.all_or_nothing else 0.0
    head = ("check", "what is asked for") + (("points",) if points else ())
    rows = [
        (text(check.title), text(check.expected))
        + ((words.number(points * check.weight / total),) if points else ())
        for check in right.checks
    ]
    return table(head, rows)


def _example(item: Criterion, name: str, trials: dict[str, Trial]) -> Iterator[str]:
    case = case_named(name)
    paths = changed_paths(name)
    shown = SHOWN.get(name) or Pair(paths[0])
    report = trials[name].criteria[item.id]
    yield "## A wrong and a right one"
    yield f"From {linked(name, '../')}: {text(case.why)}"
    yield pair(name, shown.path, shown.right, shown.right_path)
    failed = [check for check in report.checks if check.status is Status.FAILED]
    yield boxed(
        "failure",
        f"The report on the wrong one: {report.status.value}, {words.points(report)}",
        "\n".join(f"- {text(check.title)}{_told(check)}" for check in failed),
        f"**Cause and fix:** {text(report.hint or '')}",
    )
    right = trials[RIGHT].criteria[item.id]
    yield boxed("success", f"The report on the right one: {right.status.value}, {words.points(right)}")


def _told(check: CheckReport) -> str:
    return f"\n    - expected: {text(check.expected)}\n    - found: {text(check.found)}"


def _others(item: Criterion) -> str:
    rows = [
        (linked(case.name, "../"), text(case.why), ", ".join(code(check) for check in _shortened(checks)))
        for case in CASES
        for checks in [case.failed.get(item.id)]
        if checks and case.name != EXAMPLES[item.id]
    ]
    if not rows:
        return "There are none in the catalogue."
    return folded(
        "example", f"{len(rows)} more", table(("submission", "what is wrong", "checks that fail"), rows)
    )


def _shortened(checks: tuple[str, ...]) -> tuple[str, ...]:
    most = 3
    return checks if len(checks) <= most else (*checks[:most], "…")
