"""GitHub: workflow commands that cannot be broken out of, and a job summary that fits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.assignment.model import Group
from grader.report.formats.github import (
    SUMMARY_BYTES,
    job_summary,
    stop_commands,
    workflow_commands,
)
from grader.report.model import CriterionReport, GradeReport, Status, SubmissionInfo
from grader.report.render import phrases
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, hiding, sample, samples

COMMAND = re.compile(r"::(?P<kind>error|warning|notice) (?P<properties>[^:]*)::(?P<message>.*)")
FOLDERS = {"grace": "class/grace"}


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for coded, plain in (*more, ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(coded, plain)
    return text


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner makes of a log: kind, properties, message of each command."""
    commands = []
    for line in text.split("\n")[:-1]:
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = (item.split("=", maxsplit=1) for item in match["properties"].split(","))
        properties = {name: unescaped(value, ("%3A", ":"), ("%2C", ",")) for name, value in pairs}
        commands.append((match["kind"], properties, unescaped(match["message"])))
    assert text == "" or text.endswith("\n")
    return commands


def many(count: int, group: Group) -> GradeReport:
    """A report with many criteria that failed."""
    criteria = tuple(
        CriterionReport(f"c{number}", f"Criterion {number}", group, Status.FAILED, 0, 1, None, 0, "Mend it.")
        for number in range(count)
    )
    return replace(sample(), criteria=criteria)


def test_the_whole_log() -> None:
    assert workflow_commands(samples(), FOLDERS) == (EXPECTED / "workflow_commands.txt").read_text("utf-8")


def test_the_group_makes_the_kind_and_a_fault_is_an_error() -> None:
    assert [kind for kind, _, _ in read(workflow_commands([sample()]))] == [
        *["error"] * 3,
        "notice",
        "warning",
    ]
    ((kind, properties, message),) = read(workflow_commands([sample("error")]))
    assert (kind, properties) == ("error", {"title": "linus: needs a new run"})
    assert message == f"{phrases.NOT_THE_WORK}\n{sample('error').error}"


def test_where_a_revision_stands_is_named() -> None:
    named = [item for _, item, _ in read(workflow_commands([sample()], FOLDERS)) if "file" in item]
    assert named == [
        {
            "file": "class/grace/alembic/versions/8e31b0c4f6aa_.py",
            "line": "14",
            "title": "grace: New columns of users (5 / 10)",
        }
    ]


def test_nothing_is_said_when_everything_passed() -> None:
    assert workflow_commands([sample("perfect")]) == ""


@pytest.mark.parametrize("group", list(Group))
def test_of_a_kind_there_are_ten_and_the_last_counts_the_rest(group: Group) -> None:
    assert len(read(workflow_commands([many(10, group)]))) == 10
    *nine, last = read(workflow_commands([many(8, group), many(5, group)]))
    assert len(nine) == 9
    assert last[2].startswith("4 more are not shown here")


def test_what_is_hidden_is_not_said() -> None:
    text = workflow_commands([hiding(sample(), "history", hints=True, points=True)])
    assert "History" not in text
    assert "Change the type" not in text
    assert "/ 10" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_makes_no_command_of_its_own(text: str) -> None:
    commands = read(workflow_commands([everywhere(text, "a:b,c%.py")], {text: "."}))
    assert [(kind, properties["file"]) for kind, properties, _ in commands] == [("error", "a:b,c%.py")]
    assert not set("".join(message for _, _, message in commands)) & set("\x00\x1b\r\u202e")


@given(st.text(max_size=60))
def test_any_text_is_one_line(text: str) -> None:
    assert len(read(workflow_commands([everywhere(text)]))) == 1


def test_commands_stop_and_start_with_the_same_token() -> None:
    assert stop_commands("a1b2") == ("::stop-commands::a1b2\n", "::a1b2::\n")


def test_the_summary_of_one_is_its_report() -> None:
    assert job_summary([sample()]) == (EXPECTED / "mixed" / "report.md").read_text("utf-8")


def test_the_summary_of_several() -> None:
    assert job_summary(samples()) == (EXPECTED / "job_summary.md").read_text("utf-8")


def test_the_summary_hides_what_is_hidden() -> None:
    text = job_summary([hiding(sample(), "history", points=True), sample("perfect")])
    assert "History" not in text.split("# `ada`")[0]
    assert "75" not in text


@pytest.mark.parametrize("limit", [400, 1000, 3000, 6000])
def test_a_summary_keeps_to_the_limit_with_whole_reports(limit: int) -> None:
    reports = [replace(sample(), submission=SubmissionInfo(f"müller{n}", "", "")) for n in range(40)]
    text = job_summary(reports, limit=limit)
    assert len(text.encode()) <= limit
    assert text.endswith("The rest did not fit into a job summary: the report files have it.\n")
    assert text.count("```") % 2 == 0


def test_a_class_of_a_thousand_fits() -> None:
    report = sample()
    reports = [replace(report, submission=SubmissionInfo(f"student{n}", "", "")) for n in range(1000)]
    text = job_summary(reports)
    assert len(text.encode()) <= SUMMARY_BYTES
    assert "| student999 |" in text


@pytest.mark.parametrize("limit", [-5, 0, 20])
def test_where_there_is_no_room_at_all_nothing_is_written(limit: int) -> None:
    assert job_summary([sample()], limit=limit) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_about_the_summary(text: str) -> None:
    summary = job_summary([everywhere(text), everywhere(text)])
    tokens = MarkdownIt("commonmark").enable("table").parse(summary)
    assert [token.type for token in tokens if token.type == "html_block"] == []
    assert len([token for token in tokens if token.type == "table_open"]) == 1 + 2 * 2
    assert not any(line.lstrip().startswith(("::", "##[")) for line in summary.splitlines())
