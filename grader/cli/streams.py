"""Standard output and error: what becomes of them where nobody reads on, or where only ASCII is shown.

Must not know what is printed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

_UTF_8 = ("-X", "utf8")


class _Patient(io.FileIO):
    """A stream whose reader may go away (`| head`): what is written after that goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        """Take the place of a stream, which stays open as long as this one."""
        super().__init__(stream.fileno(), "wb", closefd=False)
        self._stream = stream

    def write(self, data: Any, /) -> int:
        """Write, also where nobody reads any more."""
        try:
            return super().write(data)
        except BrokenPipeError:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
                os.dup2(nowhere.fileno(), self.fileno())
            return memoryview(data).nbytes


def make_lasting() -> None:
    """Let the command go on where its output is not read to the end, and escape what a terminal cannot show.

    Reports are complete, and the exit code is that of the run, however much of the output somebody reads.
    """
    sys.stdout, sys.stderr = _lasting(sys.stdout), _lasting(sys.stderr)


def _lasting(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="backslashreplace")
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO:  # a test's
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(stream)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def use_utf_8(words: Sequence[str]) -> None:
    """Start the program again in Python's UTF-8 mode, if names of files are read in another encoding here.

    Names of students, files and folders could not be written otherwise. What is printed stays in the encoding
    of the terminal. Where the program cannot be started again, `refuse_unsupported` says what to do.

    Args:
        words: all words of the command line, that of the program first.
    """
    if sys.getfilesystemencoding() == "utf-8" or tuple(words[1:3]) == _UTF_8 or not sys.executable:
        return
    os.environ["PYTHONUTF8"] = "1"
    os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding)
    os.execv(sys.executable, [sys.executable, *_UTF_8, *words[1:]])  # noqa: S606 - the same program
