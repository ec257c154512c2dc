"""Names and texts of submissions, made fit to show."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.text.names import decode_text, printable, safe_component


def test_printable_keeps_an_ordinary_text() -> None:
    assert printable("Add users.bio & more") == "Add users.bio & more"


def test_printable_cuts_and_marks_the_cut() -> None:
    assert printable("x" * 50, limit=10) == "x" * 9 + "…"
    assert len(printable("x" * 1_000_000, limit=10)) == 10


def test_printable_makes_one_line_without_controls_or_passwords() -> None:
    text = printable("a\nb\x1b[31mc \u202ed postgresql://ada:hunter2@db/app \ud800")
    assert "\n" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "hunter2" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "staged"),
    [
        ("app.py", "app.py"),
        ("mein Ordner & Söhne", "mein Ordner & Söhne"),
        ("日本語.py", "日本語.py"),
        (b"caf\xe9.py".decode("utf-8", "surrogateescape"), "café.py"),
        ("Icon\r", "Icon_"),
        ("a\nb", "a_b"),
        ("evil\u202egnp.py", "evil_gnp.py"),
    ],
)
def test_safe_component(name: str, staged: str) -> None:
    assert safe_component(name) == staged


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_become_a_name_that_can_be_encoded(data: bytes) -> None:
    name = safe_component(data.decode("utf-8", "surrogateescape"))
    name.encode("utf-8")
    assert safe_component(name) == name


def test_decode_text_reads_utf_8_utf_16_and_anything_else() -> None:
    assert decode_text("flask==3.1".encode("utf-16")) == "flask==3.1"
    assert decode_text(codecs.BOM_UTF8 + b"flask") == "flask"
    assert decode_text(b"caf\xe9") == "caf�"
