"""Output that nobody reads to its end, and terminals that show only ASCII."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator

import pytest

from grader.cli.streams import make_lasting, use_utf_8
from grader.errors import UnavailableError
from grader.runtime.system import refuse_unsupported


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Makes standard output a pipe; returns its end for reading."""
    opened: list[tuple[io.TextIOWrapper, io.FileIO]] = []

    def make(*, encoding: str = "utf-8", buffered: bool = True) -> int:
        reading, writing = os.pipe()
        raw = io.FileIO(writing, "wb")
        inner = io.BufferedWriter(raw) if buffered else raw
        stream = io.TextIOWrapper(inner, encoding=encoding, write_through=not buffered)
        opened.append((stream, raw))
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        return reading

    yield make
    for _, raw in opened:
        raw.close()


@pytest.mark.parametrize("buffered", [True, False])
def test_a_reader_that_goes_away_ends_nothing(piped: Callable[..., int], *, buffered: bool) -> None:
    reading = piped(buffered=buffered)
    make_lasting()
    sys.stdout.write("first\n")
    sys.stdout.flush()
    assert os.read(reading, 100) == b"first\n"
    os.close(reading)
    for _ in range(3):
        sys.stdout.write("more\n" * 100_000)
        sys.stdout.flush()
    sys.stdout.close()


def test_without_it_the_pipe_is_broken(piped: Callable[..., int]) -> None:
    os.close(piped(buffered=False))
    with pytest.raises(BrokenPipeError):
        sys.stdout.write("first\n")


def test_what_the_terminal_cannot_show_is_escaped(piped: Callable[..., int]) -> None:
    reading = piped(encoding="ascii")
    make_lasting()
    sys.stdout.write("zoë\n")
    sys.stdout.flush()
    assert os.read(reading, 100) == b"zo\\xeb\n"
    os.close(reading)


def test_the_program_starts_again_where_names_are_not_read_as_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    monkeypatch.setattr(os, "execv", lambda _, words: started.append(words))
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    monkeypatch.setenv("PYTHONUTF8", "0")
    use_utf_8(["python", "/bin/grader", "grade", "zoë"])
    assert started == [[sys.executable, "-X", "utf8", "/bin/grader", "grade", "zoë"]]
    assert os.environ["PYTHONUTF8"] == "1"
    use_utf_8(started[0])
    assert len(started) == 1
    with pytest.raises(UnavailableError, match="as ascii here, not as UTF-8") as caught:
        refuse_unsupported()
    assert "PYTHONUTF8" in caught.value.next_step


def test_usually_it_does_not_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("it starts again"))
    use_utf_8(["python", "/bin/grader"])
