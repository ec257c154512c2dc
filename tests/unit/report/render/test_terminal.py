"""The terminal report: expected texts as a whole, widths, plain outputs, hostile texts."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.assignment.model import Group
from grader.report.formats.json import read_grade_json
from grader.report.model import CheckReport, CriterionReport, Flag, GradeReport, Status, SubmissionInfo
from grader.report.render.terminal import print_batch, print_report, print_timings

EXPECTED = Path(__file__).parents[1] / "expected"
KINDS = ["mixed", "error", "perfect", "nothing"]
HOSTILE = [
    "[bold red]markup[/bold red] [link=http://example.com]x[/link] [/]",
    ":smile: [@click=x]",
    "\x1b[31mred\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe",
    "nul\x00 bell\x07",
    "x" * 75 + " ::error file=a::message",
    "##[error]x ##vso[task.complete]x",
    "one\r\ntwo\rthree",
    "very_long_word" * 30,
    "\ud800",
    "漢字" * 60,
    "",
]


def sample(kind: str = "mixed") -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


def plain_console(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=False, _environ={})


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def report_text(report: GradeReport, width: int = 80) -> str:
    console = plain_console(width)
    print_report(report, console)
    return printed(console)


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_report_at_80_columns_without_colour(kind: str) -> None:
    assert report_text(sample(kind)) == (EXPECTED / kind / "terminal.txt").read_text(encoding="utf-8")


def test_the_table_of_a_batch_at_80_columns_without_colour() -> None:
    console = plain_console()
    print_batch([sample(kind) for kind in KINDS], console)
    assert printed(console) == (EXPECTED / "batch.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert all(cell_len(line) <= width for line in report_text(sample(), width).splitlines())
    console = plain_console(width)
    print_batch([sample(kind) for kind in KINDS], console)
    assert all(cell_len(line) <= width for line in printed(console).splitlines())


def test_lines_do_not_grow_with_a_very_wide_terminal() -> None:
    assert max(len(line) for line in report_text(sample(), 300).splitlines()) <= 100


def test_colour_only_repeats_what_signs_and_words_say() -> None:
    environment = {"NO_COLOR": "1", "TERM": "xterm-256color"}
    console = Console(file=io.StringIO(), width=80, force_terminal=True, _environ=environment)
    print_report(sample(), console)
    text = printed(console)
    assert not any(f"\x1b[{code}m" in text for code in ("31", "32", "33", "36"))
    assert "✗ Downgrade by one" in report_text(sample())


def test_colour_on_a_terminal() -> None:
    environment = {"TERM": "xterm-256color"}
    console = Console(file=io.StringIO(), width=80, force_terminal=True, _environ=environment)
    print_report(sample(), console)
    assert "\x1b[32m" in printed(console)


def test_an_output_that_takes_only_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    console = Console(file=file, width=80, force_terminal=False, _environ={})
    name = replace(sample(), submission=SubmissionInfo("Zoë", "zoë/", ""))
    print_report(name, console)
    print_batch([name, sample("error"), sample("perfect")], console)
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "Zo\\xeb" in text
    assert " + Upgrade to head" in text
    assert " x Downgrade by one" in text


def everywhere(text: str) -> GradeReport:
    """A report with the same text in every place that a student may reach."""
    failed = CriterionReport(
        *("one", text, Group.REQUIRED, Status.FAILED, 0.0, 10.0, None, 0.0, text),
        checks=(CheckReport("check", text, Status.FAILED, text, text, text),),
    )
    skipped = CriterionReport("two", text, Group.PRACTICE, Status.SKIPPED, 0.0, 0.0, text, 0.0, text)
    return replace(
        sample(),
        submission=SubmissionInfo(text, text, ""),
        criteria=(failed, skipped),
        flags=(Flag("suspicious_file", text),),
        next_step=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_and_not_acted_on(text: str) -> None:
    console = plain_console()
    report = everywhere(text)
    print_report(report, console)
    print_batch([report, replace(report, status="error", score=None, bonus=None, error=text)], console)
    output = printed(console)
    output.encode()
    assert not set(output) & set("\x00\x1b\x07\r\u202e")
    assert "##[" not in output
    assert "##vso[" not in output
    assert not any(line.lstrip().startswith("::") for line in output.splitlines())
    assert all(cell_len(line) <= 80 for line in output.splitlines())


def test_markup_is_shown_as_it_is() -> None:
    assert "[bold red]markup[/bold red]" in report_text(everywhere("[bold red]markup[/bold red]"))


def test_long_values_are_cut() -> None:
    text = report_text(everywhere("a line of output\n" * 1000))
    assert "lines left out ...]" in text


def test_a_criterion_that_could_not_be_judged_says_why() -> None:
    assert "No row could be put into any table" in report_text(sample())


def test_timings_show_shares_of_what_came_one_after_the_other_only() -> None:
    console = plain_console()
    print_timings({"starting": 0.31, "trying the chain": 0.93}, {"server": 0.3, "steps": 1.5}, console)
    assert printed(console).splitlines() == [
        "  starting          0.31 s  25 %",
        "  trying the chain  0.93 s  75 %",
        "  total             1.24 s",
        "",
        "  Within these phases, added up over work that ran in parallel:",
        "    server  0.30 s",
        "    steps   1.50 s",
    ]


def test_timings_of_what_was_never_tried() -> None:
    console = plain_console()
    print_timings({"staging": 0.0}, {}, console)
    assert printed(console).splitlines() == ["  staging  0.00 s", "  total    0.00 s"]


def test_timings_of_what_broke_at_once() -> None:
    console = plain_console()
    print_timings({}, {}, console)
    assert printed(console) == ""


@pytest.mark.parametrize("width", [20, 40])
def test_timings_are_no_wider_than_the_terminal(width: int) -> None:
    console = plain_console(width)
    print_timings({"trying the chain": 12.5}, {"databases": 100.25}, console)
    assert all(cell_len(line) <= width for line in printed(console).splitlines())
