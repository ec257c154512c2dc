"""Pages to look at, and what they are made of: reports with details, and the parts of an HTML text."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from grader.assignment.model import Group
from grader.report.details import (
    Cause,
    ChainLink,
    Change,
    ColumnPicture,
    ErrorPicture,
    FramePicture,
    Mark,
    ReportDetails,
    RulePicture,
    StepPicture,
    TablePicture,
)
from grader.report.formats.json import read_grade_json
from grader.report.model import (
    CheckReport,
    CriterionReport,
    Evidence,
    Flag,
    GradeReport,
    Status,
    SubmissionInfo,
)

EXPECTED = Path(__file__).parents[1] / "expected"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style></title></pre></td></table><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "&lt;b&gt; &#42; &amp;",
    "<!-- comment -->",
    "]]>",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    "nul\x00byte",
    "\ud800",
    "a/../../b?c#d",
]


def saved(kind: str) -> GradeReport:
    """One of the reports that the texts of all formats are expected of."""
    return read_grade_json(EXPECTED / kind / "grade.json")


def pictured() -> tuple[GradeReport, ReportDetails]:
    """A submission with something wrong in every picture."""
    details = (EXPECTED / "pictured" / "details.json").read_bytes()
    return saved("pictured"), msgspec.json.decode(details, type=ReportDetails)


def everywhere(text: str) -> tuple[GradeReport, ReportDetails]:
    """A report and details with the same text in every place that a student may reach."""
    check = CheckReport("check", text, Status.FAILED, text, text, text)
    output, plain = Evidence(text, text), Evidence(text, f"{text}.")
    failed = CriterionReport(
        *("one", text, Group.REQUIRED, Status.FAILED, 0.0, 10.0, None, 0.0, f"{text} {text}"),
        checks=(check, replace(check, status=Status.PASSED)),
        evidence=(output, plain),
    )
    skipped = CriterionReport("two", text, Group.PRACTICE, Status.SKIPPED, 0.0, 0.0, text, 0.0, text)
    report = replace(
        saved("mixed"),
        submission=SubmissionInfo(text, text, ""),
        criteria=(failed, skipped),
        flags=(Flag("suspicious_file", text),),
        next_step=text,
    )
    way, change = StepPicture(Status.FAILED, text), (Change("+", text),)
    link = ChainLink(text, text, text, (text,), True, change, way, way, way, change)
    column = ColumnPicture(text, text, Mark.DIFFERENT, text, text)
    table = TablePicture(text, Mark.DIFFERENT, (column,), (RulePicture(text, Mark.MISSING, text),))
    details = ReportDetails(
        chain=(link,),
        tables=(table,),
        errors=(ErrorPicture(output, text, (FramePicture(text, 1, text, text),)),),
        causes=(Cause("some_cause", text, text, text),),
        revisions=(text,),
    )
    return report, details


def body(page: str) -> str:
    """What is between a page's head and its script: what is ours alone is left out."""
    return page.partition("<body>\n")[2].rpartition("<script>")[0]


class _Skeleton(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join([tag, *(name for name, _ in attrs)]))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"comment {data}")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def skeleton(page: str) -> list[str]:
    """Every tag of a page with the names of its attributes."""
    parser = _Skeleton()
    parser.feed(page)
    parser.close()
    return parser.found


def text_of(page: str) -> str:
    """What a page shows, its white space made single."""
    parser = _Skeleton()
    parser.feed(body(page))
    parser.close()
    return " ".join(" ".join(parser.text).split())
