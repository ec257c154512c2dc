"""Cleaning, cutting and redacting, also under floods of half-finished sequences."""

from __future__ import annotations

import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text.untrusted import clean, cut, redact, rename, single_line, without_ci_commands

ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\x1b[]0;m\r\n\t\x07\x9b\x9d\\:/@%`|_*\u202e\ud800"),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1;2|payload\x1b\\text", "text"),
        ("\x1b(Btext\x1b7", "text"),
        ("\x1b[2J\x1b[Htext", "text"),
    ],
)
def test_escape_sequences_are_removed(given_text: str, expected: str) -> None:
    assert clean(given_text) == expected


@pytest.mark.parametrize("incomplete", ["\x1b", "\x1b[", "\x1b[31", "\x9b3;", "\x1b]", "\x1b(", "\x1bP"])
def test_an_incomplete_sequence_at_the_end_is_removed_too(incomplete: str) -> None:
    assert clean(f"text{incomplete}") == "text"


def test_a_title_left_open_does_not_swallow_the_lines_after_it() -> None:
    assert clean("\x1b]0;evil\nTraceback: the error").endswith("\nTraceback: the error")


def test_sequences_inside_sequences_do_not_make_a_new_one() -> None:
    assert "\x1b" not in clean("\x1b\x1b[0m[31mred\x1b[\x1b[0m0m")


def test_control_characters_are_removed_except_newline_and_tab() -> None:
    assert clean("a\x00b\x08c\x7fd\x81e\n\tf") == "abcde\n\tf"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_becomes_a_newline(end: str) -> None:
    assert clean(f"one{end}two") == "one\ntwo"


def test_the_last_state_of_an_overwritten_line_is_kept() -> None:
    assert clean("start\n 10 %\r 50 %\r\x1b[K100 %\ndone\r") == "start\n100 %\ndone"


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u200f"])
def test_characters_that_deceive_are_shown_as_escapes(character: str) -> None:
    assert clean(f"a{character}b") == f"a\\u{ord(character):04x}b"


def test_joiners_that_scripts_need_are_left_alone() -> None:
    assert (
        clean("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
        == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


def test_what_cannot_be_encoded_is_replaced() -> None:
    assert clean("a\ud800b\udfffc\uffff") == "a\ufffdb\ufffdc\ufffd"
    assert clean("a\ufdd0b\ufdefc\U0001ffffd\U0010fffe") == "a\ufffdb\ufffdc\ufffdd\ufffd"


@given(ANY_TEXT)
def test_a_clean_text_has_no_controls_and_stays_the_same(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    assert not any(0x7F <= ord(c) <= 0x9F for c in cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "flood", ["\x1b]", "\x1b]a", "\x9d", "\x1b[0", "\r", "://", "://a:", "a:", "::", "%"]
)
def test_many_unfinished_sequences_take_no_time(flood: str) -> None:
    text = flood * 200_000
    began = time.process_time()
    without_ci_commands(redact(clean(text), ["%" * 20]))
    redact(text, ["secret"])
    assert time.process_time() - began < 2


def test_a_single_line_has_no_breaks_and_no_runs_of_spaces() -> None:
    assert single_line(" a\r\n  name\t\u2028with\x1b[1m breaks ") == "a name with breaks"


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("one\ntwo", 2, 7) == "one\ntwo"


def test_cut_keeps_head_and_tail_and_says_how_much_is_missing() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    assert cut(text, 6, 1000).split("\n") == [
        "line 0",
        "line 1",
        "[... 745 characters in 94 lines left out ...]",
        "line 96",
        "line 97",
        "line 98",
        "line 99",
    ]


def test_one_endless_line_is_cut_by_characters() -> None:
    assert cut("a" * 50 + "b" * 50, 10, 9) == "aaa\n[... 91 characters left out ...]\nbbbbbb"


@given(st.text(max_size=300), st.integers(1, 10), st.integers(1, 100))
def test_cut_never_keeps_more_than_it_may(text: str, lines: int, characters: int) -> None:
    result = cut(text, lines, characters)
    if result != text:
        before, after = result.split("[... ", maxsplit=1)
        after = after.split(" left out ...]", maxsplit=1)[1]
        assert len(before) + len(after) <= characters + 2
        assert result.count("\n") <= lines + 1


@pytest.mark.parametrize("secret", ["s3cret", "p@ss:w/rd", "50%", "ä b", "a.b*c"])
def test_a_known_secret_is_found_in_every_form(secret: str) -> None:
    for form in (
        secret,
        quote(secret, safe=""),
        quote(secret, safe="").lower(),
        quote_plus(secret),
        secret.replace("%", "%%"),
        quote(secret, safe="").replace("%", "%%"),
        "".join(f"%{byte:02X}" for byte in secret.encode()),
    ):
        assert redact(f"before {form} after", ["other", secret]) == "before *** after"


def test_the_longer_of_two_secrets_is_replaced_first() -> None:
    assert redact("secret-and-more", ["secret", "secret-and-more"]) == "***"


def test_an_empty_secret_changes_nothing() -> None:
    assert redact("text", [""]) == "text"


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("postgresql://ada:pw@db/app", "postgresql://ada:***@db/app"),
        ("postgresql+psycopg2://ada:pw@db", "postgresql+psycopg2://ada:***@db"),
        ("redis://:pw@cache", "redis://:***@cache"),
        ("url = 'postgresql://ada:p@s@db/app'", "url = 'postgresql://ada:***@db/app'"),
        ("postgresql://ada:p/w@db/app", "postgresql://ada:***@db/app"),
        ("postgresql://ada:***@db/app", "postgresql://ada:***@db/app"),
        ("http://h:80/a,postgresql://ada:pw@db", "http://h:80/a,postgresql://ada:***@db"),
        ("postgresql://ada@db/app", "postgresql://ada@db/app"),
        ("https://example.com:8080/path", "https://example.com:8080/path"),
        ("see me@example.com: thanks", "see me@example.com: thanks"),
    ],
)
def test_an_unknown_password_in_a_url_is_replaced(given_text: str, expected: str) -> None:
    assert redact(given_text, []) == expected


@pytest.mark.parametrize(
    "command", ["error file=a.py::x", "warning::x", "set-output name=a::b", "ADD-MASK::x"]
)
def test_ci_commands_are_broken_up_wherever_they_stand(command: str) -> None:
    assert f"::{command}" not in without_ci_commands(f"  ::{command}\n::{command} and ::{command}")


@pytest.mark.parametrize("command", ["##[error]x", "##vso[task.setvariable]x", "##teamcity[x]"])
def test_commands_of_other_ci_systems_are_broken_up(command: str) -> None:
    assert command not in without_ci_commands(f"text {command}")


def test_casts_and_headings_are_left_alone() -> None:
    text = "'draft'::character varying, nextval('a'::regclass), ## heading [1]"
    assert without_ci_commands(text) == text


def test_random_names_are_replaced_wherever_they_stand() -> None:
    names = {"student_abcdefghijkl": "student", "app_abcdefghijkl": "app"}
    text = 'database "student_abcdefghijkl" of app_abcdefghijkl_archive, /student_abcdefghijkl'
    assert rename(text, names) == 'database "student" of app_archive, /student'
