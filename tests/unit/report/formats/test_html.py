"""`report.html`: expected pages as a whole, and hostile texts against an HTML parser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.model import Audience, Visibility
from grader.report.audience import for_student
from grader.report.details import ReportDetails
from grader.report.formats.html import report_html, student_html
from grader.report.model import Evidence, Flag, GradeReport
from grader.report.render.html_page import prose
from tests.unit.report.render.pages import (
    EXPECTED,
    HOSTILE,
    body,
    everywhere,
    pictured,
    saved,
    skeleton,
    text_of,
)
from tests.unit.report.render.samples import hiding


def pages() -> dict[str, tuple[GradeReport, ReportDetails]]:
    plain = {kind: (saved(kind), ReportDetails()) for kind in ("mixed", "error", "perfect", "nothing")}
    return {**plain, "pictured": pictured()}


@pytest.mark.parametrize("kind", ["mixed", "error", "perfect", "nothing", "pictured"])
def test_the_whole_page(kind: str) -> None:
    expected = (EXPECTED / kind / "report_body.html").read_text(encoding="utf-8")
    assert body(report_html(*pages()[kind])) == expected


def test_cause_and_fix_are_told_apart_where_they_are_known() -> None:
    report, details = pictured()
    cause = details.causes[0]
    told = f"<dt>Why</dt><dd>{prose(cause.cause)}</dd><dt>What to do</dt><dd>{prose(cause.fix)}</dd>"
    assert told in report_html(report, details)
    alone = report_html(report)
    assert "<dt>Why</dt>" not in alone
    assert f"<dt>What to do</dt><dd>{prose(cause.text)}</dd>" in alone


def test_own_frames_come_before_the_output() -> None:
    page = report_html(*pictured())
    frames, output = page.index("your own code"), page.index("<summary>What <code>alembic downgrade -1")
    assert frames < output
    assert page.index("alembic/versions/ddd4.py</code>, line 36") < page.index(
        "alembic/env.py</code>, line 50"
    )


def test_marks_are_words_and_not_colours_alone() -> None:
    text = text_of(report_html(*pictured()))
    assert "≠ different: should be character varying(255), nullable , since revision" in text
    assert "✗ missing" in text
    assert "✗ downgrade: failed" in text
    assert "Not the same after its downgrade as before its upgrade + added: type mood" in text


def test_a_schema_of_which_nothing_is_there_says_so_once() -> None:
    report, details = pictured()
    none = replace(details, tables=tuple(replace(t, mark=type(t.mark)("missing")) for t in details.tables))
    assert "None of the required tables exists." in report_html(report, none)
    assert "None of the tables" not in report_html(report, details)


def test_a_fault_of_ours_shows_no_score_and_no_rubric() -> None:
    text = text_of(report_html(saved("error")))
    assert "This submission needs a new run" in text
    assert "of 100 points" not in text
    assert "Rubric" not in text.replace("Rubric exercise_4", "")


def test_what_only_the_instructor_may_see_is_marked_or_gone() -> None:
    report, details = pictured()
    hidden = replace(report.criteria[1], visibility=Audience.INSTRUCTOR)
    report = replace(report, criteria=(report.criteria[0], hidden, *report.criteria[2:]))
    assert report_html(report, details).count("only for the instructor") == 1
    assert hidden.title not in report_html(for_student(report), details)
    points_hidden = replace(report, visibility=Visibility(points=Audience.INSTRUCTOR))
    text = text_of(report_html(for_student(points_hidden), details))
    assert "new run" not in text
    assert "Points" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_about_the_structure(text: str) -> None:
    assert skeleton(report_html(*everywhere(text))) == skeleton(report_html(*everywhere("harmless")))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_leaves_nothing_to_act_on(text: str) -> None:
    page = report_html(*everywhere(text))
    page.encode()
    assert not set(page) & set("\x00\x1b\x07\r\u202e")


def test_long_output_is_cut_and_says_so() -> None:
    report = saved("mixed")
    criterion = replace(report.criteria[5], evidence=(Evidence("Output", "line\n" * 5000),))
    page = report_html(replace(report, criteria=(criterion,)))
    assert "lines left out ...]" in page
    assert body(page).count("\n") < 200


def test_the_page_for_the_student_has_nothing_that_is_hidden() -> None:
    report, details = pictured()
    assert student_html(report, details) is None
    flagged = replace(report, flags=(Flag("a_flag", "for the instructor"),))
    hidden = next(item for item in report.criteria if item.id == "reversible_chain")
    page = student_html(hiding(flagged, hidden.id), details)
    assert page is not None
    for secret in (
        hidden.title,
        hidden.hint or "",
        "a_flag",
        "nly for the instructor",
        "Revisions, from the base",
    ):
        assert secret
        assert str(prose(secret)) not in page, secret
    assert "57.5" in page
    plain = student_html(hiding(flagged, hints=True, points=True), details)
    assert plain is not None
    assert "57.5" not in plain
    assert "What to do" not in plain
    assert "Next step" not in plain


def test_the_page_of_the_instructor_cannot_be_taken_for_the_students() -> None:
    page = report_html(*pictured())
    assert "nly for the instructor" not in page
    report, details = pictured()
    page = report_html(hiding(report, points=True), details)
    assert "<title>Only for the instructor: " in page
    assert "<code>for-student.html</code>" in page
