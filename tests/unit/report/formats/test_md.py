"""`report.md`: expected texts as a whole, and hostile texts against a Markdown parser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.assignment.model import Group
from grader.report.formats.json import read_grade_json
from grader.report.formats.md import cell, code_span, fenced, prose, report_markdown
from grader.report.model import (
    CheckReport,
    CriterionReport,
    Evidence,
    Flag,
    GradeReport,
    Status,
    SubmissionInfo,
)
from grader.text.untrusted import clean, single_line, without_ci_commands

EXPECTED = Path(__file__).parents[1] / "expected"
PARSER = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "[link](http://example.com) ![picture](x)",
    "**bold** _slanted_ ~~gone~~ `code",
    "a | b | c",
    "a \\| b",
    "# heading",
    "> quote",
    "- item\n- item",
    "1. item",
    "---",
    "===",
    "```\n# out of the fence\n```",
    "~~~~\ntext",
    "``````````",
    "&lt;b&gt; &#42;",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    "nul\x00byte",
    "::error file=x::message",
    "\n\n<h1>block</h1>\n\n",
    "@everyone #1 www.example.com",
    "$x$ [^1] [[wiki]]",
    "\ud800",
    "\ufdd0",
    "=cmd|' /C calc'!A0",
]
MARKUP_TEXT = st.text(
    st.one_of(st.sampled_from("`*_[]()<>&|~#$@{}\\-+=1.:!\"' \nab"), st.characters()), max_size=40
)


def sample(kind: str = "mixed") -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


def flat(tokens: Iterable[Token]) -> list[Token]:
    return [item for token in tokens for item in (token, *flat(token.children or ()))]


def shown(markdown: str) -> str:
    """What a reader sees of one line of prose."""
    tokens = flat(PARSER.parse(markdown))
    assert {token.type for token in tokens} <= {
        *("paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline"),
        *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
        *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
    }, markdown
    return "".join(t.content for t in tokens if t.type in ("text", "text_special", "code_inline"))


@pytest.mark.parametrize("kind", ["mixed", "error", "perfect", "nothing"])
def test_the_whole_report(kind: str) -> None:
    assert report_markdown(sample(kind)) == (EXPECTED / kind / "report.md").read_text(encoding="utf-8")


def without(text: str, characters: str) -> str:
    return text.translate(str.maketrans("", "", characters))


@pytest.mark.parametrize("text", ["'([", "\"('[x", "('a_b')", "'(a_b)'"])
def test_several_signs_before_a_word_are_all_shown(text: str) -> None:
    assert without(shown(prose(text)), "`") == text


@given(MARKUP_TEXT)
def test_prose_shows_exactly_its_text(text: str) -> None:
    line = without_ci_commands(single_line(text))
    # Backticks may have become the marks of a code span, and spaces next to them may be gone.
    assert without(shown(prose(text)), "` ") == without(line, "` ")


@given(MARKUP_TEXT)
def test_a_table_cell_shows_exactly_its_text(text: str) -> None:
    line = without_ci_commands(single_line(text))
    assert shown(f"|a|b|\n|---|---|\n|x{cell(text)}|y|") == f"abx{line}y"


@given(MARKUP_TEXT)
def test_a_code_span_shows_exactly_its_text(text: str) -> None:
    line = without_ci_commands(single_line(text))
    assert shown(code_span(text)) == (line or "(nothing)")


@given(MARKUP_TEXT)
def test_nothing_gets_out_of_a_fenced_block(text: str) -> None:
    tokens = PARSER.parse(f"before\n\n{fenced(text)}\n\nafter")
    assert [token.type for token in tokens if token.level == 0 and token.nesting >= 0] == [
        "paragraph_open",
        "fence",
        "paragraph_open",
    ]
    fence = next(token for token in tokens if token.type == "fence")
    assert fence.content.rstrip("\n") == without_ci_commands(clean(text)).rstrip("\n")


def everywhere(text: str) -> GradeReport:
    """A report with the same text in every place that a student may reach."""
    check = CheckReport("check", text, Status.FAILED, text, text, text)
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


def skeleton(report: GradeReport) -> list[str]:
    """The blocks of a rendered report, and everything inline that is more than text or code."""
    tokens = flat(PARSER.parse(report_markdown(report)))
    plain = {"text", "text_special", "code_inline", "softbreak"}
    return [token.type for token in tokens if token.type not in plain]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_about_the_structure(text: str) -> None:
    # Values of several lines are set as blocks, so the harmless one has as many.
    harmless = "harmless\ntext" if "\n" in clean(text).strip("\n") else "harmless"
    assert skeleton(everywhere(text)) == skeleton(everywhere(harmless))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_leaves_nothing_to_act_on(text: str) -> None:
    markdown = report_markdown(everywhere(text))
    markdown.encode()
    assert not set(markdown) & set("\x00\x1b\x07\r\u202e")
    assert not any(line.lstrip().startswith("::") for line in markdown.splitlines())


def test_long_evidence_is_cut_and_says_so() -> None:
    criterion = replace(sample().criteria[5], evidence=(Evidence("Output", "line\n" * 5000),))
    markdown = report_markdown(replace(sample(), criteria=(criterion,)))
    assert "lines left out ...]" in markdown
    assert len(markdown.splitlines()) < 150


def test_a_word_that_looks_like_markup_becomes_code_and_keeps_its_punctuation_outside() -> None:
    assert prose('Set "target_metadata", then (env.py) go.') == 'Set "`target_metadata`", then (env.py) go.'
    assert prose("It fails (a_b.py, line 3): no.") == "It fails (`a_b.py`, line 3): no."
    assert prose('Named "a_b or c_d" (or `e`).') == 'Named "`a_b` or `c_d`" (or `e`).'
    assert prose("Call f_g(), then h_i(x) (as j_k()).") == "Call `f_g()`, then `h_i(x)` (as `j_k()`)."
    assert prose("Run `alembic upgrade head` now.") == "Run `alembic upgrade head` now."
