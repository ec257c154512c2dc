"""Every format shows the word of a person and lateness as such, and what the grader found beside it.

Texts of people are no more trusted than those of students: none acts as markup.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from grader.assignment.late import LateRule
from grader.report.audience import for_student
from grader.report.class_record import ClassRecord
from grader.report.details import ReportDetails
from grader.report.formats.github import workflow_commands
from grader.report.formats.gradescope import results_json
from grader.report.formats.html import report_html
from grader.report.formats.junit import junit_xml
from grader.report.formats.md import report_markdown
from grader.report.gradebooks.moodle import feedback
from grader.report.model import GradeReport, Person, Status
from grader.report.overrides import Word
from grader.report.render.class_page import index_html
from grader.report.render.terminal import print_batch, print_report
from tests.unit.report.render.samples import HOSTILE, hiding, sample

DUE = datetime(2026, 5, 4, 22, 0, tzinfo=UTC)
RULE = LateRule(DUE, per_day=10.0)
FAILED = next(item for item in sample().criteria if item.status is Status.FAILED and item.max_points)


def changed(text: str = "Shown in the lab.", report: GradeReport | None = None) -> GradeReport:
    """The sample with all points for a failed criterion, two days late, and the name of a person."""
    report = report or sample()
    name = report.submission.id
    return ClassRecord(
        people={name: Person("Grace Hopper" if text == "Shown in the lab." else text)},
        words={name: (Word(FAILED.id, FAILED.max_points, text, text, "2026-05-10"),)},
        late=RULE,
        submitted={name: DUE + timedelta(days=1, hours=1)},
    ).applied(report)


def on_terminal(report: GradeReport) -> str:
    console = Console(file=io.StringIO(), width=300, _environ={})
    print_report(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


FORMATS: dict[str, Callable[[GradeReport], str]] = {
    "html": report_html,
    "md": report_markdown,
    "terminal": on_terminal,
    "gradescope": lambda report: (results_json(report) or b"").decode(),
    "junit": lambda report: junit_xml([report]).decode(),
    "moodle": feedback,
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_words_the_days_and_what_was_found(name: str) -> None:
    text = FORMATS[name](changed())
    assert "2 days late: 20 points less" in text
    assert "The grader itself found 75 of 100 points" in text
    if name != "junit":  # a test case is what the grader found; the properties have the rest
        assert "by hand instead of" in text
        assert "Shown in the lab." in text


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_of_that_where_nothing_was_changed(name: str) -> None:
    text = FORMATS[name](sample())
    assert "by hand" not in text
    assert "The grader itself found" not in text


@pytest.mark.parametrize("name", ["html", "md", "terminal"])
def test_the_name_of_the_person_stands_above(name: str) -> None:
    assert "Grace Hopper" in FORMATS[name](changed())[:3000]


def test_the_points_of_a_criterion_in_numbers_for_gradescope() -> None:
    results = json.loads(results_json(changed()) or b"")
    (test,) = [item for item in results["tests"] if item["extra_data"]["criterion"] == FAILED.id]
    assert (test["score"], test["status"]) == (FAILED.max_points, "failed")
    assert results["score"] == changed().score


def test_what_a_person_gave_all_points_for_is_no_error_of_github() -> None:
    assert f"%3A {FAILED.title} (" in workflow_commands([sample()])
    assert f"%3A {FAILED.title} (" not in workflow_commands([changed()])


def test_where_points_are_hidden_nobody_reads_about_them() -> None:
    shown = report_markdown(for_student(hiding(changed(), points=True)))
    for text in ("by hand", "By hand", "Shown in the lab.", "days late", "The grader itself"):
        assert text not in shown
    only_one = report_markdown(for_student(hiding(changed(), FAILED.id)))
    assert "Shown in the lab." not in only_one
    assert "2 days late" in only_one


def test_the_class_on_the_terminal() -> None:
    console = Console(file=io.StringIO(), width=80, _environ={})
    print_batch([changed(), sample("perfect")], console, [Person("Zoe [bold]"), Person(email="x@x.org")])
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for part in (
        "Grace Hopper (grace)",
        "by hand",
        "2 days late",
        "Handed in nothing (2)",
        "Zoe [bold], x@x.org",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_class_page_names_people() -> None:
    page = index_html(
        [(changed(), ReportDetails())], absent=[Person("<b>Zoe</b>", "z@x.org")], undated=["grace"]
    )
    assert ">Grace Hopper</bdi></a> <span" in page
    assert 'by hand</span><br><span class="soft small">2 days late</span>' in page
    assert "<bdi>&lt;b&gt;Zoe&lt;/b&gt; (z@x.org)</bdi>" in page
    assert "When it came is not known: 1" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_and_names(text: str) -> None:
    report = changed(text)
    page = report_html(report)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<img" not in index_html([(report, ReportDetails())], absent=[Person(text)], undated=["grace"])
    for name in ("md", "terminal", "gradescope", "junit", "moodle"):
        shown = FORMATS[name](report)
        assert not set(shown) & set("\x1b\x00\u202e")
        assert not any(line.startswith(("::", "##[")) for line in shown.splitlines())
