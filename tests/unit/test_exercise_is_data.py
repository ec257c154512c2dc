"""Exercise 4 is data: none of its ids, titles, texts, tables and columns stand in the code that grades."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grader
from grader.judging.kinds import KINDS, NAMES
from grader.runs.assignments import load

PACKAGE = Path(grader.__file__).parent
RUBRIC = load()
IDS = {item.id for item in RUBRIC.criteria} - set(NAMES)
"""Ids that are no name of a kind."""
TITLES = {item.title for item in RUBRIC.criteria if item.title != KINDS[item.kind].title_of(item.settings)}
TEXTS = {
    paragraph
    for item in RUBRIC.criteria
    for paragraph in item.text
    if item.text != KINDS[item.kind].text_of(item.settings)
}
OBJECTS = {"organizations", "avatar_url", "category_id", "full_name", "view_count"}
"""Tables and columns of the exercise whose names are no everyday words."""


def texts_in_code() -> Iterator[tuple[str, str]]:
    """Every text that the code works with, and the file: no docstrings, which may give examples."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        explaining = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
        }  # docstrings, and texts under fields
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explaining:
                yield path.relative_to(PACKAGE).as_posix(), node.value


def test_there_is_something_to_look_for() -> None:
    assert {"upgrade_head", "username_length", "data_survival"} <= IDS
    assert "Shorter usernames" in TITLES
    assert len(TEXTS) > 3


def test_no_text_of_the_code_names_the_exercise() -> None:
    words = re.compile(rf"\b({'|'.join(sorted(map(re.escape, IDS | OBJECTS)))})\b")
    found = {(path, match[0]) for path, text in texts_in_code() for match in words.finditer(text)}
    assert found == set()
    whole = TITLES | TEXTS
    assert {(path, text) for path, text in texts_in_code() if text in whole} == set()


def test_no_template_names_the_exercise() -> None:
    pages = [path for ending in ("html", "css", "js", "sql") for path in PACKAGE.rglob(f"*.{ending}")]
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in IDS | TITLES | OBJECTS if name in text], path
