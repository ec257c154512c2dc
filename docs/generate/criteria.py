"""A page for every criterion: what it asks for, what it looks at, and a wrong and a right migration."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.catalogue import changed_paths, files_of, linked, pair
from docs.generate.markdown import boxed, code, folded, page, table, text
from docs.generate.trials import EXAMPLES, Trial
from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.judging.kinds import KINDS
from grader.judging.rubric import Verdict
from grader.report.model import CheckReport, Status
from grader.report.render import phrases
from tests.catalogue import CASES, case_named


def criterion_pages(assignment: Assignment, trials: dict[str, Trial]) -> Iterator[tuple[str, str]]:
    """The path and the text of each page.

    Args:
        assignment: where the points come from.
        trials: the examples, graded.
    """
    for item in assignment.criteria:
        yield f"criteria/{item.id}.md", _page(item, trials)


def criteria_table(assignment: Assignment) -> str:
    """The table of the rubric's page. It stands in `docs/rubric.md` as well, for those who read that file."""
    return table(
        ("id", "points", "needs", "passes when"),
        [
            (
                code(item.id),
                worth(item) + (", all or nothing" if _all_or_nothing(item) else ""),
                ", ".join(map(code, item.requires)),
                " ".join(item.text),
            )
            for item in assignment.criteria
        ],
    )


def _page(item: CriterionSettings, trials: dict[str, Trial]) -> str:
    right = trials[EXAMPLES[item.id].has_verdict].verdicts[item.id]
    return page(
        f"# {text(item.title)}",
        _facts(item),
        _text(item),
        "## What is looked at",
        "The checks, as a right submission meets them:",
        _checks(item, right),
        *_example(item, trials),
        "## Other ways to fail it",
        _others(item),
        "What else is right or wrong: [the rubric](../rubric.md).",
    )


def worth(settings: CriterionSettings) -> str:
    """What a criterion is worth, in words."""
    if settings.group is Group.PRACTICE and not settings.points:
        return "practice, no points as delivered"
    bonus = "bonus, " if settings.group is Group.BONUS else ""
    return f"{bonus}{phrases.number(settings.points)} points"


def _all_or_nothing(item: CriterionSettings) -> bool:
    return KINDS[item.kind].all_or_nothing if item.all_or_nothing is None else item.all_or_nothing


def _facts(item: CriterionSettings) -> str:
    facts = [code(item.id), f"kind [{code(item.kind)}](../kinds.md#{item.kind})", worth(item)]
    if _all_or_nothing(item):
        facts.append("all or nothing")
    facts += [f"needs [{code(name)}]({name}.md)" for name in item.requires]
    return " · ".join(facts)


def _text(item: CriterionSettings) -> str:
    first, *more = item.text
    return "\n\n".join((f"**Passes when:** {text(first)}", *map(text, more)))


def _checks(item: CriterionSettings, right: Verdict) -> str:
    total = sum(check.weight for check in right.checks)
    points = 0.0 if _all_or_nothing(item) else item.points
    head = ("check", "what is asked for") + (("points",) if points else ())
    rows = [
        (text(check.title), text(check.expected))
        + ((phrases.number(points * check.weight / total),) if points else ())
        for check in right.checks
    ]
    return table(head, rows)


def _example(item: CriterionSettings, trials: dict[str, Trial]) -> Iterator[str]:
    name = EXAMPLES[item.id].wrong
    path, right_path = shown_files(item)
    report = trials[name].criteria[item.id]
    yield "## A wrong and a right one"
    yield f"From {linked(name, '../')}: {text(case_named(name).why)}"
    yield pair(name, path, EXAMPLES[item.id].corrected, right_path if right_path != path else None)
    failed = [check for check in report.checks if check.status is Status.FAILED]
    yield boxed(
        "failure",
        f"The report on the wrong one: {report.status.value}, {phrases.points(report)}",
        "\n".join(f"- {text(check.title)}{_told(check)}" for check in failed),
        f"**Cause and fix:** {text(report.hint or '')}",
    )
    right = trials[EXAMPLES[item.id].has_verdict].criteria[item.id]
    yield boxed("success", f"The report on the right one: {right.status.value}, {phrases.points(right)}")


def shown_files(item: CriterionSettings) -> tuple[str, str]:
    """The file of a criterion's example that is wrong, and the file of the corrected submission beside it."""
    example = EXAMPLES[item.id]
    path = _changed_file(example.wrong)
    return path, path if path in files_of(example.corrected) else _changed_file(example.corrected)


def _changed_file(name: str) -> str:
    """The file in which a submission differs from the reference solution: a revision file if there is one."""
    paths = [path for path in changed_paths(name) if path in files_of(name)]
    return next((path for path in paths if "/versions/" in path), paths[0])


def _told(check: CheckReport) -> str:
    return f"\n    - expected: {text(check.expected)}\n    - found: {text(check.found)}"


def _others(item: CriterionSettings) -> str:
    rows = [
        (linked(case.name, "../"), text(case.why), ", ".join(code(check) for check in _shortened(checks)))
        for case in CASES
        for checks in [case.failed.get(item.id)]
        if checks and case.name != EXAMPLES[item.id].wrong
    ]
    if not rows:
        return "There are none in the catalogue."
    return folded(
        "example", f"{len(rows)} more", table(("submission", "what is wrong", "checks that fail"), rows)
    )


def _shortened(checks: tuple[str, ...]) -> tuple[str, ...]:
    most = 3
    return checks if len(checks) <= most else (*checks[:most], "…")
