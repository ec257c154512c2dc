"""`index.html`: a class at a glance, in one file that asks nothing of any other but by its links.

Knows reports and their details; what it counts is in `class_numbers`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.report.details import ReportDetails
from grader.report.model import GradeReport, Status
from grader.report.render import class_numbers, phrases
from grader.report.render.class_numbers import ClassEntry, SharedRevision
from grader.report.render.page import page
from grader.report.render.summary import totals
from grader.text.untrusted import single_line

STATES = (("again", "needs a new run"), ("open", "something open"), ("done", "done"))
"""The states of a submission, in sorting order, and what they are called."""
_ADVICE_CHARACTERS = 160
_CHART_HEIGHT = 150


@dataclass(frozen=True)
class _Row:
    """A submission's row. What the filters look at is made of our own ids only, parted by spaces."""

    id: str
    link: str
    percent: float | None
    points: str
    state: str
    order: int
    status: Status
    word: str
    flags: str
    advice: str
    failed: str
    causes: str
    checks: str


@dataclass(frozen=True)
class _Bar:
    """A column of the chart of scores."""

    label: str
    count: int
    height: float


@dataclass(frozen=True)
class _Group:
    """Submissions that share revision ids."""

    members: tuple[_Row, ...]
    revisions: tuple[SharedRevision, ...]


def index_html(entries: Sequence[ClassEntry], handed_out: Collection[str] = ()) -> str:
    """Render the class page; its links lead to `<id>/report.html` beside it.

    Args:
        entries: the reports with their details, in the order in which they are to be listed.
        handed_out: the ids of revisions that all were given, in the template or the reference solution.
    """
    reports = [report for report, _ in entries]
    rows = [_row(report, details) for report, details in entries]
    causes, checks = class_numbers.common_causes(entries), class_numbers.common_checks(reports)
    return page(
        "class.html.j2",
        styles=("page.css", "class.css"),
        script="class.js",
        title=reports[0].assignment.title if reports else "No submissions",
        totals=totals(reports),
        rows=rows,
        again=[row for row in rows if row.state == "again"],
        distribution=_bars(reports),
        rates=class_numbers.rates(reports),
        causes=causes,
        checks=checks,
        states=STATES,
        criteria=list({item.id: item.title for report in reports for item in report.criteria}.items()),
        flags=[(name, name) for name in sorted({flag.id for report in reports for flag in report.flags})],
        cause_options=[(item.id, item.summary) for item in causes],
        check_options=[(item.id, f"{item.criterion}: {item.title}") for item in checks],
        shared=_groups(entries, handed_out, rows),
    )


def _row(report: GradeReport, details: ReportDetails) -> _Row:
    state, status, word = _state(report)
    return _Row(
        id=report.submission.id,
        link=f"{quote(report.submission.id, safe='', errors='replace')}/report.html",
        percent=class_numbers.percent_of(report),
        points=_points(report),
        state=state,
        order=[name for name, _ in STATES].index(state),
        status=status,
        word=word,
        flags=" ".join(flag.id for flag in report.flags),
        advice=_advice(report, details),
        failed=" ".join(item.id for item in report.criteria if item.status is not Status.PASSED),
        causes=" ".join(class_numbers.causes_of(report, details)),
        checks=" ".join(class_numbers.checks_of(report)),
    )


def _state(report: GradeReport) -> tuple[str, Status, str]:
    if report.score is None:
        return "again", Status.ERROR, "needs a new run"
    left = sum(1 for item in report.criteria if item.max_points and item.status is not Status.PASSED)
    return ("open", Status.FAILED, f"{left} open") if left else ("done", Status.PASSED, "done")


def _points(report: GradeReport) -> str:
    if report.score is None:
        return "no score"
    bonus = f" +{phrases.number(report.bonus)}" if report.bonus else ""
    return f"{phrases.number(report.score)} / {phrases.number(report.max_score)}{bonus}"


def _bars(reports: Sequence[GradeReport]) -> list[_Bar]:
    columns = class_numbers.distribution(reports)
    highest = max(1, *(item.count for item in columns))
    return [_Bar(item.label, item.count, round(_CHART_HEIGHT * item.count / highest, 1)) for item in columns]


def _groups(entries: Sequence[ClassEntry], handed_out: Collection[str], rows: Sequence[_Row]) -> list[_Group]:
    known = {row.id: row for row in rows}
    return [
        _Group(tuple(known[name] for name in group.submissions), group.revisions)
        for group in class_numbers.shared_groups(entries, handed_out)
    ]


def _advice(report: GradeReport, details: ReportDetails) -> str:
    """The first thing to mend in a line or two: the cause alone, where cause and fix can be told apart."""
    first = phrases.first_to_mend(report)
    hint = report.error or report.next_step or (first.hint if first else None) or ""
    line = single_line(next((item.cause for item in details.causes if item.text == hint), hint))
    if len(line) <= _ADVICE_CHARACTERS:
        return line
    line = line[:_ADVICE_CHARACTERS].rpartition(" ")[0]
    # Of a piece of code that was cut in two, nothing is left.
    return f"{line.rpartition('`')[0] if line.count('`') % 2 else line}…"
