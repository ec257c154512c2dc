"""The word that was probably meant."""

from __future__ import annotations

import pytest

from grader.text.suggestions import closest, did_you_mean

KNOWN = ("--all", "--assignment", "--fresh", "--format", "--fail-under")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("--al", "--all"),
        ("--fres", "--fresh"),
        ("--asignment", "--assignment"),
        ("--f", None),
        ("--teapot", None),
        ("", None),
    ],
)
def test_what_was_meant(word: str, meant: str | None) -> None:
    assert closest(word, KNOWN) == meant
    assert did_you_mean(word, KNOWN) == (f"Did you mean {meant}?" if meant else "")
