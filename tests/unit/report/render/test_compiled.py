"""Templates are compiled once; a broken or an outdated copy is compiled again."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment
from jinja2.compiler import CodeGenerator

from grader.files.cache import VARIABLE
from grader.report.render.compiled import CompiledTemplates


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "templates"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what has been compiled."""
    names: list[str] = []

    class Noting(CodeGenerator):
        def visit_Template(self, node: object, frame: object = None) -> None:  # noqa: N802 - Jinja's name
            names.append(str(self.name))
            super().visit_Template(node, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(Environment, "code_generator_class", Noting)
    return names


def render(text: str) -> str:
    """Render a template as a new process would."""
    templates = Environment(
        loader=DictLoader({"page": text}), bytecode_cache=CompiledTemplates(), autoescape=True
    )
    return templates.get_template("page").render(name="Ada")


def test_template_is_compiled_once_and_again_when_it_changes(place: Path, compiled: list[str]) -> None:
    assert render("Dear {{ name }}") == render("Dear {{ name }}") == "Dear Ada"
    assert compiled == ["page"]
    assert render("Hello {{ name }}") == "Hello Ada"
    assert compiled == ["page", "page"]
    assert len(list(place.iterdir())) == 1


@pytest.mark.parametrize("keep", [0, 5, 20, 60, 200])
def test_file_that_was_cut_off_is_made_again(place: Path, compiled: list[str], keep: int) -> None:
    render("Dear {{ name }}")
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes()[:keep])

    assert render("Dear {{ name }}") == render("Dear {{ name }}") == "Dear Ada"
    assert compiled == ["page", "page"]
