"""Parsing foreign Python files: every failure is a SourceError, and nothing is run."""

from __future__ import annotations

import ast
import contextlib
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submission.python_source import (
    MAX_SOURCE_BYTES,
    MAX_TOKENS,
    SourceError,
    needed_python,
    parse,
)


def test_parses_what_python_reads() -> None:
    assert isinstance(parse(b"x = 1\n"), ast.Module)
    assert isinstance(parse("\ufeffx = 'ä'".encode()), ast.Module)
    assert isinstance(parse("# -*- coding: latin-1 -*-\nx = 'ä'".encode("latin-1")), ast.Module)


def test_an_invalid_escape_is_no_error_and_no_warning() -> None:
    parse(b'pattern = "\\d+"\n')


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"x = 1\ndef upgrade(:\n", "invalid syntax", 2),
        (b"<<<<<<< HEAD\nx = 1\n", "conflict markers", 1),
        (b"x = '\xe9'\n", "not UTF-8", None),
        (b"# coding: no-such-codec\n", "unknown encoding", None),
        ("x = 1".encode("utf-16"), "UTF-16", 1),
        (b"x = 1\0\n", "null bytes", None),
        (b"(" * 500, "too many nested|nested too deeply", None),
        (b"x = 1\n<<<<<<< HEAD\ny = 2\n=======\ny = 3\n>>>>>>> theirs\n", "conflict markers", 2),
        (b"f(1,\n<<<<<<< HEAD\n2\n=======\n3\n>>>>>>> 0123abc (x)\n)\n", "conflict markers", 2),
        (b"x = 1\n>>>>>>> 0123abc (x)\n", "conflict markers", 2),
        (b"x = (\n=======\n", "invalid syntax|never closed", None),
        (b"-" * 200_000 + b"1", "nested too deeply|too many|invalid", None),
        (b"x = " + b"1+" * 200_000 + b"1", "nested too deeply", None),
        (b"#" * (MAX_SOURCE_BYTES + 1), "larger than 1024 KiB", None),
    ],
)
def test_a_file_that_python_cannot_read_has_a_reason(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        parse(data)
    if line is not None:
        assert caught.value.line == line


def test_several_threads_may_parse_at_once() -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                parse(b'x = "\\d"\n')
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


@settings(max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_garbage_is_parsed_or_refused(data: bytes) -> None:
    with contextlib.suppress(SourceError):
        parse(data)


def test_a_file_with_very_many_tokens_is_not_parsed() -> None:
    dense = b"x = [" + b"1," * MAX_TOKENS + b"]\n"
    assert len(dense) < MAX_SOURCE_BYTES
    with pytest.raises(SourceError, match="more than 210,000 words and signs"):
        parse(dense)
    assert needed_python(dense) is None

    long_texts = b"x = [" + b'"one two three four five",\n' * 10_000 + b"]\n"
    assert parse(long_texts)
