"""`index.html`: a class at a glance, in one file that loads no other and links to the submissions' pages.

The figures come from `class_statistics`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.report.details import ReportDetails
from grader.report.model import GradeReport, Person, Status
from grader.report.render import class_statistics, phrases
from grader.report.render.class_statistics import ClassEntry, SharedRevision
from grader.report.render.html_page import page
from grader.report.render.summary import totals
from grader.text.untrusted import single_line

STATES = (("again", "needs a new run"), ("open", "something open"), ("done", "done"))
"""The states of a submission and their names, in the order in which they are sorted."""
_ADVICE_CHARACTERS = 160
_CHART_HEIGHT = 150


@dataclass(frozen=True)
class _Row:
    """A submission's row. The values for the filters hold only ids of the grader, separated by spaces."""

    id: str
    name: str
    """The person's, or else the submission's."""
    link: str
    percent: float | None
    points: str
    changed: str
    """What a person or lateness changed, in a word or two."""
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
    """A bar of the chart of scores."""

    label: str
    count: int
    height: float


@dataclass(frozen=True)
class _Group:
    """Submissions that share revision ids."""

    members: tuple[_Row, ...]
    revisions: tuple[SharedRevision, ...]


@dataclass(frozen=True)
class _Alike:
    """Submissions that make the same schemas."""

    members: tuple[_Row, ...]
    own: str


def index_html(
    entries: Sequence[ClassEntry],
    handed_out: Collection[str] = (),
    absent: Sequence[Person] = (),
    undated: Sequence[str] = (),
) -> str:
    """Render the class page; its links lead to `<id>/report.html` beside it.

    Args:
        entries: the submissions.
        handed_out: revisions that were given to all students, in the template or the reference solution.
        absent: the people who handed in nothing.
        undated: the submissions of which nobody knows when they came, though late work costs something.
    """
    reports = [report for report, _ in entries]
    rows = [_row(report, details) for report, details in entries]
    causes, checks = class_statistics.common_causes(entries), class_statistics.common_checks(reports)
    return page(
        "class.html.j2",
        styles=("page.css", "class.css"),
        script="class.js",
        title=reports[0].assignment.title if reports else "No submissions",
        totals=totals(reports),
        rows=rows,
        again=[row for row in rows if row.state == "again"],
        distribution=_bars(reports),
        rates=class_statistics.rates(reports),
        causes=causes,
        checks=checks,
        states=STATES,
        criteria=list({item.id: item.title for report in reports for item in report.criteria}.items()),
        flags=[(name, name) for name in sorted({flag.id for report in reports for flag in report.flags})],
        cause_options=[(item.id, item.summary) for item in causes],
        check_options=[(item.id, f"{item.criterion}: {item.title}") for item in checks],
        shared=_groups(entries, handed_out, rows),
        alike=_alike(entries, rows),
        absent=[_absent(person) for person in absent],
        undated=[row for row in rows if row.id in frozenset(undated)],
        named=any(row.name != row.id for row in rows),
    )


def _row(report: GradeReport, details: ReportDetails) -> _Row:
    state, status, word = _state(report)
    return _Row(
        id=report.submission.id,
        name=phrases.name_of(report.person) or report.submission.id,
        link=f"{quote(report.submission.id, safe='', errors='replace')}/report.html",
        percent=class_statistics.percent_of(report),
        points=phrases.score_cell(report) or "no score",
        changed=phrases.short_changes(report),
        state=state,
        order=[name for name, _ in STATES].index(state),
        status=status,
        word=word,
        flags=" ".join(flag.id for flag in report.flags),
        advice=_advice(report, details),
        failed=" ".join(item.id for item in report.criteria if item.status is not Status.PASSED),
        causes=" ".join(class_statistics.causes_of(report, details)),
        checks=" ".join(class_statistics.checks_of(report)),
    )


def _absent(person: Person) -> str:
    name = phrases.name_of(person)
    return f"{name} ({person.email})" if person.email and person.email != name else name or "(no name)"


def _state(report: GradeReport) -> tuple[str, Status, str]:
    if report.score is None:
        return "again", Status.ERROR, "needs a new run"
    left = phrases.open_criteria(report)
    return ("open", Status.FAILED, f"{left} open") if left else ("done", Status.PASSED, "done")


def _bars(reports: Sequence[GradeReport]) -> list[_Bar]:
    counts = class_statistics.distribution(reports)
    highest = max(1, *counts.values())
    return [_Bar(label, count, round(_CHART_HEIGHT * count / highest, 1)) for label, count in counts.items()]


def _groups(entries: Sequence[ClassEntry], handed_out: Collection[str], rows: Sequence[_Row]) -> list[_Group]:
    known = {row.id: row for row in rows}
    return [
        _Group(tuple(known[name] for name in group.submissions), group.revisions)
        for group in class_statistics.shared_groups(entries, handed_out)
    ]


def _alike(entries: Sequence[ClassEntry], rows: Sequence[_Row]) -> list[_Alike]:
    known = {row.id: row for row in rows}
    return [
        _Alike(tuple(known[name] for name in group.submissions), group.own)
        for group in class_statistics.alike_groups(entries)
    ]


def _advice(report: GradeReport, details: ReportDetails) -> str:
    """The first thing to mend in a line or two: the cause without its fix, if the two are known."""
    first = phrases.first_to_mend(report)
    hint = report.error or report.next_step or (first.hint if first else None) or ""
    line = single_line(next((item.cause for item in details.causes if item.text == hint), hint))
    if len(line) <= _ADVICE_CHARACTERS:
        return line
    line = line[:_ADVICE_CHARACTERS].rpartition(" ")[0]
    # A piece of code that was cut in two is left out.
    return f"{line.rpartition('`')[0] if line.count('`') % 2 else line}…"
