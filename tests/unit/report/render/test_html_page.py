"""What both pages share: one file, a policy that lets in nothing but its own style and script, no markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Template

from grader.report.formats.html import report_html
from grader.report.render.class_page import index_html
from grader.report.render.html_page import BytecodeCache, block, is_short, output, prose
from grader.text.untrusted import single_line
from tests.unit.report.render.pages import pictured, saved


@pytest.fixture(params=["report", "class"])
def page(request: pytest.FixtureRequest) -> str:
    return report_html(*pictured()) if request.param == "report" else index_html([pictured()])


def test_the_policy_names_exactly_the_style_and_the_script(page: str) -> None:
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    style, script = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag in ("style", "script")
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    )
    assert [unescape(item) for item in policy] == [
        "; ".join(
            [
                "default-src 'none'",
                f"style-src 'sha256-{style}'",
                f"script-src 'sha256-{script}'",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        )
    ]


def test_the_policy_comes_before_all_that_it_governs(page: str) -> None:
    assert page.index("Content-Security-Policy") < min(page.index("<style"), page.index("<script"))


def test_nothing_is_loaded_and_nothing_needs_an_exception(page: str) -> None:
    assert not re.search(r"""\s(?:src|srcset|style|on\w+|action)=["']""", page)
    assert not re.search(r"<(?:link|img|iframe|object|embed|base|form)\b|@import|url\(|https?://", page)


def test_the_language_and_the_width_are_told(page: str) -> None:
    assert '<html lang="en">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= set(re.findall(r'\bid="([^"]+)"', page))


def test_every_id_is_there_once(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_what_stands_between_backticks_is_code() -> None:
    assert prose("Run `a < b`, then `c`.") == "Run <code>a &lt; b</code>, then <code>c</code>."
    assert prose("one ` alone and ``two``") == "one ` alone and ``two``"


@given(st.text(st.one_of(st.sampled_from("`<>&\"' \n"), st.characters()), max_size=40))
def test_prose_shows_exactly_its_text(text: str) -> None:
    shown = re.sub(r"</?code>", "", prose(text))
    for name, character in (("lt", "<"), ("gt", ">"), ("#34", '"'), ("#39", "'"), ("amp", "&")):
        shown = shown.replace(f"&{name};", character)
    assert shown.replace("`", "") == single_line(text).replace("`", "")


def test_texts_are_cleaned_and_cut() -> None:
    assert single_line("a\n\x00b\u202e") == "a b\\u202e"
    assert (block(""), output("\n")) == ("(nothing)", "(nothing)")
    assert "left out" in block("line\n" * 100)
    assert "left out" in output("line\n" * 1000)
    assert is_short("a\nb\n")
    assert not is_short("line\n" * 20)


def test_a_page_is_the_same_each_time() -> None:
    assert report_html(*pictured()) == report_html(*pictured())
    assert report_html(saved("mixed")) == report_html(saved("mixed"))


# --- the cache of compiled templates ---


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that Jinja compiles."""
    names: list[str] = []

    class Noting(CodeGenerator):
        def visit_Template(self, node: Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's
            names.append(str(self.name))
            super().visit_Template(node, frame)

    monkeypatch.setattr(Environment, "code_generator_class", Noting)
    return names


def render(text: str, cache: Path) -> str:
    """Render a template as a new process does."""
    templates = Environment(
        loader=DictLoader({"page": text}), bytecode_cache=BytecodeCache(str(cache)), autoescape=True
    )
    return templates.get_template("page").render(name="Ada")


def test_a_template_is_compiled_once_and_again_when_it_changes(tmp_path: Path, compiled: list[str]) -> None:
    assert render("Dear {{ name }}", tmp_path) == render("Dear {{ name }}", tmp_path) == "Dear Ada"
    assert compiled == ["page"]
    assert render("Hello {{ name }}", tmp_path) == "Hello Ada"
    assert compiled == ["page", "page"]


@pytest.mark.parametrize("keep", [0, 5, 20, 60, 200])
def test_a_damaged_file_is_compiled_again(tmp_path: Path, compiled: list[str], keep: int) -> None:
    render("Dear {{ name }}", tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:keep])

    assert render("Dear {{ name }}", tmp_path) == render("Dear {{ name }}", tmp_path) == "Dear Ada"
    assert compiled == ["page", "page"]


def test_a_page_needs_no_cache(tmp_path: Path, compiled: list[str]) -> None:
    assert render("Dear {{ name }}", tmp_path / "missing") == "Dear Ada"
    assert compiled == ["page"]
