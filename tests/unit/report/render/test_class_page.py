"""`index.html`: the expected page as a whole, its links, and hostile names."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from grader.report.details import Cause, ReportDetails
from grader.report.model import SubmissionInfo
from grader.report.render.class_page import index_html
from grader.report.render.class_statistics import ClassEntry
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


def small_class() -> list[ClassEntry]:
    report, details = pictured()
    same = replace(report, submission=SubmissionInfo("alan & co", "alan & co/", ""))
    plain = [(saved(kind), ReportDetails()) for kind in ("mixed", "error", "perfect", "nothing")]
    return [(report, details), (same, details), *plain]


def test_the_whole_page() -> None:
    expected = (EXPECTED / "class_body.html").read_text(encoding="utf-8")
    assert body(index_html(small_class(), handed_out=["aaa1"])) == expected


def test_what_needs_a_new_run_stands_out() -> None:
    page = index_html(small_class())
    assert "1 submission needs a new run" in text_of(page)
    assert page.count('class="again"') == 1
    assert "new run</h2>" not in index_html([(saved("perfect"), ReportDetails())])


def test_links_lead_to_the_pages_whatever_a_submission_is_called() -> None:
    names = ["a b", "50% & more", "javascript:alert(1)", "?#", "ünï", "\udcff"]
    entries = [(replace(saved("mixed"), submission=SubmissionInfo(n, n, "")), ReportDetails()) for n in names]
    assert re.findall(r'role="rowheader"><a href="([^"]*)"', index_html(entries)) == [
        "a%20b/report.html",
        "50%25%20%26%20more/report.html",
        "javascript%3Aalert%281%29/report.html",
        "%3F%23/report.html",
        "%C3%BCn%C3%AF/report.html",
        "%3F/report.html",
    ]


def test_the_cause_alone_is_the_first_thing_to_mend() -> None:
    report = replace(saved("mixed"), next_step="It is so. Do this.")
    details = ReportDetails(causes=(Cause("a", "A", "It is so.", "Do this."),))
    assert "Do this" not in index_html([(report, details)])
    assert "Do this" in index_html([(report, ReportDetails())])


def test_long_advice_is_cut_between_words_and_not_within_code() -> None:
    report = replace(saved("mixed"), next_step=f"{'word ' * 30}`{'code ' * 30}`")
    assert "word …</td>" in index_html([(report, ReportDetails())])


def test_shared_revisions_are_told_neutrally() -> None:
    text = text_of(index_html(small_class(), handed_out=["aaa1"]))
    assert "barbara , alan & co share 3 revisions:" in text
    assert "aaa1" not in text
    assert "A person has to judge" in text
    assert not re.search(r"cheat|copied|plagiar|suspic(?!ious_file)|fraud", text, re.IGNORECASE)


def test_a_class_of_nobody() -> None:
    assert "All 0 submissions" in index_html([])
    assert "No submission was graded." in index_html([(saved("error"), ReportDetails())])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_about_the_structure(text: str) -> None:
    hostile, harmless = (index_html([everywhere(item), everywhere(item)]) for item in (text, "harmless"))
    assert skeleton(hostile) == skeleton(harmless)
    hostile.encode()
    assert not set(hostile) & set("\x00\x1b\x07\r\u202e")
