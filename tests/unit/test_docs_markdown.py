"""Pieces of Markdown: what they say is what is shown."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docs.generate import markdown


def shown(source: str) -> str:
    """The text of a rendered line."""
    rendered = MarkdownIt("commonmark").render(source)
    return html.unescape(re.sub(r"<[^>]+>", "", rendered)).strip()


@pytest.mark.parametrize(
    "sentence",
    [
        "env.py lacks __main__ and *args",
        "a <revision> & a_b [x](y) {z}",
        "a|b",
        "one ` alone",
        "C:\\temp",
    ],
)
def test_a_sentence_is_shown_as_it_is(sentence: str) -> None:
    assert shown(markdown.text(sentence)) == sentence


def test_what_stands_between_backticks_is_code() -> None:
    assert (
        markdown.text("run `alembic upgrade <revision>` *now*")
        == "run `alembic upgrade <revision>` &#42;now&#42;"
    )


@given(st.text(alphabet="ab_*`<>&|[]{}\\ ", min_size=1).map(lambda text: " ".join(text.split())).filter(bool))
def test_nothing_in_a_sentence_becomes_markup(sentence: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"x {markdown.text(sentence)}")
    assert set(re.findall(r"</?(\w+)", rendered)) <= {"p", "code"}


def test_a_table_cell_keeps_its_pipes() -> None:
    text = markdown.table(("a",), [(markdown.text("x|y"),)])
    assert MarkdownIt("commonmark").enable("table").render(text).count("<td>") == 1


@given(st.text(alphabet="a`\n"))
def test_nothing_ends_a_fenced_block(content: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown.fenced(content, "text"))
    assert [token.type for token in tokens] == ["fence"]


def test_a_box_holds_all_its_blocks() -> None:
    text = markdown.boxed("failure", "It broke", "one", "two\nlines")
    assert text == '!!! failure "It broke"\n\n    one\n\n    two\n    lines'
