"""The format `html`: a page for each submission and one for the class; each is one file that loads no other.

This module renders the submission's page; `grader.report.render.class_page` renders the other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from markupsafe import Markup

from grader.report.audience import details_for_student, for_student, hides
from grader.report.details import Mark, ReportDetails
from grader.report.formats.interface import BatchFile, Format, SubmissionFile
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status, Tick
from grader.report.render import phrases
from grader.report.render.advice import said_once
from grader.report.render.class_page import index_html
from grader.report.render.html_page import page
from grader.text.untrusted import single_line

STUDENT_FILE = "for-student.html"
CHANGE_WORDS = MappingProxyType({"+": "added:", "-": "removed:", "~": "changed:"})
_MARK_SIGNS = MappingProxyType({Mark.AS_ASKED: "✓", Mark.MISSING: "✗", Mark.DIFFERENT: "≠", Mark.EXTRA: "+"})
MARK_CLASSES = MappingProxyType(
    {Mark.AS_ASKED: "passed", Mark.MISSING: "failed", Mark.DIFFERENT: "error", Mark.EXTRA: "skipped"}
)
"""Mark to CSS class: it gets the colour of the status that is most like it."""
_MARK = Markup('<span aria-hidden="true">{}</span> {}')
_EXPECTED = Markup(": should be <code>{}</code>")
_SINCE = Markup(", since revision <code>{}</code>")


def report_html(report: GradeReport, details: ReportDetails | None = None) -> str:
    """Render a submission's page; without details if only the report was read back."""
    return _report_html(
        report, details or ReportDetails(), student_file=STUDENT_FILE if hides(report) else ""
    )


def student_html(report: GradeReport, details: ReportDetails) -> str | None:
    """Render the page for the student, without flags; None if nothing is hidden from them."""
    if not hides(report):
        return None
    return _report_html(
        replace(for_student(report), flags=()), details_for_student(report, details), student_file=""
    )


def _report_html(report: GradeReport, details: ReportDetails, *, student_file: str) -> str:
    return page(
        "report.html.j2",
        styles=("page.css", "report.css"),
        script="report.js",
        report=report,
        details=details,
        student_file=student_file,
        groups=phrases.by_group(report),
        titles={item.id: item.title for _, criteria in phrases.by_group(report) for item in criteria},
        tick=tick,
        advice=said_once(report, ""),
        followed_by=followed_by,
        skipped=Status.SKIPPED,
        causes={item.text: item for item in details.causes},
        errors={item.output: item for item in details.errors},
        nothing_made=bool(details.tables)
        and all(item.mark in (Mark.MISSING, Mark.EXTRA) for item in details.tables),
        facts=phrases.run_facts(report),
        change_words=CHANGE_WORDS,
        mark=mark,
        mark_classes=MARK_CLASSES,
    )


def followed_by(criterion: CriterionReport) -> dict[str, list[CheckReport]]:
    """By the id of each failed check: those that did not pass because of it."""
    return {
        check.id: [item for item in criterion.checks if item.follows == check.id] if count else []
        for check, count in phrases.own_failures(criterion)
    }


_TICK = Markup('<span class="tag {}"><span aria-hidden="true">{}</span><span class="unseen">{}</span></span>')
TICK_CLASSES = MappingProxyType({Tick.DONE: "passed", Tick.OPEN: "failed", Tick.LOOK: "skipped"})
"""Tick to CSS class: it gets the colour of the status that is most like it."""


def tick(item: Tick) -> Markup:
    """A tick of the checklist with its sign."""
    return _TICK.format(TICK_CLASSES[item], phrases.TICK_SYMBOLS[item], phrases.TICK_WORDS[item])


@lru_cache(maxsize=512)
def mark(item: Mark, expected: str | None = None, revision: str | None = None) -> Markup:
    """A mark with its sign; for a difference also what is expected, and the revision that it began at."""
    parts = [_MARK.format(_MARK_SIGNS[item], item.value)]
    if expected:
        parts.append(_EXPECTED.format(single_line(expected)))
    if revision and item is Mark.DIFFERENT:
        parts.append(_SINCE.format(single_line(revision)))
    return Markup("").join(parts)


def _student_page(report: GradeReport, details: ReportDetails) -> bytes | None:
    html = student_html(report, details)
    return None if html is None else html.encode("utf-8", "replace")


FORMAT = Format(
    submission=SubmissionFile(
        "report.html",
        "people",
        "[the same report as a page](#a-submissions-page), with pictures of the chain and of the schema",
        lambda report, details: report_html(report, details).encode("utf-8", "replace"),
    ),
    beside=(
        SubmissionFile(
            STUDENT_FILE,
            "the student",
            "that page without [what is hidden from students](#what-students-see); only if something is",
            _student_page,
        ),
    ),
    batch=BatchFile(
        "index.html",
        "instructors",
        "[the class at a glance](#the-class-page), with a link to each submission",
        lambda batch: index_html(batch.entries, batch.handed_out, batch.absent, batch.undated).encode(
            "utf-8", "replace"
        ),
    ),
)
