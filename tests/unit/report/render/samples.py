"""Reports to render: the expected ones, and one with a hostile text wherever a student may reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Audience, Group, Visibility
from grader.report.formats.json import read_grade_json
from grader.report.model import (
    CheckReport,
    CriterionReport,
    Evidence,
    Flag,
    GradeReport,
    Person,
    Status,
    SubmissionInfo,
)

EXPECTED = Path(__file__).parents[1] / "expected"
KINDS = ("mixed", "error", "perfect", "nothing")
HOSTILE = (
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "[link](http://example.com) `code` **bold**",
    "]]></failure></testsuites>",
    "&lt;b&gt; &#42; &nosuch;",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    "nul\x00byte \x08\x0b\x0c\x7f\x9b",
    "\ud800\ufffe\uffff",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    '", "another cell',
    "two\nlines",
    "two\r\nlines",
    "::error file=x,line=1::message",
    "text\n::stop-commands::token\n::add-mask::text",
    "##[error]text",
    "100%25 50% %0A::error::x",
    "a,b:c;d",
)


def sample(kind: str = "mixed") -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


def samples() -> list[GradeReport]:
    return [sample(kind) for kind in KINDS]


def everywhere(text: str, path: str | None = None) -> GradeReport:
    """A report with the same text in every place that a student may reach; only a path may be another."""
    check = CheckReport("check", text, Status.FAILED, text, text, text, text if path is None else path, 3)
    failed = CriterionReport(
        *("one", text, Group.REQUIRED, Status.FAILED, 0.0, 10.0, None, 0.0, text),
        checks=(check, check),
        evidence=(Evidence(text, text), Evidence(text, text)),
    )
    skipped = CriterionReport("two", text, Group.PRACTICE, Status.SKIPPED, 0.0, 0.0, text, 0.0, text)
    return replace(
        sample(),
        submission=SubmissionInfo(text, text, ""),
        criteria=(failed, skipped),
        flags=(Flag("suspicious_file", text),),
        next_step=text,
    )


def person_of(text: str) -> Person:
    """Someone of whom everything is the same text."""
    return Person(text, text, text, text, text, text, text, text, text)


def hiding(report: GradeReport, *hidden: str, hints: bool = False, points: bool = False) -> GradeReport:
    """The report with some criteria, the hints or the points for the instructor alone."""
    audience = {False: Audience.STUDENT, True: Audience.INSTRUCTOR}
    criteria = tuple(replace(item, visibility=audience[item.id in hidden]) for item in report.criteria)
    return replace(report, criteria=criteria, visibility=Visibility(audience[hints], audience[points]))
